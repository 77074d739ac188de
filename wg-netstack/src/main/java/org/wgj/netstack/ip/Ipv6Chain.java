// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get8;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpHeader;

import java.lang.foreign.MemorySegment;

/**
 * Walks the extension headers of a received IPv6 packet (RFC 8200 4). At most {@link #MAX_HEADERS}
 * of them, with {@link #MAX_OPTIONS} options each; longer chains are dropped. Owned by the stack's
 * thread.
 *
 * <pre>
 *   hop-by-hop   only right after the IPv6 header; options by their action
 *   routing      no type is known: ignored if no segments are left, else parameter problem
 *   fragment     to the reassembly
 *   destination  options by their action
 *   none         dropped
 *   unknown      parameter problem, code 1
 * </pre>
 */
final class Ipv6Chain {
    static final int MAX_HEADERS = 8;
    static final int MAX_OPTIONS = 8;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int NONE = 59;
    private static final int DESTINATION = 60;

    private static final int PAD1 = 0;
    private static final int PADN = 1;

    // Codes of ICMPv6 parameter problem (RFC 4443 3.4).
    private static final int BAD_FIELD = 0;
    private static final int BAD_NEXT_HEADER = 1;
    private static final int BAD_OPTION = 2;

    private final StackCounters counters;
    private final IcmpErrors errors;
    private final Reassembly reassembly;

    /** The offset of the number of the present header, from the packet's beginning. */
    private int field;

    Ipv6Chain(StackCounters counters, IcmpErrors errors, Reassembly reassembly) {
        this.counters = counters;
        this.errors = errors;
        this.reassembly = reassembly;
    }

    /**
     * Finds the transport header of a packet whose addresses were checked.
     *
     * @param packet has protocol and transport behind the IPv6 header; gets those behind all
     *     headers. A completed datagram takes its place
     * @return false if there is nothing to deliver now
     */
    boolean walk(IncomingPacket packet, long nowNs) {
        return walk(packet, false, nowNs);
    }

    private boolean walk(IncomingPacket packet, boolean wasFragment, long nowNs) {
        field = 6;
        boolean fragmented = wasFragment;
        for (int headers = 0; ; headers++) {
            int type = packet.protocol;
            switch (type) {
                case IpHeader.TCP, IpHeader.UDP, IpHeader.ICMPV6 -> {
                    return true;
                }
                case NONE -> {
                    return drop(PacketDropReason.UNKNOWN_PROTOCOL);
                }
                case HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION -> {
                    if (headers == MAX_HEADERS || packet.transportLength < 8) {
                        return drop(PacketDropReason.BAD_EXTENSION_HEADER);
                    }
                }
                default -> {
                    return problem(packet, BAD_NEXT_HEADER, field, nowNs);
                }
            }
            if (type == FRAGMENT) {
                if (fragmented) {
                    return drop(PacketDropReason.BAD_EXTENSION_HEADER);
                }
                fragmented = true;
                int bits = get16(packet.memory, packet.transport + 2);
                if ((bits & 0xfff9) != 0) {
                    return fragment(packet, bits & 0xfff8, (bits & 1) != 0, nowNs);
                }
                advance(packet, 8); // alone: RFC 6946
                continue;
            }
            int length = 8 * (1 + get8(packet.memory, packet.transport + 1));
            if (length > packet.transportLength) {
                return drop(PacketDropReason.BAD_EXTENSION_HEADER);
            }
            if (type == HOP_BY_HOP && headers > 0) {
                return problem(packet, BAD_NEXT_HEADER, field, nowNs);
            }
            if (type == ROUTING) {
                if (get8(packet.memory, packet.transport + 3) != 0) {
                    int pointer = (int) (packet.transport - packet.packet) + 2;
                    return problem(packet, BAD_FIELD, pointer, nowNs);
                }
            } else if (!options(packet, length, nowNs)) {
                return false;
            }
            advance(packet, length);
        }
    }

    private void advance(IncomingPacket packet, int length) {
        field = (int) (packet.transport - packet.packet);
        packet.protocol = get8(packet.memory, packet.transport);
        packet.transport += length;
        packet.transportLength -= length;
    }

    /** RFC 8200 4.2: an unknown option's two highest bits say what to do. */
    private boolean options(IncomingPacket packet, int length, long nowNs) {
        MemorySegment memory = packet.memory;
        long end = packet.transport + length;
        long at = packet.transport + 2;
        int options = 0;
        while (at < end) {
            int type = get8(memory, at);
            if (type == PAD1) {
                at++;
                continue;
            }
            if (at + 2 > end || at + 2 + get8(memory, at + 1) > end) {
                return drop(PacketDropReason.BAD_EXTENSION_HEADER);
            }
            if (type != PADN) {
                if (++options > MAX_OPTIONS) {
                    return drop(PacketDropReason.BAD_EXTENSION_HEADER);
                }
                switch (type >> 6) {
                    case 0 -> {}
                    case 1 -> {
                        return drop(PacketDropReason.BAD_EXTENSION_HEADER);
                    }
                    // 2 and 3 differ for multicast only, which does not come here.
                    default -> {
                        return problem(packet, BAD_OPTION, (int) (at - packet.packet), nowNs);
                    }
                }
            }
            at += 2 + get8(memory, at + 1);
        }
        return true;
    }

    private boolean fragment(IncomingPacket packet, int start, boolean more, long nowNs) {
        int length = packet.transportLength - 8;
        int header = (int) (packet.transport - packet.packet);
        if (length == 0) {
            return drop(PacketDropReason.BAD_FRAGMENT);
        }
        if (more && (length & 7) != 0) {
            counters.drop(PacketDropReason.BAD_FRAGMENT);
            fragmentProblem(packet, start, 4, nowNs);
            return false;
        }
        // The headers before the fragment header count too.
        if (header - IpHeader.IPV6_LENGTH + start + length > 65535) {
            counters.drop(PacketDropReason.BAD_FRAGMENT);
            fragmentProblem(packet, start, header + 2, nowNs);
            return false;
        }
        int type = get8(packet.memory, packet.transport);
        if (start == 0 && !hasWholeChain(packet, type, length)) {
            return drop(PacketDropReason.BAD_FRAGMENT); // RFC 7112
        }
        int id = get32(packet.memory, packet.transport + 4);
        long data = packet.transport + 8;
        int whole = reassembly.add(packet, id, 0, data, length, start, more, field, nowNs);
        if (whole == 0) {
            return false;
        }
        packet.memory = reassembly.assembled();
        packet.packet = 0;
        packet.length = whole;
        packet.protocol = get8(packet.memory, 6);
        packet.transport = IpHeader.IPV6_LENGTH;
        packet.transportLength = whole - IpHeader.IPV6_LENGTH;
        return walk(packet, true, nowNs);
    }

    /** Not about a later fragment of what may be an ICMP error. */
    private void fragmentProblem(IncomingPacket packet, int start, int pointer, long nowNs) {
        int type = get8(packet.memory, packet.transport);
        if (start > 0 && type == IpHeader.ICMPV6) {
            return;
        }
        sendProblem(packet, BAD_FIELD, pointer, nowNs);
    }

    /** Returns whether a first fragment shows all headers, up to that of TCP, UDP or ICMP. */
    private static boolean hasWholeChain(IncomingPacket packet, int type, int length) {
        int next = type;
        long at = packet.transport + 8;
        int left = length;
        for (int headers = 0; headers <= MAX_HEADERS; headers++) {
            switch (next) {
                case IpHeader.TCP -> {
                    return left >= 20;
                }
                case IpHeader.UDP, IpHeader.ICMPV6 -> {
                    return left >= 8;
                }
                case HOP_BY_HOP, ROUTING, DESTINATION -> {
                    if (left < 8) {
                        return false;
                    }
                    int skipped = 8 * (1 + get8(packet.memory, at + 1));
                    next = get8(packet.memory, at);
                    at += skipped;
                    left -= skipped;
                }
                default -> {
                    return left >= 1;
                }
            }
            if (left < 0) {
                return false;
            }
        }
        return false;
    }

    private boolean drop(PacketDropReason reason) {
        counters.drop(reason);
        return false;
    }

    private boolean problem(IncomingPacket packet, int code, int pointer, long nowNs) {
        counters.drop(
                code == BAD_NEXT_HEADER
                        ? PacketDropReason.UNKNOWN_PROTOCOL
                        : PacketDropReason.BAD_EXTENSION_HEADER);
        sendProblem(packet, code, pointer, nowNs);
        return false;
    }

    /** An error must not answer an ICMP error, which further headers may hide. */
    private void sendProblem(IncomingPacket packet, int code, int pointer, long nowNs) {
        findUpperLayer(packet);
        errors.parameterProblem(packet, code, pointer, nowNs);
    }

    /**
     * Moves protocol and transport behind all extension headers that the packet has from there on,
     * without checking them.
     */
    static void findUpperLayer(IncomingPacket packet) {
        for (int headers = 0; headers <= MAX_HEADERS; headers++) {
            int type = packet.protocol;
            boolean known =
                    type == HOP_BY_HOP
                            || type == ROUTING
                            || type == FRAGMENT
                            || type == DESTINATION;
            if (!known || packet.transportLength < 8) {
                return;
            }
            int length = type == FRAGMENT ? 8 : 8 * (1 + get8(packet.memory, packet.transport + 1));
            packet.protocol = get8(packet.memory, packet.transport);
            packet.transport += length;
            packet.transportLength -= length;
        }
    }
}
