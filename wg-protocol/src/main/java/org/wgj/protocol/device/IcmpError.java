// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Writes ICMP errors that tell the sender of a packet why it is not carried, as the kernel's
 * WireGuard does. Without them, a program would wait for its timeout. A packet without a peer gets
 * destination unreachable: host unreachable (RFC 792) or, for ICMPv6, address unreachable (RFC 4443
 * 3.1). A packet that is too long gets fragmentation needed (RFC 1191 4) or packet too big (RFC
 * 4443 3.2).
 *
 * <p>The source of an error is the address that cannot be reached: the error arrives on the
 * interface, where the system would refuse its own address as source. At most 1,000 a second, and
 * 50 at once. Owned by the device's thread.
 */
final class IcmpError {
    /** Instead of an MTU: the packet has no peer. */
    static final int UNREACHABLE = 0;

    private static final int PER_SECOND = 1000;
    private static final int BURST = 50;

    /** RFC 1812 4.3.2.3: an ICMP error is no longer than this. */
    private static final int MAX_IPV4_LENGTH = 576;

    /** RFC 4443 2.4 (c): an ICMPv6 error is no longer than the smallest MTU. */
    private static final int MAX_IPV6_LENGTH = 1280;

    /** The most room that an error needs. */
    static final int MAX_LENGTH = MAX_IPV6_LENGTH;

    private static final int ICMP_HEADER = 8;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int ICMPV6_FIRST_QUERY = 128;
    private static final int ICMPV6_REDIRECT = 137;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int OPTIONS = 60;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort BE_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private long tokensNs = BURST * Limits.SECOND / PER_SECOND;
    private long lastNs;

    /**
     * Writes the error for a packet that {@link IpPacket#lengthOf} accepted.
     *
     * @param mtu the length of the longest packet that is carried; {@link #UNREACHABLE} if the
     *     length is not the reason
     * @param target has room for {@link #MAX_LENGTH} bytes
     * @return the length of the error; 0 if the packet must not be answered, or too many were
     */
    int write(
            MemorySegment packet,
            int offset,
            int length,
            int mtu,
            MemorySegment target,
            int targetOffset,
            long nowNs) {
        boolean ipv4 = IpPacket.version(packet, offset) == 4;
        boolean mayAnswer =
                ipv4
                        ? mayAnswerIpv4(packet, offset, length)
                        : mayAnswerIpv6(packet, offset, length);
        if (!mayAnswer || !takeToken(nowNs)) {
            return 0;
        }
        return ipv4
                ? writeIpv4(packet, offset, length, mtu, target, targetOffset)
                : writeIpv6(packet, offset, length, mtu, target, targetOffset);
    }

    /**
     * RFC 1122 3.2.2: no error about an ICMP error, a later fragment, a broadcast or a multicast,
     * or to a source that is not a single host.
     */
    private static boolean mayAnswerIpv4(MemorySegment packet, int offset, int length) {
        int headerLength = (packet.get(BYTE, offset) & 0xf) * 4;
        boolean laterFragment = (packet.get(BE_SHORT, offset + 6L) & 0x1fff) != 0;
        if (headerLength < IpPacket.IPV4_HEADER || headerLength > length || laterFragment) {
            return false;
        }
        if (packet.get(BYTE, offset + 9L) == ICMP) {
            int type =
                    length > headerLength
                            ? packet.get(BYTE, offset + (long) headerLength) & 0xff
                            : 3;
            boolean query = type == 0 || type == 8 || type >= 13 && type <= 18;
            if (!query) {
                return false;
            }
        }
        int source = packet.get(BE_INT, offset + 12L);
        int destination = packet.get(BE_INT, offset + 16L);
        return isIpv4Host(source) && isIpv4Host(destination);
    }

    private static boolean isIpv4Host(int address) {
        int first = address >>> 24;
        return first != 0
                && first != 127
                && first < 224; // neither unspecified, loopback, multicast nor reserved
    }

    /**
     * RFC 4443 2.4 (e): no error about an ICMPv6 error or a redirect, which may follow extension
     * headers (RFC 8200 4.1), or about a multicast. A later fragment does not show what it is part
     * of.
     */
    private static boolean mayAnswerIpv6(MemorySegment packet, int offset, int length) {
        int next = packet.get(BYTE, offset + 6L) & 0xff;
        int at = IpPacket.IPV6_HEADER;
        while (next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == OPTIONS) {
            if (at + 8 > length) {
                return false;
            }
            long header = offset + (long) at;
            if (next == FRAGMENT && (packet.get(BE_SHORT, header + 2) & 0xfff8) != 0) {
                return false;
            }
            at += next == FRAGMENT ? 8 : 8 * ((packet.get(BYTE, header + 1) & 0xff) + 1);
            next = packet.get(BYTE, header) & 0xff;
        }
        if (next == ICMPV6) {
            int type = at < length ? packet.get(BYTE, offset + (long) at) & 0xff : 0;
            if (type < ICMPV6_FIRST_QUERY || type == ICMPV6_REDIRECT) {
                return false;
            }
        }
        return isIpv6Host(packet, offset + 8) && isIpv6Host(packet, offset + 24);
    }

    private static boolean isIpv6Host(MemorySegment packet, int offset) {
        boolean multicast = packet.get(BYTE, offset) == (byte) 0xff;
        int leading = 0;
        for (int i = 0; i < 12; i += 4) {
            leading |= packet.get(BE_INT, offset + (long) i);
        }
        boolean unspecifiedOrLoopback =
                leading == 0 && Integer.compareUnsigned(packet.get(BE_INT, offset + 12L), 1) <= 0;
        return !multicast && !unspecifiedOrLoopback;
    }

    private boolean takeToken(long nowNs) {
        long cost = Limits.SECOND / PER_SECOND;
        tokensNs = Math.min(BURST * cost, tokensNs + (nowNs - lastNs));
        lastNs = nowNs;
        if (tokensNs < cost) {
            return false;
        }
        tokensNs -= cost;
        return true;
    }

    private static int writeIpv4(
            MemorySegment packet, int offset, int length, int mtu, MemorySegment target, int at) {
        int quoted = Math.min(length, MAX_IPV4_LENGTH - IpPacket.IPV4_HEADER - ICMP_HEADER);
        int total = IpPacket.IPV4_HEADER + ICMP_HEADER + quoted;
        target.set(
                BE_INT, at, 0x45c0_0000 | total); // version 4, five words, DSCP of network control
        target.set(BE_INT, at + 4L, 0);
        target.set(BE_INT, at + 8L, 64 << 24 | ICMP << 16);
        target.set(BE_INT, at + 12L, packet.get(BE_INT, offset + 16L));
        target.set(BE_INT, at + 16L, packet.get(BE_INT, offset + 12L));
        target.set(BE_SHORT, at + 10L, (short) ~fold(sum(target, at, IpPacket.IPV4_HEADER)));

        int icmp = at + IpPacket.IPV4_HEADER;
        int code = mtu == UNREACHABLE ? 1 : 4; // host unreachable, fragmentation needed
        target.set(BE_INT, icmp, 3 << 24 | code << 16);
        target.set(BE_INT, icmp + 4L, mtu);
        MemorySegment.copy(packet, offset, target, icmp + ICMP_HEADER, quoted);
        target.set(BE_SHORT, icmp + 2L, (short) ~fold(sum(target, icmp, ICMP_HEADER + quoted)));
        return total;
    }

    private static int writeIpv6(
            MemorySegment packet, int offset, int length, int mtu, MemorySegment target, int at) {
        int quoted = Math.min(length, MAX_IPV6_LENGTH - IpPacket.IPV6_HEADER - ICMP_HEADER);
        int payload = ICMP_HEADER + quoted;
        target.set(BE_INT, at, 6 << 28);
        target.set(BE_INT, at + 4L, payload << 16 | ICMPV6 << 8 | 64);
        MemorySegment.copy(packet, offset + 24, target, at + 8, 16);
        MemorySegment.copy(packet, offset + 8, target, at + 24, 16);

        int icmp = at + IpPacket.IPV6_HEADER;
        // Packet too big, or destination unreachable: address.
        target.set(BE_INT, icmp, mtu == UNREACHABLE ? 1 << 24 | 3 << 16 : 2 << 24);
        target.set(BE_INT, icmp + 4L, mtu);
        MemorySegment.copy(packet, offset, target, icmp + ICMP_HEADER, quoted);
        // The pseudo header: both addresses, the payload's length and the next header.
        long sum = sum(target, at + 8, 32) + payload + ICMPV6 + sum(target, icmp, payload);
        target.set(BE_SHORT, icmp + 2L, (short) ~fold(sum));
        return IpPacket.IPV6_HEADER + payload;
    }

    private static long sum(MemorySegment segment, int offset, int length) {
        long sum = 0;
        int i = 0;
        for (; i + 1 < length; i += 2) {
            sum += segment.get(BE_SHORT, offset + (long) i) & 0xffff;
        }
        if (i < length) {
            sum += (segment.get(BYTE, offset + (long) i) & 0xff) << 8;
        }
        return sum;
    }

    private static int fold(long sum) {
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }
}
