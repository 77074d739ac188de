// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set32;
import static org.wgj.tun.offload.BigEndian.set64;

import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;

/**
 * Writes IPv4 headers (RFC 791) without options and IPv6 headers (RFC 8200), and sums up the
 * pseudo-header of TCP, UDP and ICMPv6.
 *
 * <p>An IPv4 packet that is not a fragment has identification 0, which RFC 6864 allows if
 * fragmentation is forbidden, and every such packet of this stack forbids it.
 */
public final class IpHeader {
    private IpHeader() {}

    /** The protocol number of ICMP for IPv4. */
    public static final int ICMP = 1;

    /** The protocol number of TCP. */
    public static final int TCP = 6;

    /** The protocol number of UDP. */
    public static final int UDP = 17;

    /** The protocol number of ICMPv6. */
    public static final int ICMPV6 = 58;

    /** The length of an IPv4 header without options, in bytes. */
    public static final int IPV4_LENGTH = 20;

    /** The length of an IPv6 header without extension headers, in bytes. */
    public static final int IPV6_LENGTH = 40;

    /** The TTL or hop limit of packets that this stack sends. */
    public static final int HOP_LIMIT = 64;

    /** In the word of IPv4's flags and fragment offset: the packet must not be fragmented. */
    public static final int DONT_FRAGMENT = 0x4000;

    /** In the word of IPv4's flags and fragment offset: another fragment follows. */
    public static final int MORE_FRAGMENTS = 0x2000;

    /**
     * Returns the length of the header that {@link #write} writes.
     *
     * @param ipv6 true for IPv6
     * @return {@link #IPV4_LENGTH} or {@link #IPV6_LENGTH}
     */
    public static int length(boolean ipv6) {
        return ipv6 ? IPV6_LENGTH : IPV4_LENGTH;
    }

    /**
     * Writes the header of a packet that must not be fragmented.
     *
     * @param memory receives the header
     * @param at where it begins
     * @param source the own address
     * @param destination the peer's address, of the same family
     * @param protocol what follows, for example {@link #TCP}
     * @param payloadLength the length of what follows, in bytes
     * @param trafficClass DSCP and ECN
     * @param flowLabel 20 bits; ignored for IPv4
     * @return the header's length
     */
    public static int write(
            MemorySegment memory,
            long at,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int payloadLength,
            int trafficClass,
            int flowLabel) {
        if (!source.ipv6()) {
            writeIpv4(
                    memory,
                    at,
                    (int) source.low(),
                    (int) destination.low(),
                    protocol,
                    payloadLength,
                    trafficClass,
                    0,
                    DONT_FRAGMENT);
            return IPV4_LENGTH;
        }
        writeIpv6(
                memory,
                at,
                source.high(),
                source.low(),
                destination.high(),
                destination.low(),
                protocol,
                payloadLength,
                trafficClass,
                flowLabel);
        return IPV6_LENGTH;
    }

    /**
     * Writes an IPv4 header with its checksum.
     *
     * @param memory receives the header
     * @param at where it begins
     * @param source the own address
     * @param destination the peer's address
     * @param protocol what follows
     * @param payloadLength the length of what follows, in bytes
     * @param trafficClass DSCP and ECN
     * @param identification 16 bits that tell the fragments of datagrams apart
     * @param fragment {@link #DONT_FRAGMENT}, or {@link #MORE_FRAGMENTS} and the offset in units of
     *     8 bytes
     */
    public static void writeIpv4(
            MemorySegment memory,
            long at,
            int source,
            int destination,
            int protocol,
            int payloadLength,
            int trafficClass,
            int identification,
            int fragment) {
        int first = 0x4500_0000 | trafficClass << 16 | (IPV4_LENGTH + payloadLength);
        int second = identification << 16 | fragment;
        int third = HOP_LIMIT << 24 | protocol << 16;
        long sum = words(first) + words(second) + words(third) + words(source) + words(destination);
        set32(memory, at, first);
        set32(memory, at + 4, second);
        set32(memory, at + 8, third | Checksum.of(sum));
        set32(memory, at + 12, source);
        set32(memory, at + 16, destination);
    }

    /**
     * Writes an IPv6 header.
     *
     * @param memory receives the header
     * @param at where it begins
     * @param sourceHigh the own address, as in {@link IpAddress#high}
     * @param sourceLow the own address, as in {@link IpAddress#low}
     * @param destinationHigh the peer's address, as in {@link IpAddress#high}
     * @param destinationLow the peer's address, as in {@link IpAddress#low}
     * @param nextHeader what follows
     * @param payloadLength the length of what follows, in bytes
     * @param trafficClass DSCP and ECN
     * @param flowLabel 20 bits
     */
    public static void writeIpv6(
            MemorySegment memory,
            long at,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int nextHeader,
            int payloadLength,
            int trafficClass,
            int flowLabel) {
        set32(memory, at, 6 << 28 | trafficClass << 20 | flowLabel & 0xf_ffff);
        set16(memory, at + 4, payloadLength);
        set16(memory, at + 6, nextHeader << 8 | HOP_LIMIT);
        set64(memory, at + 8, sourceHigh);
        set64(memory, at + 16, sourceLow);
        set64(memory, at + 24, destinationHigh);
        set64(memory, at + 32, destinationLow);
    }

    /**
     * Returns the sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1) for {@link Checksum}.
     *
     * @param source the source address
     * @param destination the destination address, of the same family
     * @param protocol the protocol number
     * @param length the length of transport header and data
     * @return a sum of words, not folded
     */
    public static long pseudoHeaderSum(
            IpAddress source, IpAddress destination, int protocol, int length) {
        return pseudoHeaderSum(
                source.high(),
                source.low(),
                destination.high(),
                destination.low(),
                protocol,
                length);
    }

    /**
     * Returns the sum of a received packet's pseudo-header for {@link Checksum}.
     *
     * @param packet the packet
     * @return a sum of words, not folded
     */
    public static long pseudoHeaderSum(IncomingPacket packet) {
        return pseudoHeaderSum(
                packet.sourceHigh,
                packet.sourceLow,
                packet.destinationHigh,
                packet.destinationLow,
                packet.protocol,
                packet.transportLength);
    }

    /**
     * Returns the sum of the pseudo-header of addresses in numbers.
     *
     * @param sourceHigh the source, as in {@link IpAddress#high}
     * @param sourceLow the source, as in {@link IpAddress#low}
     * @param destinationHigh the destination, as in {@link IpAddress#high}
     * @param destinationLow the destination, as in {@link IpAddress#low}
     * @param protocol the protocol number
     * @param length the length of transport header and data
     * @return a sum of words, not folded
     */
    public static long pseudoHeaderSum(
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int protocol,
            int length) {
        return words(sourceHigh)
                + words(sourceLow)
                + words(destinationHigh)
                + words(destinationLow)
                + protocol
                + (length & 0xffff)
                + (length >>> 16);
    }

    private static long words(int value) {
        return (value >>> 16) + (value & 0xffff);
    }

    /** The upper and lower half count 2^32 and 1, which are the same in this arithmetic. */
    private static long words(long value) {
        return (value >>> 32) + (value & 0xffff_ffffL);
    }
}
