// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

import java.lang.foreign.MemorySegment;

/** One segment without data that waits to be sent and belongs to no connection; reused. */
final class Reply {
    private boolean ipv6;
    private long localHigh;
    private long localLow;
    private long remoteHigh;
    private long remoteLow;
    private int ports;
    int sequence;
    int acknowledgment;
    int flags;
    int window;
    private int trafficClass;

    /** The MSS option of a SYN-ACK; 0 for none. */
    int mss;

    boolean sackPermitted;

    /** The window scale option of a SYN-ACK; -1 for none. */
    int windowScale;

    boolean timestamps;
    int timestamp;
    int timestampEcho;

    private void clear() {
        acknowledgment = 0;
        window = 0;
        trafficClass = 0;
        mss = 0;
        sackPermitted = false;
        windowScale = -1;
        timestamps = false;
    }

    /** Addresses it to the sender of a packet. */
    void to(IncomingPacket packet, TcpSegment segment) {
        clear();
        ipv6 = packet.ipv6;
        localHigh = packet.destinationHigh;
        localLow = packet.destinationLow;
        remoteHigh = packet.sourceHigh;
        remoteLow = packet.sourceLow;
        ports = segment.destinationPort << 16 | segment.sourcePort;
    }

    /** Addresses it to the peer of a connection. */
    void to(TcpConnection connection) {
        clear();
        IpAddress local = connection.local;
        IpAddress remote = connection.remote;
        ipv6 = local.ipv6();
        localHigh = local.high();
        localLow = local.low();
        remoteHigh = remote.high();
        remoteLow = remote.low();
        ports = connection.ports;
        trafficClass = connection.options.trafficClass();
    }

    /** Writes it; false if the batch is full. */
    boolean write(OutgoingBatch out) {
        int options =
                (mss > 0 ? 4 : 0)
                        + (sackPermitted ? 4 : 0)
                        + (timestamps ? TcpSegment.TIMESTAMPS_LENGTH : 0)
                        + (windowScale >= 0 ? 4 : 0);
        int payload = TcpSegment.HEADER_LENGTH + options;
        int packet = IpHeader.length(ipv6) + payload;
        long at = out.begin(packet);
        if (at < 0) {
            return false;
        }
        MemorySegment memory = out.memory();
        if (ipv6) {
            IpHeader.writeIpv6(
                    memory,
                    at,
                    localHigh,
                    localLow,
                    remoteHigh,
                    remoteLow,
                    IpHeader.TCP,
                    payload,
                    trafficClass,
                    0);
        } else {
            IpHeader.writeIpv4(
                    memory,
                    at,
                    (int) localLow,
                    (int) remoteLow,
                    IpHeader.TCP,
                    payload,
                    trafficClass,
                    0,
                    IpHeader.DONT_FRAGMENT);
        }
        long tcp = at + IpHeader.length(ipv6);
        TcpSegment.writeHeader(
                memory,
                tcp,
                ports >>> 16,
                ports & 0xffff,
                sequence,
                acknowledgment,
                flags,
                window,
                options);
        long option = tcp + TcpSegment.HEADER_LENGTH;
        if (mss > 0) {
            option += TcpSegment.writeMss(memory, option, mss);
        }
        if (sackPermitted) {
            option += TcpSegment.writeSackPermitted(memory, option);
        }
        if (timestamps) {
            option += TcpSegment.writeTimestamps(memory, option, timestamp, timestampEcho);
        }
        if (windowScale >= 0) {
            TcpSegment.writeWindowScale(memory, option, windowScale);
        }
        long sum =
                IpHeader.pseudoHeaderSum(
                        localHigh, localLow, remoteHigh, remoteLow, IpHeader.TCP, payload);
        TcpSegment.writeChecksum(memory, tcp, payload, sum);
        out.commit(packet);
        return true;
    }
}
