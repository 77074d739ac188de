// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.routing.CryptokeyRoutingTable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/**
 * Reads the version, addresses, length and ECN bits of an inner IP packet (RFC 791, RFC 8200).
 * Static methods on a slab. {@link #lengthOf} checks a packet first; then the other methods cannot
 * read past its end.
 */
final class IpPacket {
    private IpPacket() {}

    static final int IPV4_HEADER = 20;
    static final int IPV6_HEADER = 40;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort BE_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int ECN_MASK = 3;
    private static final int NOT_ECT = 0;
    private static final int ECT_1 = 1;
    private static final int ECT_0 = 2;
    private static final int CE = 3;

    /**
     * Returns the length in the IP header, which excludes padding.
     *
     * @param length how many bytes there are
     * @return -1 if they are not a complete IPv4 or IPv6 packet
     */
    static int lengthOf(MemorySegment slab, int offset, int length) {
        if (length < IPV4_HEADER) {
            return -1;
        }
        int stated;
        switch (version(slab, offset)) {
            case 4 -> {
                stated = slab.get(BE_SHORT, offset + 2L) & 0xffff;
                if (stated < IPV4_HEADER) {
                    return -1;
                }
            }
            case 6 -> {
                if (length < IPV6_HEADER) {
                    return -1;
                }
                // As int: in 16 bits, a payload length of 65,496 or more would wrap around.
                stated = (slab.get(BE_SHORT, offset + 4L) & 0xffff) + IPV6_HEADER;
            }
            default -> {
                return -1;
            }
        }
        return stated <= length ? stated : -1;
    }

    static int version(MemorySegment slab, int offset) {
        return slab.get(BYTE, offset) >>> 4 & 0xf;
    }

    /** Returns the owner of the source address; null if there is none. */
    static Peer sourceOwner(MemorySegment slab, int offset, CryptokeyRoutingTable<Peer> routes) {
        return version(slab, offset) == 4
                ? routes.lookupIpv4(slab.get(BE_INT, offset + 12L))
                : routes.lookupIpv6(
                        slab.get(BE_LONG, offset + 8L), slab.get(BE_LONG, offset + 16L));
    }

    /** Returns the owner of the destination address; null if there is none. */
    static Peer destinationOwner(
            MemorySegment slab, int offset, CryptokeyRoutingTable<Peer> routes) {
        return version(slab, offset) == 4
                ? routes.lookupIpv4(slab.get(BE_INT, offset + 16L))
                : routes.lookupIpv6(
                        slab.get(BE_LONG, offset + 24L), slab.get(BE_LONG, offset + 32L));
    }

    static InetAddress destination(MemorySegment slab, int offset) {
        boolean four = version(slab, offset) == 4;
        byte[] address =
                slab.asSlice(offset + (four ? 16L : 24L), four ? 4 : 16)
                        .toArray(ValueLayout.JAVA_BYTE);
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("the length is right", e);
        }
    }

    /**
     * Returns the traffic class for the datagram that carries the packet: its ECN as in RFC 6040
     * 4.1, unlike RFC 3168, which hid congestion experienced so far. No DSCP, which would reveal
     * what is inside.
     */
    static byte outerTrafficClass(MemorySegment slab, int offset) {
        return (byte) ecn(slab, offset);
    }

    /**
     * Copies the congestion mark of a datagram to its packet (RFC 6040 4.2): CE, or ECT(1) for a
     * packet sent with ECT(0). A packet without ECN stays as it is. The RFC would drop it if the
     * mark is CE; like the kernel's WireGuard, we do not.
     */
    static void carryCongestion(MemorySegment slab, int offset, byte outerTrafficClass) {
        int inner = ecn(slab, offset);
        int outer = outerTrafficClass & ECN_MASK;
        if (inner == ECT_0 && outer == ECT_1 || inner != NOT_ECT && inner != CE && outer == CE) {
            setEcn(slab, offset, outer);
        }
    }

    private static void setEcn(MemorySegment slab, int offset, int ecn) {
        int before = slab.get(BE_SHORT, offset) & 0xffff;
        if (version(slab, offset) == 6) {
            int after = before & ~(ECN_MASK << 4) | ecn << 4;
            slab.set(BE_SHORT, offset, (short) after);
            return;
        }
        int after = before & ~ECN_MASK | ecn;
        slab.set(BE_SHORT, offset, (short) after);
        // RFC 1624: the checksum changes by as much as the word did.
        int sum = (~slab.get(BE_SHORT, offset + 10L) & 0xffff) + (~before & 0xffff) + after;
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        slab.set(BE_SHORT, offset + 10L, (short) ~sum);
    }

    private static int ecn(MemorySegment slab, int offset) {
        return version(slab, offset) == 4
                ? slab.get(BYTE, offset + 1L) & ECN_MASK
                : slab.get(BYTE, offset + 1L) >>> 4 & ECN_MASK;
    }
}
