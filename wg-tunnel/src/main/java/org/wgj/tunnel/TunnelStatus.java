// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.util.List;
import java.util.Map;

/**
 * A tunnel's configuration and counters at one moment, without any secret; {@link StatusWithKeys}
 * adds the secrets.
 *
 * @param name the interface's name
 * @param publicKey the public key of its private key; null if it has none
 * @param listenPort the UDP port; 0 while the system has not chosen one
 * @param fwmark 32 bits, unsigned; 0 if off
 * @param peers the peers in the order in which they were added
 * @param drops for each reason, how many datagrams and packets were dropped
 * @param udp what the sockets did since the tunnel started, across changes of the port
 * @param counters handshakes, packets of the interface, and what waits in queues
 */
public record TunnelStatus(
        String name,
        PublicKey publicKey,
        int listenPort,
        int fwmark,
        List<PeerStatus> peers,
        Map<DropReason, Long> drops,
        UdpCounters udp,
        TunnelCounters counters) {
    /**
     * Makes a status whose {@link #counters} are all zero, as that of another implementation.
     *
     * @param name the interface's name
     * @param publicKey the public key of its private key; null if it has none
     * @param listenPort the UDP port; 0 while the system has not chosen one
     * @param fwmark 32 bits, unsigned; 0 if off
     * @param peers the peers in the order in which they were added
     * @param drops for each reason, how many datagrams and packets were dropped
     * @param udp what the sockets did since the tunnel started, across changes of the port
     */
    public TunnelStatus(
            String name,
            PublicKey publicKey,
            int listenPort,
            int fwmark,
            List<PeerStatus> peers,
            Map<DropReason, Long> drops,
            UdpCounters udp) {
        this(name, publicKey, listenPort, fwmark, peers, drops, udp, TunnelCounters.ZERO);
    }
}
