// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.session.Keypair;

import java.util.HashMap;
import java.util.Map;

/**
 * The memory for staged packets and the sessions that the devices of one process share. By the
 * sessions a device recognises datagrams of other devices among its packets.
 *
 * <p>Its devices may have different threads. Its monitor guards the sessions.
 */
public final class DeviceGroup {
    private final StagingBudget staging = new StagingBudget();

    /** By their remote index. If two sessions have the same one, only the later one is known. */
    private final Map<Integer, Keypair> sessions = new HashMap<>();

    /** Creates a group without devices. */
    public DeviceGroup() {}

    StagingBudget staging() {
        return staging;
    }

    synchronized void add(Keypair session) {
        sessions.put(session.remoteIndex(), session);
    }

    synchronized void remove(Keypair session) {
        sessions.remove(session.remoteIndex(), session);
    }

    /** Returns the session in which we send to an index; null if there is none. */
    synchronized Keypair sessionTo(int remoteIndex) {
        return sessions.get(remoteIndex);
    }
}
