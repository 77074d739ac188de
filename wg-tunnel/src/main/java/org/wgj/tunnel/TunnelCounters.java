// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.HandshakeCounters;

/**
 * Counts of a tunnel beside those of drops and of its UDP sockets, at one moment.
 *
 * @param handshakes attempts, sessions, and messages of handshakes since the tunnel started
 * @param tun packets to and from the interface since the tunnel started
 * @param stagedBytes the memory of packets that wait for a session now, in bytes
 * @param queuedBytes the datagrams that wait for the system to take them now, in bytes
 */
public record TunnelCounters(
        HandshakeCounters handshakes, TunCounters tun, long stagedBytes, long queuedBytes) {
    /** All zero. */
    public static final TunnelCounters ZERO =
            new TunnelCounters(HandshakeCounters.ZERO, TunCounters.ZERO, 0, 0);
}
