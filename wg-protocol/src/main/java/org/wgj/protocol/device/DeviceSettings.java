// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

/**
 * The settings of a device that its peers and packet paths read. Only the device writes them, on
 * its thread.
 */
final class DeviceSettings {
    boolean up;

    /** The largest packet of the interface; 0 for no limit. */
    int mtu;

    /** The age at which the initiator renews a session. */
    long rekeyAfterNs = Limits.REKEY_AFTER_TIME;

    /** The number of packets for one peer that wait for a session. */
    int stagedPackets = StagedPackets.DEFAULT_PACKETS;

    /** The shortest time between two initiations. */
    long rekeyTimeoutNs = Limits.REKEY_TIMEOUT;
}
