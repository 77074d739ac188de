// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * Builds a TCP or UDP packet with right lengths and checksums, one field after the other, with the
 * checksum written as in RFC 1071.
 */
final class TestPacket {
    int version = 4;
    int protocol = 6;
    int source = 1;
    int destination = 2;
    int tos;
    int ttl = 64;
    int id = 0x1234;
    int fragment = 0x4000;
    byte[] ipOptions = {};

    /** IPv6 extension headers, and the protocol number of the first. */
    byte[] extensions = {};

    int firstExtension;
    int flowLabel;
    int sourcePort = 1000;
    int destinationPort = 2000;
    int sequence;
    int acknowledgement = 77;
    int reserved;
    int flags = 0x10;
    int window = 500;
    int urgent;
    byte[] tcpOptions = {};
    byte[] payload = {};

    static TestPacket tcp4() {
        return new TestPacket();
    }

    static TestPacket of(int version, int protocol) {
        TestPacket packet = new TestPacket();
        packet.version = version;
        packet.protocol = protocol;
        return packet;
    }

    static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    TestPacket payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    byte[] build() {
        byte[] ip = ipHeader();
        byte[] transport = protocol == 6 ? tcpHeader() : udpHeader();
        ByteBuffer packet =
                ByteBuffer.allocate(ip.length + transport.length + payload.length)
                        .put(ip)
                        .put(transport)
                        .put(payload);
        setChecksum(packet.array(), ip.length);
        return packet.array();
    }

    private byte[] ipHeader() {
        int behind = (protocol == 6 ? 20 + tcpOptions.length : 8) + payload.length;
        if (version == 6) {
            ByteBuffer header = ByteBuffer.allocate(40 + extensions.length);
            header.putInt(6 << 28 | tos << 20 | flowLabel)
                    .putShort((short) (extensions.length + behind))
                    .put((byte) (extensions.length > 0 ? firstExtension : protocol))
                    .put((byte) ttl)
                    .putLong(0xfd00_0000_0000_0000L)
                    .putLong(source)
                    .putLong(0xfd00_0000_0000_0000L)
                    .putLong(destination)
                    .put(extensions);
            return header.array();
        }
        int length = 20 + ipOptions.length;
        ByteBuffer header = ByteBuffer.allocate(length);
        header.put((byte) (4 << 4 | length / 4))
                .put((byte) tos)
                .putShort((short) (length + behind))
                .putShort((short) id)
                .putShort((short) fragment)
                .put((byte) ttl)
                .put((byte) protocol)
                .putShort((short) 0)
                .putInt(0x0a000000 | source)
                .putInt(0x0a000000 | destination)
                .put(ipOptions);
        return header.putShort(10, (short) ~slowSum(header.array(), 0, length)).array();
    }

    private byte[] tcpHeader() {
        return ByteBuffer.allocate(20 + tcpOptions.length)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(sequence)
                .putInt(acknowledgement)
                .put((byte) ((20 + tcpOptions.length) / 4 << 4 | reserved))
                .put((byte) flags)
                .putShort((short) window)
                .putShort((short) 0)
                .putShort((short) urgent)
                .put(tcpOptions)
                .array();
    }

    private byte[] udpHeader() {
        return ByteBuffer.allocate(8)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putShort((short) (8 + payload.length))
                .putShort((short) 0)
                .array();
    }

    /** Sets the checksum of the TCP or UDP header at that offset. */
    static void setChecksum(byte[] packet, int transport) {
        int protocol = protocol(packet);
        int field = transport + (protocol == 6 ? 16 : 6);
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        bytes.putShort(field, (short) 0);
        int checksum = ~slowTransportSum(packet, transport) & 0xffff;
        bytes.putShort(field, (short) (protocol == 17 && checksum == 0 ? 0xffff : checksum));
    }

    /** Returns the transport protocol, which the last extension header names. */
    static int protocol(byte[] packet) {
        if (packet[0] >> 4 == 4) {
            return packet[9];
        }
        int next = packet[6];
        for (int at = 40; next != 6 && next != 17; at += 8 + 8 * (packet[at + 1] & 0xff)) {
            next = packet[at];
        }
        return next;
    }

    static int slowTransportSum(byte[] packet, int transport) {
        return add(
                slowPseudoSum(packet, packet.length - transport),
                slowSum(packet, transport, packet.length));
    }

    static int slowPseudoSum(byte[] packet, int transportLength) {
        boolean v4 = packet[0] >> 4 == 4;
        int addresses = v4 ? slowSum(packet, 12, 20) : slowSum(packet, 8, 40);
        return add(add(addresses, protocol(packet)), transportLength);
    }

    /** Sums the bytes from one offset to another; pads an odd last one with zero. */
    static int slowSum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            int low = i + 1 < to ? bytes[i + 1] & 0xff : 0;
            sum = add(sum, (bytes[i] & 0xff) << 8 | low);
        }
        return sum;
    }

    /** Adds in one's complement. */
    static int add(int a, int b) {
        int sum = a + b;
        return (sum & 0xffff) + (sum >> 16);
    }

    /** Changes the byte at that offset, without correcting the checksum. */
    static byte[] damaged(byte[] packet, int at) {
        byte[] damaged = Arrays.copyOf(packet, packet.length);
        damaged[at] ^= 0x41;
        return damaged;
    }
}
