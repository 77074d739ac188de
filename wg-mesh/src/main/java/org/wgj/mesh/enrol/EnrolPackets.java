// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.protocol.IpPrefix;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The IPv6 packets inside an enrolment tunnel, RFC 8200 and RFC 768: one UDP datagram each, from
 * the node's fixed address to the coordinator's and back.
 */
public final class EnrolPackets {
    /** The coordinator's address in an enrolment tunnel. */
    public static final InetAddress COORDINATOR = InetAddress.ofLiteral("fd77:676a::1");

    /** The joining node's address in an enrolment tunnel. */
    public static final InetAddress NODE = InetAddress.ofLiteral("fd77:676a::2");

    /** The UDP port of the coordinator in an enrolment tunnel. */
    public static final int PORT = 7_707;

    /** The MTU of an enrolment tunnel. */
    public static final int MTU = 1_280;

    static final IpPrefix NODE_RANGE = IpPrefix.of(NODE, 128);

    private static final byte[] COORDINATOR_BYTES = COORDINATOR.getAddress();
    private static final byte[] NODE_BYTES = NODE.getAddress();
    private static final int IPV6_LENGTH = 40;
    private static final int UDP_LENGTH = 8;
    private static final int UDP = 17;
    private static final int HOP_LIMIT = 64;

    private EnrolPackets() {}

    /**
     * A request in its packet.
     *
     * @param sourcePort the node's port, 0 to 65535
     * @param payload a copy of the datagram's contents
     */
    record Request(int sourcePort, byte[] payload) {}

    /** Reads a packet; null if it is not a whole datagram to the coordinator's port. */
    static Request requestOrNull(MemorySegment slab, int offset, int length) {
        int header = IPV6_LENGTH + UDP_LENGTH;
        if (length < header || length > MTU) {
            return null;
        }
        ByteBuffer packet = slab.asSlice(offset, length).asByteBuffer();
        int udpLength = packet.getShort(4) & 0xffff;
        byte[] destination = new byte[16];
        packet.get(24, destination);
        boolean ours =
                (packet.get(0) & 0xf0) == 0x60
                        && udpLength >= UDP_LENGTH
                        && udpLength <= length - IPV6_LENGTH
                        && packet.get(6) == UDP
                        && Arrays.equals(destination, COORDINATOR_BYTES)
                        && (packet.getShort(IPV6_LENGTH + 2) & 0xffff) == PORT
                        && (packet.getShort(IPV6_LENGTH + 4) & 0xffff) == udpLength;
        if (!ours) {
            return null;
        }
        byte[] payload = new byte[udpLength - UDP_LENGTH];
        packet.get(header, payload);
        return new Request(packet.getShort(IPV6_LENGTH) & 0xffff, payload);
    }

    /** Writes the packet of an answer and returns its length. */
    static int writeAnswer(byte[] payload, int port, MemorySegment slab, int offset) {
        int udpLength = UDP_LENGTH + payload.length;
        byte[] bytes = new byte[IPV6_LENGTH + udpLength];
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        packet.putInt(0x6000_0000);
        packet.putShort((short) udpLength);
        packet.put((byte) UDP);
        packet.put((byte) HOP_LIMIT);
        packet.put(COORDINATOR_BYTES);
        packet.put(NODE_BYTES);
        packet.putShort((short) PORT);
        packet.putShort((short) port);
        packet.putShort((short) udpLength);
        packet.putShort((short) 0);
        packet.put(payload);
        packet.putShort(IPV6_LENGTH + 6, checksum(packet, udpLength));
        MemorySegment.copy(bytes, 0, slab, ValueLayout.JAVA_BYTE, offset, bytes.length);
        return bytes.length;
    }

    /** The checksum over the pseudo-header (RFC 8200, 8.1) and the datagram; never 0. */
    private static short checksum(ByteBuffer packet, int udpLength) {
        long sum = (long) udpLength + UDP;
        int end = IPV6_LENGTH + udpLength;
        for (int at = 8; at < end; at += 2) {
            sum += at + 1 < end ? packet.getShort(at) & 0xffff : (packet.get(at) & 0xff) << 8;
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        short checksum = (short) ~sum;
        return checksum == 0 ? (short) 0xffff : checksum;
    }
}
