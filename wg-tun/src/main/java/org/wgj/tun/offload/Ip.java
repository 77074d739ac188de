// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get8;
import static org.wgj.tun.offload.BigEndian.set16;

import java.lang.foreign.MemorySegment;

/**
 * The layout of IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293) and UDP (RFC 768), and the few
 * rules that splitting and coalescing share. Offsets count from the beginning of each header.
 */
final class Ip {
    private Ip() {}

    static final int MAX_PACKET = 65535;

    static final int V4_TOTAL_LENGTH = 2;
    static final int V4_ID = 4;
    static final int V4_FRAGMENT = 6;
    static final int V4_TTL = 8;
    static final int V4_PROTOCOL = 9;
    static final int V4_CHECKSUM = 10;
    static final int V4_ADDRESSES = 12;
    static final int V4_HEADER = 20;
    static final int DONT_FRAGMENT = 0x4000;
    static final int FRAGMENT_MASK = 0x3fff; // MF and the offset

    static final int V6_PAYLOAD_LENGTH = 4;
    static final int V6_NEXT_HEADER = 6;
    static final int V6_HOP_LIMIT = 7;
    static final int V6_ADDRESSES = 8;
    static final int V6_HEADER = 40;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION_OPTIONS = 60;

    static final int TCP = 6;
    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACKNOWLEDGEMENT = 8;
    static final int TCP_DATA_OFFSET = 12;
    static final int TCP_FLAGS = 13;
    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_URGENT = 18;
    static final int TCP_HEADER = 20;
    static final int FIN = 0x01;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int ECE = 0x40;
    static final int CWR = 0x80;
    static final int AE = 0x01; // RFC 9768, in the byte at TCP_DATA_OFFSET

    static final int UDP = 17;
    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;
    static final int UDP_HEADER = 8;

    /**
     * Returns the version in a packet's first byte; a packet that is not IP has any number there.
     */
    static int version(MemorySegment bytes, long packet) {
        return get8(bytes, packet) >> 4;
    }

    /**
     * Returns the length of the headers before the transport header. Returns -1 if the length field
     * is not {@code length}, or if the packet is a fragment or has another protocol.
     */
    static int transportOffset(MemorySegment bytes, long packet, int length, int protocol) {
        return switch (length == 0 ? 0 : version(bytes, packet)) {
            case 4 -> transportOffset4(bytes, packet, length, protocol);
            case 6 -> transportOffset6(bytes, packet, length, protocol);
            default -> -1;
        };
    }

    private static int transportOffset4(
            MemorySegment bytes, long packet, int length, int protocol) {
        if (length < V4_HEADER) {
            return -1;
        }
        int headerLength = (get8(bytes, packet) & 0xf) * 4;
        boolean sound =
                headerLength >= V4_HEADER
                        && headerLength <= length
                        && get16(bytes, packet + V4_TOTAL_LENGTH) == length
                        && (get16(bytes, packet + V4_FRAGMENT) & FRAGMENT_MASK) == 0
                        && get8(bytes, packet + V4_PROTOCOL) == protocol;
        return sound ? headerLength : -1;
    }

    private static int transportOffset6(
            MemorySegment bytes, long packet, int length, int protocol) {
        if (length < V6_HEADER || V6_HEADER + get16(bytes, packet + V6_PAYLOAD_LENGTH) != length) {
            return -1;
        }
        int next = get8(bytes, packet + V6_NEXT_HEADER);
        int at = V6_HEADER;
        while (next != protocol) {
            boolean known = next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS;
            if (!known || at + 8 > length) {
                return -1;
            }
            next = get8(bytes, packet + at);
            at += 8 + 8 * get8(bytes, packet + at + 1);
        }
        return at <= length ? at : -1;
    }

    /** Returns the sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1), not folded. */
    static long pseudoHeader(
            MemorySegment bytes, long packet, int version, int protocol, int transportLength) {
        int addresses =
                version == 4
                        ? Checksum.sum(bytes, packet + V4_ADDRESSES, 8)
                        : Checksum.sum(bytes, packet + V6_ADDRESSES, 32);
        return (long) addresses + protocol + transportLength;
    }

    /** Sets the IP header's length field and, in IPv4, its checksum. */
    static void setLength(MemorySegment bytes, long packet, int version, int length) {
        if (version == 6) {
            set16(bytes, packet + V6_PAYLOAD_LENGTH, length - V6_HEADER);
            return;
        }
        set16(bytes, packet + V4_TOTAL_LENGTH, length);
        set16(bytes, packet + V4_CHECKSUM, 0);
        int headerLength = (get8(bytes, packet) & 0xf) * 4;
        set16(bytes, packet + V4_CHECKSUM, Checksum.of(Checksum.sum(bytes, packet, headerLength)));
    }
}
