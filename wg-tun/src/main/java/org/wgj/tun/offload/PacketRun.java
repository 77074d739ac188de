// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

/**
 * Consecutive packets of one flow that may become one superpacket, still lying where they were
 * found: the first one, which lends the headers, and the indices of all.
 *
 * <p>It ends with a packet that is smaller than the first or is pushed, since what follows such a
 * one could not be told apart in a superpacket; and when it is full.
 */
final class PacketRun {
    /**
     * Longer ones of UDP are refused by kernels before 6.10 (UDP_MAX_SEGMENTS of linux/udp.h); of
     * TCP 64 KiB hold fewer unless they are tiny.
     */
    static final int MAX_PACKETS = 64;

    final FlowPacket start = new FlowPacket();
    final int[] indices = new int[MAX_PACKETS];
    int count;

    /** Of all packets together. */
    int payloadLength;

    boolean pushed;
    private boolean ended;

    void begin(FlowPacket packet, int index) {
        start.set(packet);
        count = 0;
        payloadLength = 0;
        pushed = false;
        ended = false;
        append(packet, index);
    }

    /**
     * Whether the mergeable packet of this flow is the next one of this run, which has not ended.
     */
    boolean takes(FlowPacket packet) {
        return packet.payloadLength <= start.payloadLength
                && start.headerLength + payloadLength + packet.payloadLength <= Ip.MAX_PACKET
                && (packet.protocol == Ip.UDP
                        || packet.sequence() == start.sequence() + payloadLength)
                && packet.continues(start, count);
    }

    void append(FlowPacket packet, int index) {
        indices[count++] = index;
        payloadLength += packet.payloadLength;
        pushed = packet.isPushed();
        ended = pushed || packet.payloadLength < start.payloadLength || count == MAX_PACKETS;
    }

    /** Nothing more can be appended. */
    boolean hasEnded() {
        return ended;
    }
}
