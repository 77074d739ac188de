// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.ip.StackCounters;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.tcp.TcpCounters;

import java.util.Map;
import java.util.TreeMap;

/**
 * Counts the work of a stack since it began, and its state at one moment.
 *
 * @param receivedPackets packets that came from the tunnel
 * @param sentPackets packets that left through the tunnel
 * @param drops packets that were dropped, by the name of the reason, without zeros
 * @param tcpConnections open connections, half-open ones included
 * @param timeWaiting connections in TIME-WAIT
 * @param opened connections that this side began
 * @param accepted connections that peers began and that were established
 * @param sentSegments TCP segments sent, retransmissions included
 * @param retransmissions TCP segments that were sent again
 * @param tcpBytes memory that the buffers of TCP connections hold, in bytes
 * @param reassemblyBytes memory that incomplete datagrams hold, in bytes
 * @param udpPorts bound UDP ports
 * @param halfOpen connections that peers began and whose handshake is not complete
 * @param cookiesSent SYN cookies that were sent because there were too many of these
 */
public record NetStatistics(
        long receivedPackets,
        long sentPackets,
        Map<String, Long> drops,
        int tcpConnections,
        int timeWaiting,
        long opened,
        long accepted,
        long sentSegments,
        long retransmissions,
        long tcpBytes,
        int reassemblyBytes,
        int udpPorts,
        int halfOpen,
        long cookiesSent) {
    /** Copies the map. */
    public NetStatistics {
        drops = Map.copyOf(drops);
    }

    /** Takes a snapshot. On the stack's thread. */
    static NetStatistics of(NetStack stack) {
        StackCounters packets = stack.counters();
        TcpCounters tcp = stack.tcp().counters();
        Map<String, Long> drops = new TreeMap<>();
        for (Map.Entry<PacketDropReason, Long> drop : packets.drops().entrySet()) {
            drops.put(drop.getKey().name(), drop.getValue());
        }
        return new NetStatistics(
                packets.received,
                packets.sent,
                drops,
                stack.tcp().connections(),
                stack.tcp().timeWaiting(),
                tcp.opened,
                tcp.accepted,
                tcp.sent,
                tcp.retransmissions,
                stack.tcp().pool().used(),
                stack.reassemblyMemory(),
                stack.udp().bound(),
                stack.tcp().halfOpen(),
                tcp.cookiesSent);
    }
}
