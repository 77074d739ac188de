// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.ResponseMessage;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Finds our own datagrams among the packets from the system. If the route to a peer's endpoint
 * leads into the tunnel to that peer, each datagram comes back as a packet and makes another one,
 * for ever.
 *
 * <p>A packet is such a datagram if it goes to the endpoint of the peer that it is routed to, and
 * has the index of a session with that peer, or of our handshake with it. Foreign WireGuard
 * traffic, such as that of a client behind us with the same server, has other indices.
 *
 * <p>A tunnel inside another is no loop, but two tunnels inside each other are. A datagram of
 * another tunnel of this process may be carried, and that one in a third. Deeper nesting than
 * {@link #MAX_DEPTH} is a loop. Nothing is known about datagrams of other processes.
 *
 * <p>Owned by the device's thread.
 */
final class LoopDetector {
    /** The packet must be dropped. */
    static final int LOOPED = -1;

    private static final int MAX_DEPTH = 4;

    private static final int UDP = 17;
    private static final int UDP_HEADER = 8;
    private static final int FRAGMENT = 44;
    private static final int FRAGMENT_HEADER = 8;

    /** For how many datagrams later fragments are recognised; a power of two. */
    private static final int FRAGMENTED = 16;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort BE_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final IndexTable indices;
    private final DeviceGroup group;
    private final long[] fragmented = new long[FRAGMENTED];
    private int nextFragmented;

    LoopDetector(IndexTable indices, DeviceGroup group) {
        this.indices = indices;
        this.group = group;
    }

    /**
     * Returns how many nested datagrams of ours a packet is; 0 for most packets.
     *
     * @param peer where the packet is routed to
     * @return {@link #LOOPED} if the packet must be dropped
     */
    int depth(MemorySegment slab, int offset, int length, Peer peer) {
        boolean ipv4 = IpPacket.version(slab, offset) == 4;
        int next = slab.get(BYTE, offset + (ipv4 ? 9L : 6L)) & 0xff;
        if (next != UDP && (ipv4 || next != FRAGMENT)) {
            return 0; // most packets; before the JIT has compiled this, each read is slow
        }
        int header;
        int fragment = 0; // flags and offset of IPv4, or of IPv6, shifted
        if (ipv4) {
            header = (slab.get(BYTE, offset) & 0xf) * 4;
            fragment = slab.get(BE_SHORT, offset + 6L) & 0x3fff;
        } else {
            header = IpPacket.IPV6_HEADER;
            if (next == FRAGMENT && length >= header + FRAGMENT_HEADER) {
                next = slab.get(BYTE, offset + (long) header) & 0xff;
                fragment = slab.get(BE_SHORT, offset + header + 2L) & 0xfff9;
                header += FRAGMENT_HEADER;
            }
        }
        if (next != UDP) {
            return 0;
        }
        boolean laterFragment = (fragment & (ipv4 ? 0x1fff : 0xfff8)) != 0;
        if (laterFragment) {
            return isOfLooped(slab, offset, ipv4) ? LOOPED : 0;
        }
        int message = offset + header + UDP_HEADER;
        if (message + TransportMessage.HEADER_LENGTH > offset + length) {
            return 0;
        }
        int depth =
                switch (slab.get(LE_INT, message)) {
                    case TransportMessage.TYPE -> depthOfData(slab, offset, message, peer);
                    case InitiationMessage.TYPE, ResponseMessage.TYPE ->
                            depthOfHandshake(slab, offset, message, peer);
                    default -> 0;
                };
        if (depth == LOOPED && fragment != 0) {
            fragmented[nextFragmented++ & FRAGMENTED - 1] = fragmentKey(slab, offset, ipv4);
        }
        return depth;
    }

    private int depthOfData(MemorySegment slab, int offset, int message, Peer peer) {
        int index = TransportMessage.receiverIndex(slab, message);
        if (peer.sendsTo(index) && isToEndpoint(slab, offset, message, peer)) {
            return LOOPED;
        }
        Keypair session = group.sessionTo(index);
        if (session == null) {
            return 0;
        }
        int depth = 1 + session.nested().depthOf(TransportMessage.counter(slab, message));
        return depth > MAX_DEPTH ? LOOPED : depth;
    }

    private int depthOfHandshake(MemorySegment slab, int offset, int message, Peer peer) {
        // Both have the sender index where transport data has the receiver index.
        IndexTable.Entry entry = indices.lookup(TransportMessage.receiverIndex(slab, message));
        boolean ours = entry != null && entry.peer() == peer;
        return ours && isToEndpoint(slab, offset, message, peer) ? LOOPED : 0;
    }

    private static boolean isToEndpoint(MemorySegment slab, int offset, int message, Peer peer) {
        Endpoint endpoint = peer.endpoint();
        int port = slab.get(BE_SHORT, message - UDP_HEADER + 2L) & 0xffff;
        if (port != endpoint.port()) {
            return false;
        }
        if (IpPacket.version(slab, offset) == 4) {
            return !endpoint.ipv6() && slab.get(BE_INT, offset + 16L) == (int) endpoint.low();
        }
        return endpoint.ipv6()
                && slab.get(BE_LONG, offset + 24L) == endpoint.high()
                && slab.get(BE_LONG, offset + 32L) == endpoint.low();
    }

    private boolean isOfLooped(MemorySegment slab, int offset, boolean ipv4) {
        long key = fragmentKey(slab, offset, ipv4);
        for (long looped : fragmented) {
            if (looped == key) {
                return true;
            }
        }
        return false;
    }

    /** Hashes what fragments of one datagram share: addresses and identification. */
    private static long fragmentKey(MemorySegment slab, int offset, boolean ipv4) {
        if (ipv4) {
            long identification = slab.get(BE_SHORT, offset + 4L) & 0xffff;
            return slab.get(BE_LONG, offset + 12L) * 31 + identification;
        }
        long key = slab.get(BE_INT, offset + IpPacket.IPV6_HEADER + 4L);
        for (int at = 8; at < IpPacket.IPV6_HEADER; at += 8) {
            key = key * 31 + slab.get(BE_LONG, offset + (long) at);
        }
        return key;
    }
}
