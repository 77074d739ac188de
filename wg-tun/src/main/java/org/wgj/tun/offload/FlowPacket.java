// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get8;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * A packet as the coalescer sees it: its flow, and whether it can be merged with others of that
 * flow. {@link #read} points the same object at one packet after another.
 */
final class FlowPacket {
    MemorySegment slab;
    long at;
    int length;

    /** 4 or 6. */
    int version;

    /** TCP or UDP. */
    int protocol;

    /** Offset of the TCP or UDP header. */
    int transport;

    /** The length of all headers; set only for mergeable packets. */
    int headerLength;

    /** The length of the data behind the headers; set only for mergeable packets. */
    int payloadLength;

    /** Equal for packets with equal addresses, ports and protocol. */
    int hash;

    /**
     * Looks at a packet.
     *
     * @return false if the packet's flow is not recognizable: it is neither TCP nor UDP, is a
     *     fragment, has IP options or extension headers, or has a wrong length field
     */
    boolean read(MemorySegment slab, long at, int length) {
        this.slab = slab;
        this.at = at;
        this.length = length;
        if (length < Ip.V4_HEADER + Ip.UDP_HEADER) {
            return false;
        }
        version = Ip.version(slab, at);
        long addresses;
        switch (version) {
            case 4 -> {
                transport = Ip.V4_HEADER;
                protocol = get8(slab, at + Ip.V4_PROTOCOL);
                addresses = slab.get(JAVA_LONG_UNALIGNED, at + Ip.V4_ADDRESSES);
            }
            case 6 -> {
                transport = Ip.V6_HEADER;
                if (length < transport + Ip.UDP_HEADER) {
                    return false;
                }
                protocol = get8(slab, at + Ip.V6_NEXT_HEADER);
                addresses = 0;
                for (int i = 0; i < 32; i += 8) {
                    long word = slab.get(JAVA_LONG_UNALIGNED, at + Ip.V6_ADDRESSES + i);
                    addresses = addresses * 31 + word;
                }
            }
            default -> {
                return false;
            }
        }
        if (protocol != Ip.TCP && protocol != Ip.UDP
                || Ip.transportOffset(slab, at, length, protocol) != transport) {
            return false;
        }
        hash = Long.hashCode((addresses * 31 + ports()) * 31 + protocol);
        return true;
    }

    private int ports() {
        return slab.get(JAVA_INT_UNALIGNED, at + transport);
    }

    boolean sameFlow(FlowPacket other) {
        if (hash != other.hash
                || version != other.version
                || protocol != other.protocol
                || ports() != other.ports()) {
            return false;
        }
        return version == 4
                ? same(other, Ip.V4_ADDRESSES, Long.BYTES)
                : same(other, Ip.V6_ADDRESSES, 4 * Long.BYTES);
    }

    private boolean same(FlowPacket other, int from, int bytes) {
        long to = at + from + bytes;
        long there = other.at + from + bytes;
        return MemorySegment.mismatch(slab, to - bytes, to, other.slab, there - bytes, there) < 0;
    }

    /**
     * Returns whether the packet may become part of a superpacket. The superpacket is written
     * without the packets' checksums, so they must be right. The packet must carry data and no
     * flags except ACK, PSH, AE and ECE.
     *
     * <p>A packet with CWR stays alone. The kernel keeps CWR only in the first packet that it
     * splits from a superpacket, and copies AE and ECE to all. No bit of the virtio header tells it
     * that CWR can be part of the sender's counter (RFC 9768) and then belongs to each of them.
     */
    boolean isMergeable() {
        if (version == 4) {
            boolean reserved = (get16(slab, at + Ip.V4_FRAGMENT) & ~Ip.DONT_FRAGMENT) != 0;
            if (reserved || Checksum.sum(slab, at, Ip.V4_HEADER) != Checksum.INTACT) {
                return false;
            }
        }
        return (protocol == Ip.TCP ? isMergeableTcp() : isMergeableUdp())
                && checksum() == Checksum.INTACT;
    }

    private boolean isMergeableTcp() {
        if (length < transport + Ip.TCP_HEADER) {
            return false;
        }
        int offsetAndReserved = get8(slab, at + transport + Ip.TCP_DATA_OFFSET);
        int header = (offsetAndReserved >> 4) * 4;
        headerLength = transport + header;
        payloadLength = length - headerLength;
        return header >= Ip.TCP_HEADER
                && (offsetAndReserved & 0xf & ~Ip.AE) == 0
                && payloadLength > 0
                && (tcpFlags() & ~(Ip.PSH | Ip.ECE)) == Ip.ACK;
    }

    private boolean isMergeableUdp() {
        headerLength = transport + Ip.UDP_HEADER;
        payloadLength = length - headerLength;
        return payloadLength > 0
                && get16(slab, at + transport + Ip.UDP_LENGTH) == length - transport
                && get16(slab, at + transport + Ip.UDP_CHECKSUM)
                        != 0; // RFC 768: 0 means no checksum
    }

    private int checksum() {
        int transportLength = length - transport;
        long sum = Ip.pseudoHeader(slab, at, version, protocol, transportLength);
        return Checksum.fold(sum + Checksum.sum(slab, at + transport, transportLength));
    }

    int sequence() {
        return get32(slab, at + transport + Ip.TCP_SEQUENCE);
    }

    private int tcpFlags() {
        return get8(slab, at + transport + Ip.TCP_FLAGS);
    }

    /** Returns whether the sender asked the receiver to pass on the data up to here (PSH). */
    boolean isPushed() {
        return protocol == Ip.TCP && (tcpFlags() & Ip.PSH) != 0;
    }

    int id() {
        return get16(slab, at + Ip.V4_ID);
    }

    /**
     * Returns whether this packet can follow in a superpacket that begins with {@code start}: if
     * the kernel split it off again, the receiver would see the same headers. Both packets are
     * mergeable and of the same flow.
     *
     * @param start the superpacket's first packet
     * @param position how many packets lie between the beginning and this one
     */
    boolean continues(FlowPacket start, int position) {
        return headerLength == start.headerLength
                && (version == 4 ? continues4(start, position) : continues6(start))
                && (protocol == Ip.UDP || continuesTcp(start));
    }

    private boolean continues4(FlowPacket start, int position) {
        // Without fragmentation the identification has no meaning (RFC 6864 4.1).
        boolean atomic = get16(slab, at + Ip.V4_FRAGMENT) == Ip.DONT_FRAGMENT;
        return same(start, 0, Ip.V4_TOTAL_LENGTH) // with DSCP and ECN
                && same(start, Ip.V4_FRAGMENT, 4) // with TTL and protocol
                && (atomic || id() == (start.id() + position & 0xffff));
    }

    private boolean continues6(FlowPacket start) {
        return same(start, 0, Ip.V6_PAYLOAD_LENGTH) // traffic class and flow label
                && same(start, Ip.V6_HOP_LIMIT, 1);
    }

    private boolean continuesTcp(FlowPacket start) {
        int window = transport + Ip.TCP_WINDOW;
        int urgent = transport + Ip.TCP_URGENT;
        return same(start, transport + Ip.TCP_ACKNOWLEDGEMENT, 4)
                && same(start, transport + Ip.TCP_DATA_OFFSET, 1) // with AE
                && ((tcpFlags() ^ start.tcpFlags()) & ~Ip.PSH) == 0
                && same(start, window, Short.BYTES)
                && same(start, urgent, headerLength - urgent); // and the options
    }

    /** Points this object at the same packet as the other. */
    void set(FlowPacket other) {
        slab = other.slab;
        at = other.at;
        length = other.length;
        version = other.version;
        protocol = other.protocol;
        transport = other.transport;
        headerLength = other.headerLength;
        payloadLength = other.payloadLength;
        hash = other.hash;
    }
}
