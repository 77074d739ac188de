// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes and reads IP packets, as they come from and go to a TUN, byte by byte. */
public final class InnerPacket {
    /** An IP protocol number for experiments (RFC 3692). */
    private static final int EXPERIMENT = 253;

    private InnerPacket() {}

    /** Makes a packet with a text; both addresses are IPv4 or both are IPv6. */
    public static byte[] text(String source, String destination, String text) {
        return payload(source, destination, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes a packet of {@code length} bytes, its header included. */
    public static byte[] ofLength(String source, String destination, int length) {
        int header = source.indexOf(':') < 0 ? 20 : 40;
        byte[] payload = new byte[length - header];
        Arrays.fill(payload, (byte) 'x');
        return payload(source, destination, payload);
    }

    public static byte[] payload(String source, String destination, byte[] payload) {
        return source.indexOf(':') < 0
                ? ipv4(source, destination, EXPERIMENT, payload)
                : ipv6(source, destination, EXPERIMENT, payload);
    }

    public static byte[] ipv4(String source, String destination, int protocol, byte[] payload) {
        ByteBuffer packet = ByteBuffer.allocate(20 + payload.length);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
        packet.putInt(0).put((byte) 64).put((byte) protocol).putShort((short) 0);
        packet.put(address(source)).put(address(destination)).put(payload);
        byte[] bytes = packet.array();
        packet.putShort(10, (short) checksum(bytes, 0, 20));
        return bytes;
    }

    public static byte[] ipv6(String source, String destination, int next, byte[] payload) {
        ByteBuffer packet = ByteBuffer.allocate(40 + payload.length);
        packet.putInt(0x6000_0000).putShort((short) payload.length);
        packet.put((byte) next).put((byte) 64);
        return packet.put(address(source)).put(address(destination)).put(payload).array();
    }

    /** Wraps a datagram in the packet that carries it, without a UDP checksum. */
    public static byte[] udp(String source, Datagram datagram) {
        Endpoint to = datagram.destination();
        byte[] payload =
                ByteBuffer.allocate(8 + datagram.bytes().length)
                        .putShort((short) 51820)
                        .putShort((short) to.port())
                        .putShort((short) (8 + datagram.bytes().length))
                        .putShort((short) 0)
                        .put(datagram.bytes())
                        .array();
        String address = to.toSocketAddress().getAddress().getHostAddress();
        return to.ipv6() ? ipv6(source, address, 17, payload) : ipv4(source, address, 17, payload);
    }

    /** Returns the bytes after the header as text. */
    public static String textOf(byte[] packet) {
        int header = packet[0] >> 4 == 4 ? (packet[0] & 15) * 4 : 40;
        return new String(packet, header, packet.length - header, StandardCharsets.UTF_8);
    }

    /** Returns the Internet checksum (RFC 1071); 0 for bytes that contain a valid one. */
    public static int checksum(byte[] bytes, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += (bytes[i] & 0xff) << ((i - from) % 2 == 0 ? 8 : 0);
        }
        while (sum > 0xffff) {
            sum = (sum >> 16) + (sum & 0xffff);
        }
        return (int) (~sum & 0xffff);
    }

    /** Returns the bytes of a numeric address. */
    public static byte[] address(String text) {
        return java.net.InetAddress.ofLiteral(text).getAddress();
    }
}
