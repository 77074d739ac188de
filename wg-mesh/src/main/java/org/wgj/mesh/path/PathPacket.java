// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An inner packet by which two nodes try a path between them.
 *
 * <p>It is an IPv4 or IPv6 packet of protocol 253 (RFC 3692) from one plane address to another. Its
 * payload, in network order:
 *
 * <pre>
 *  0  4  "wgjp"
 *  4  1  type: 1 challenge, 2 echo, 3 punch, 4 punch of a node whose router is hard to pass
 *  5  8  id: random in a challenge and in a punch; that of the challenge in an echo
 * 13 16  echo only: the address that the challenge came from; IPv4 as ::ffff:a.b.c.d
 * 29  2  echo only: its port
 *    n   zeros, which give a challenge its size
 * </pre>
 *
 * <p>An echo takes the way back of its challenge. A punch says that its sender is about to send
 * challenges to all places of the receiver, which shall do the same.
 *
 * @param type what it is for
 * @param id 8 bytes
 * @param source the sender's address in the plane
 * @param destination the receiver's address in the plane, of the same family
 * @param seenOrNull where the challenge came from; null except in an echo
 * @param length the packet's length in bytes, its IP header included
 */
public record PathPacket(
        Type type,
        long id,
        InetAddress source,
        InetAddress destination,
        InetSocketAddress seenOrNull,
        int length) {
    /** The IP protocol number, which RFC 3692 reserves for experiments. */
    public static final int PROTOCOL = 253;

    /** The longest packet that is looked at, in bytes. */
    public static final int MAX_LENGTH = 65_535;

    private static final int MAGIC = 0x7767_6a70; // "wgjp"
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int PAYLOAD = 13;
    private static final int ECHO_PAYLOAD = PAYLOAD + 18;
    private static final int HOP_LIMIT = 64;

    /** The purpose of a path packet. */
    public enum Type {
        /** Asks for an echo over the same path. */
        CHALLENGE,

        /** Answers a challenge. */
        ECHO,

        /** Asks the peer to send challenges to all of this node's places now. */
        PUNCH,

        /**
         * As {@link #PUNCH}, and the sender's router seems to choose another port for each
         * destination.
         */
        HARD_PUNCH
    }

    /**
     * Makes a challenge.
     *
     * @param id random
     * @param source the own address in the plane
     * @param destination the peer's address in the plane
     * @param length the wanted length in bytes; a smaller one than needed is raised
     * @return the challenge
     */
    public static PathPacket challenge(
            long id, InetAddress source, InetAddress destination, int length) {
        return new PathPacket(
                Type.CHALLENGE,
                id,
                source,
                destination,
                null,
                Math.max(length, header(source) + PAYLOAD));
    }

    /**
     * Makes a punch.
     *
     * @param id random
     * @param source the own address in the plane
     * @param destination the peer's address in the plane
     * @param hard whether the own router seems to choose another port for each destination
     * @return the punch
     */
    public static PathPacket punch(
            long id, InetAddress source, InetAddress destination, boolean hard) {
        return new PathPacket(
                hard ? Type.HARD_PUNCH : Type.PUNCH,
                id,
                source,
                destination,
                null,
                header(source) + PAYLOAD);
    }

    /**
     * Makes the echo of a challenge.
     *
     * @param seen where the challenge came from
     * @return the echo
     */
    public PathPacket echo(InetSocketAddress seen) {
        return new PathPacket(
                Type.ECHO, id, destination, source, seen, header(source) + ECHO_PAYLOAD);
    }

    /**
     * Tells whether an inner packet is a path packet, without trusting a byte of it.
     *
     * @param packet any bytes
     * @return whether {@link #parse} can read it
     */
    public static boolean isPathPacket(ByteBuffer packet) {
        return payload(packet) >= 0;
    }

    /**
     * Reads a packet.
     *
     * @param packet any bytes
     * @return the packet; null if it is not one
     */
    public static PathPacket parse(byte[] packet) {
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        int payload = payload(bytes);
        if (payload < 0) {
            return null;
        }
        boolean ipv6 = payload == IPV6_HEADER;
        Type type = Type.values()[bytes.get(payload + 4) - 1];
        return new PathPacket(
                type,
                bytes.getLong(payload + 5),
                address(packet, ipv6 ? 8 : 12, ipv6 ? 16 : 4),
                address(packet, ipv6 ? 24 : 16, ipv6 ? 16 : 4),
                type == Type.ECHO
                        ? new InetSocketAddress(
                                address(packet, payload + PAYLOAD, 16),
                                bytes.getShort(payload + PAYLOAD + 16) & 0xffff)
                        : null,
                packet.length);
    }

    /** Returns where the payload begins; -1 if this is not a path packet. */
    private static int payload(ByteBuffer packet) {
        int length = packet.limit();
        if (length < IPV4_HEADER + PAYLOAD || length > MAX_LENGTH) {
            return -1;
        }
        int header;
        switch (packet.get(0) >> 4 & 15) {
            case 4 -> {
                boolean whole =
                        packet.get(0) == 0x45
                                && (packet.getShort(2) & 0xffff) == length
                                && (packet.getShort(6) & 0x3fff) == 0;
                if (!whole || (packet.get(9) & 255) != PROTOCOL) {
                    return -1;
                }
                header = IPV4_HEADER;
            }
            case 6 -> {
                if (length < IPV6_HEADER + PAYLOAD
                        || (packet.getShort(4) & 0xffff) != length - IPV6_HEADER
                        || (packet.get(6) & 255) != PROTOCOL) {
                    return -1;
                }
                header = IPV6_HEADER;
            }
            default -> {
                return -1;
            }
        }
        int type = packet.get(header + 4);
        boolean known = type >= 1 && type <= Type.values().length;
        boolean complete = type != Type.ECHO.ordinal() + 1 || length - header >= ECHO_PAYLOAD;
        return packet.getInt(header) == MAGIC && known && complete ? header : -1;
    }

    /**
     * Writes the packet.
     *
     * @return {@link #length} bytes
     */
    public byte[] bytes() {
        int header = header(source);
        ByteBuffer packet = ByteBuffer.allocate(length);
        if (header == IPV4_HEADER) {
            packet.put((byte) 0x45).put((byte) 0).putShort((short) length);
            packet.putInt(0x4000); // no identification, do not fragment
            packet.put((byte) HOP_LIMIT).put((byte) PROTOCOL).putShort((short) 0);
            packet.put(source.getAddress()).put(destination.getAddress());
            packet.putShort(10, checksum(packet));
        } else {
            packet.putInt(6 << 28).putShort((short) (length - IPV6_HEADER));
            packet.put((byte) PROTOCOL).put((byte) HOP_LIMIT);
            packet.put(source.getAddress()).put(destination.getAddress());
        }
        packet.putInt(MAGIC).put((byte) (type.ordinal() + 1)).putLong(id);
        if (type == Type.ECHO) {
            byte[] address = seenOrNull.getAddress().getAddress();
            if (address.length == 4) {
                packet.putLong(0).putShort((short) 0).putShort((short) -1);
            }
            packet.put(address).putShort((short) seenOrNull.getPort());
        }
        return packet.array();
    }

    private static short checksum(ByteBuffer header) {
        int sum = 0;
        for (int i = 0; i < IPV4_HEADER; i += 2) {
            sum += header.getShort(i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~((sum & 0xffff) + (sum >>> 16));
    }

    private static int header(InetAddress address) {
        return address instanceof Inet4Address ? IPV4_HEADER : IPV6_HEADER;
    }

    private static InetAddress address(byte[] packet, int at, int length) {
        byte[] bytes = new byte[length];
        System.arraycopy(packet, at, bytes, 0, length);
        try {
            return InetAddress.getByAddress(bytes); // turns ::ffff:a.b.c.d into IPv4
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 and 16 bytes always are an address
        }
    }
}
