// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.wire.IpAddress;

import java.nio.ByteBuffer;

/** ICMP errors as a router on the way sends them (RFC 792, 1191, 4443). */
public final class IcmpErrors {
    private IcmpErrors() {}

    /**
     * Says that a packet is too big.
     *
     * @param packet the packet
     * @param length its length
     * @param mtu what would pass
     * @return the answer to its sender; null for IPv4 without DF, where a router would fragment
     */
    public static byte[] tooBig(byte[] packet, int length, int mtu) {
        boolean ipv6 = (packet[0] & 0xf0) == 0x60;
        if (!ipv6 && (packet[6] & 0x40) == 0) {
            return null;
        }
        return ipv6 ? error(packet, length, 2, 0, mtu) : error(packet, length, 3, 4, mtu);
    }

    /**
     * Makes an error about a packet, from its destination to its source.
     *
     * @param packet the packet
     * @param length its length
     * @param type ICMP or ICMPv6 type
     * @param code the code
     * @param rest the second word of the message
     */
    public static byte[] error(byte[] packet, int length, int type, int code, int rest) {
        ByteBuffer in = ByteBuffer.wrap(packet);
        boolean ipv6 = (packet[0] & 0xf0) == 0x60;
        return error(
                TcpPacket.address(in, ipv6, false),
                TcpPacket.address(in, ipv6, true),
                packet,
                length,
                type,
                code,
                rest);
    }

    /** Makes an error about a packet, from anybody to anybody. */
    public static byte[] error(
            IpAddress from, IpAddress to, byte[] packet, int length, int type, int code, int rest) {
        boolean ipv6 = from.ipv6();
        int quoted = Math.min(length, ipv6 ? 1280 - 48 : 576 - 28);
        ByteBuffer out = ByteBuffer.allocate((ipv6 ? 48 : 28) + quoted);
        TcpPacket.putIpHeader(out, from, to, ipv6 ? 58 : 1, 8 + quoted, 64, 0, false, 7);
        int icmp = out.position();
        out.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest);
        out.put(packet, 0, quoted);
        byte[] bytes = out.array();
        int sum =
                ipv6
                        ? TcpPacket.transportChecksum(bytes, bytes.length)
                        : ~TcpPacket.fold(TcpPacket.sum(bytes, icmp, bytes.length - icmp));
        bytes[icmp + 2] = (byte) (sum >> 8);
        bytes[icmp + 3] = (byte) sum;
        return bytes;
    }
}
