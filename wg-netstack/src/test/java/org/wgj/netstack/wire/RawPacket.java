// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Builds packets for tests byte by byte, without the code under test. */
public final class RawPacket {
    private RawPacket() {}

    public static byte[] bytes(Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object part : parts) {
            if (part instanceof byte[] bytes) {
                out.writeBytes(bytes);
            } else {
                out.write((Integer) part);
            }
        }
        return out.toByteArray();
    }

    /** Numbers 0, 1, 2 .. that repeat after 251, so that displaced data is noticed. */
    public static byte[] data(int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i % 251);
        }
        return data;
    }

    private static byte[] address(String literal) {
        return InetAddress.ofLiteral(literal).getAddress();
    }

    public static boolean isIpv6(String literal) {
        return literal.contains(":");
    }

    /** An IP packet; in IPv4 with DF. */
    public static byte[] ip(String from, String to, int protocol, byte[] payload) {
        return isIpv6(from)
                ? ipv6(from, to, protocol, payload)
                : ipv4(from, to, protocol, payload, 0, 0x4000, new byte[0]);
    }

    public static byte[] ipv4(
            String from,
            String to,
            int protocol,
            byte[] payload,
            int id,
            int fragment,
            byte[] options) {
        int header = 20 + options.length;
        ByteBuffer packet = ByteBuffer.allocate(header + payload.length);
        packet.put((byte) (0x40 | header / 4)).put((byte) 0);
        packet.putShort((short) packet.capacity()).putShort((short) id);
        packet.putShort((short) fragment).put((byte) 64).put((byte) protocol).putShort((short) 0);
        packet.put(address(from)).put(address(to)).put(options).put(payload);
        packet.putShort(10, (short) checksum(packet.array(), 0, header, 0));
        return packet.array();
    }

    public static byte[] ipv6(String from, String to, int nextHeader, byte[] payload) {
        return ByteBuffer.allocate(40 + payload.length)
                .putInt(0x6000_0000)
                .putShort((short) payload.length)
                .put((byte) nextHeader)
                .put((byte) 64)
                .put(address(from))
                .put(address(to))
                .put(payload)
                .array();
    }

    /** A fragment header and data. */
    public static byte[] fragment6(int nextHeader, int id, int offset, boolean more, byte[] data) {
        return ByteBuffer.allocate(8 + data.length)
                .put((byte) nextHeader)
                .put((byte) 0)
                .putShort((short) (offset | (more ? 1 : 0)))
                .putInt(id)
                .put(data)
                .array();
    }

    /** A UDP datagram with its checksum, to be put into a packet between the addresses. */
    public static byte[] udp(String from, String to, int fromPort, int toPort, byte[] data) {
        ByteBuffer datagram = ByteBuffer.allocate(8 + data.length);
        datagram.putShort((short) fromPort).putShort((short) toPort);
        datagram.putShort((short) datagram.capacity()).putShort((short) 0).put(data);
        return withChecksum(from, to, 17, datagram.array(), 6);
    }

    public static byte[] udpPacket(String from, String to, int fromPort, int toPort, byte[] data) {
        return ip(from, to, 17, udp(from, to, fromPort, toPort, data));
    }

    /** An ICMP or ICMPv6 message with its checksum. */
    public static byte[] icmp(String from, String to, int type, int code, int rest, byte[] data) {
        byte[] message =
                ByteBuffer.allocate(8 + data.length)
                        .put((byte) type)
                        .put((byte) code)
                        .putShort((short) 0)
                        .putInt(rest)
                        .put(data)
                        .array();
        if (isIpv6(from)) {
            return withChecksum(from, to, 58, message, 2);
        }
        ByteBuffer.wrap(message).putShort(2, (short) checksum(message, 0, message.length, 0));
        return message;
    }

    public static byte[] icmpPacket(
            String from, String to, int type, int code, int rest, byte[] data) {
        return ip(from, to, isIpv6(from) ? 58 : 1, icmp(from, to, type, code, rest, data));
    }

    private static byte[] withChecksum(
            String from, String to, int protocol, byte[] message, int at) {
        long pseudo =
                sum(address(from), 0, address(from).length)
                        + sum(address(to), 0, address(to).length)
                        + protocol
                        + message.length;
        int checksum = checksum(message, 0, message.length, pseudo);
        ByteBuffer.wrap(message).putShort(at, (short) (checksum == 0 ? 0xffff : checksum));
        return message;
    }

    private static int checksum(byte[] bytes, int at, int length, long start) {
        long sum = start + sum(bytes, at, length);
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) ~sum & 0xffff;
    }

    private static long sum(byte[] bytes, int at, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (bytes[at + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    /** Returns whether the header checksum of IPv4 and that of UDP or ICMP are right. */
    public static boolean isIntact(byte[] packet) {
        boolean ipv6 = packet[0] >> 4 == 6;
        int header = ipv6 ? 40 : (packet[0] & 0xf) * 4;
        if (!ipv6 && checksum(packet, 0, header, 0) != 0) {
            return false;
        }
        int protocol = packet[ipv6 ? 6 : 9] & 0xff;
        int length = packet.length - header;
        long pseudo =
                protocol == 1 ? 0 : sum(packet, ipv6 ? 8 : 12, ipv6 ? 32 : 8) + protocol + length;
        return checksum(packet, header, length, pseudo) == 0;
    }

    public static byte[] payload(byte[] packet) {
        int header = packet[0] >> 4 == 6 ? 40 : (packet[0] & 0xf) * 4;
        return Arrays.copyOfRange(packet, header, packet.length);
    }

    public static String from(byte[] packet) {
        return address(packet, packet[0] >> 4 == 6 ? 8 : 12);
    }

    public static String to(byte[] packet) {
        return address(packet, packet[0] >> 4 == 6 ? 24 : 16);
    }

    private static String address(byte[] packet, int at) {
        byte[] address = Arrays.copyOfRange(packet, at, at + (packet[0] >> 4 == 6 ? 16 : 4));
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    public static int get8(byte[] packet, int at) {
        return packet[at] & 0xff;
    }

    public static int get16(byte[] packet, int at) {
        return ByteBuffer.wrap(packet).getShort(at) & 0xffff;
    }

    public static int get32(byte[] packet, int at) {
        return ByteBuffer.wrap(packet).getInt(at);
    }
}
