// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

/**
 * Consecutive packets of one flow that can become one superpacket: the first packet, whose headers
 * it gets, and the indices of all. The packets stay where they are.
 *
 * <p>A run ends with a packet that is smaller than the first or has PSH, because in a superpacket
 * the packets after it would not be recognizable. It also ends when it is full.
 */
final class PacketRun {
    /**
     * Kernels before 6.10 refuse more UDP packets (UDP_MAX_SEGMENTS of linux/udp.h). With TCP, 64
     * KiB hold fewer packets except tiny ones.
     */
    static final int MAX_PACKETS = 64;

    final FlowPacket start = new FlowPacket();
    final int[] indices = new int[MAX_PACKETS];
    int count;

    /** The payload of all packets together. */
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
     * Returns whether the packet is the next of this run. The packet is mergeable and of this flow,
     * and the run has not ended.
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

    /** Returns whether no packet can be appended any more. */
    boolean hasEnded() {
        return ended;
    }
}
