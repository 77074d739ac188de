// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.DropReason;
import org.wgj.tun.TunOffload;
import org.wgj.tunnel.udp.UdpCounters;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * The means by which a tunnel moves packets, and what it counted, at one moment.
 *
 * @param aead the name of the implementation that seals and opens packets
 * @param workers how many threads help with large batches; 0 if the loop does everything
 * @param tunOffloads the offloads that the TUN uses
 * @param udpSegmentation whether one call sends dozens of datagrams (GSO); false also while the
 *     interface is down
 * @param udpCoalescing whether one call receives dozens of datagrams (GRO); false also while the
 *     interface is down
 * @param drops for each reason, how many datagrams and packets were dropped
 * @param udp what the sockets did since the tunnel started, across changes of the port
 * @param counters handshakes, packets of the interface, and what waits in queues
 * @param loopDelay how long this question waited for the tunnel's event loop, which was busy with
 *     packets or with another tunnel meanwhile
 */
public record DataPathInfo(
        String aead,
        int workers,
        Set<TunOffload> tunOffloads,
        boolean udpSegmentation,
        boolean udpCoalescing,
        Map<DropReason, Long> drops,
        UdpCounters udp,
        TunnelCounters counters,
        Duration loopDelay) {
    /**
     * Makes a snapshot whose counts are zero except those of drops.
     *
     * @param aead the name of the implementation that seals and opens packets
     * @param workers how many threads help with large batches; 0 if the loop does everything
     * @param tunOffloads the offloads that the TUN uses
     * @param udpSegmentation whether one call sends dozens of datagrams (GSO)
     * @param udpCoalescing whether one call receives dozens of datagrams (GRO)
     * @param drops for each reason, how many datagrams and packets were dropped
     */
    public DataPathInfo(
            String aead,
            int workers,
            Set<TunOffload> tunOffloads,
            boolean udpSegmentation,
            boolean udpCoalescing,
            Map<DropReason, Long> drops) {
        this(
                aead,
                workers,
                tunOffloads,
                udpSegmentation,
                udpCoalescing,
                drops,
                UdpCounters.ZERO,
                TunnelCounters.ZERO,
                Duration.ZERO);
    }
}
