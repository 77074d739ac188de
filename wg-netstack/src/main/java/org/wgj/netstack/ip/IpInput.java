// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get64;
import static org.wgj.tun.offload.BigEndian.get8;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;

/**
 * Checks received IP packets (RFC 1122 3.2.1, RFC 8200) and finds their transport headers. A wrong
 * packet is dropped and counted. Owned by the stack's thread.
 */
public final class IpInput {
    private static final int FRAGMENT_MASK = 0x3fff;
    private static final int OFFSET_MASK = 0x1fff;
    private static final int MAX_PACKET = 65535;

    // Options of IPv4 (RFC 791 3.1).
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;

    private final LocalAddresses addresses;
    private final boolean anyDestination;
    private final StackCounters counters;
    private final Reassembly reassembly;
    private final Ipv6Chain chain;

    /**
     * Makes the way into a stack.
     *
     * @param addresses the own addresses
     * @param anyDestination true to take packets to addresses that are not the stack's own
     * @param errors sends ICMP errors
     * @param counters counts what is dropped
     */
    public IpInput(
            LocalAddresses addresses,
            boolean anyDestination,
            IcmpErrors errors,
            StackCounters counters) {
        this.addresses = addresses;
        this.anyDestination = anyDestination;
        this.counters = counters;
        reassembly = new Reassembly(counters, errors);
        chain = new Ipv6Chain(counters, errors, reassembly);
    }

    /**
     * Checks a packet. A fragment that completes a datagram is taken for the datagram, which then
     * lies in other memory until the next call.
     *
     * @param memory holds the packet
     * @param at where it begins
     * @param length how many bytes came
     * @param looped true if this stack sent the packet
     * @param packet receives what transport layers need to know
     * @param nowNs the time
     * @return false if there is nothing to deliver
     */
    public boolean accept(
            MemorySegment memory,
            long at,
            int length,
            boolean looped,
            IncomingPacket packet,
            long nowNs) {
        if (length < IpHeader.IPV4_LENGTH) {
            return drop(PacketDropReason.TRUNCATED);
        }
        packet.memory = memory;
        packet.packet = at;
        return switch (get8(memory, at) >> 4) {
            case 4 -> acceptIpv4(length, looped, packet, nowNs);
            case 6 -> acceptIpv6(length, looped, packet, nowNs);
            default -> drop(PacketDropReason.BAD_VERSION);
        };
    }

    private boolean drop(PacketDropReason reason) {
        counters.drop(reason);
        return false;
    }

    private boolean acceptIpv4(int length, boolean looped, IncomingPacket packet, long nowNs) {
        MemorySegment memory = packet.memory;
        long at = packet.packet;
        int header = (get8(memory, at) & 0xf) * 4;
        int total = get16(memory, at + 2);
        if (header < IpHeader.IPV4_LENGTH || header > total) {
            return drop(PacketDropReason.BAD_HEADER_LENGTH);
        }
        if (total > length) {
            return drop(PacketDropReason.TRUNCATED);
        }
        if (Checksum.sum(memory, at, header) != Checksum.INTACT) {
            return drop(PacketDropReason.BAD_HEADER_CHECKSUM);
        }
        packet.ipv6 = false;
        packet.length = total;
        packet.sourceHigh = 0;
        packet.sourceLow = get32(memory, at + 12) & 0xffff_ffffL;
        packet.destinationHigh = 0;
        packet.destinationLow = get32(memory, at + 16) & 0xffff_ffffL;
        packet.trafficClass = get8(memory, at + 1);
        packet.hopLimit = get8(memory, at + 8);
        packet.protocol = get8(memory, at + 9);
        packet.transport = at + header;
        packet.transportLength = total - header;
        if (!addressesAllowIpv4(packet) || !addressesAllow(packet, looped)) {
            return false;
        }
        if (header > IpHeader.IPV4_LENGTH && !optionsAllow(memory, at, header)) {
            return drop(PacketDropReason.BAD_OPTION);
        }
        int fragment = get16(memory, at + 6);
        return (fragment & FRAGMENT_MASK) == 0 || fragmentIpv4(packet, header, fragment, nowNs);
    }

    private boolean addressesAllowIpv4(IncomingPacket packet) {
        long source = packet.sourceLow;
        int first = (int) (source >>> 24);
        // 0/8, 127/8, multicast, and 240/4 with the broadcast (RFC 1122 3.2.1.3, RFC 6890).
        if (first == 0 || first == 127 || first >= 224 || addresses.isBroadcast(source)) {
            return drop(PacketDropReason.BAD_SOURCE);
        }
        long destination = packet.destinationLow;
        first = (int) (destination >>> 24);
        if (first >= 224 || addresses.isBroadcast(destination)) {
            return drop(PacketDropReason.MULTICAST);
        }
        return first != 0 && first != 127 || drop(PacketDropReason.NOT_OURS);
    }

    private boolean addressesAllow(IncomingPacket packet, boolean looped) {
        if (!anyDestination
                && !addresses.isLocal(packet.ipv6, packet.destinationHigh, packet.destinationLow)) {
            return drop(PacketDropReason.NOT_OURS);
        }
        // A packet from the own address can only be forged (a "land" packet).
        boolean own = addresses.isLocal(packet.ipv6, packet.sourceHigh, packet.sourceLow);
        return looped || !own || drop(PacketDropReason.OWN_SOURCE);
    }

    private static boolean optionsAllow(MemorySegment memory, long packet, int header) {
        long end = packet + header;
        long at = packet + IpHeader.IPV4_LENGTH;
        while (at < end) {
            int type = get8(memory, at);
            if (type == END_OF_OPTIONS) {
                return true;
            }
            if (type == NO_OPERATION) {
                at++;
                continue;
            }
            if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE || at + 2 > end) {
                return false;
            }
            int length = get8(memory, at + 1);
            if (length < 2 || at + length > end) {
                return false;
            }
            at += length;
        }
        return true;
    }

    private boolean fragmentIpv4(IncomingPacket packet, int header, int fragment, long nowNs) {
        int start = (fragment & OFFSET_MASK) * 8;
        boolean more = (fragment & IpHeader.MORE_FRAGMENTS) != 0;
        int length = packet.transportLength;
        boolean possible =
                length > 0
                        && (!more || (length & 7) == 0)
                        && header + start + length <= MAX_PACKET
                        // RFC 3128: would write over TCP's flags
                        && !(packet.protocol == IpHeader.TCP && start == 8);
        if (!possible) {
            return drop(PacketDropReason.BAD_FRAGMENT);
        }
        int id = get16(packet.memory, packet.packet + 4);
        int whole =
                reassembly.add(
                        packet,
                        id,
                        packet.protocol,
                        packet.transport,
                        length,
                        start,
                        more,
                        0,
                        nowNs);
        if (whole == 0) {
            return false;
        }
        packet.memory = reassembly.assembled();
        packet.packet = 0;
        packet.length = whole;
        packet.transport = (get8(packet.memory, 0) & 0xf) * 4;
        packet.transportLength = whole - (int) packet.transport;
        return true;
    }

    private boolean acceptIpv6(int length, boolean looped, IncomingPacket packet, long nowNs) {
        MemorySegment memory = packet.memory;
        long at = packet.packet;
        if (length < IpHeader.IPV6_LENGTH) {
            return drop(PacketDropReason.TRUNCATED);
        }
        int total = IpHeader.IPV6_LENGTH + get16(memory, at + 4);
        if (total > length) {
            return drop(PacketDropReason.TRUNCATED);
        }
        packet.ipv6 = true;
        packet.length = total;
        packet.sourceHigh = get64(memory, at + 8);
        packet.sourceLow = get64(memory, at + 16);
        packet.destinationHigh = get64(memory, at + 24);
        packet.destinationLow = get64(memory, at + 32);
        packet.trafficClass = get16(memory, at) >> 4 & 0xff;
        packet.protocol = get8(memory, at + 6);
        packet.hopLimit = get8(memory, at + 7);
        packet.transport = at + IpHeader.IPV6_LENGTH;
        packet.transportLength = total - IpHeader.IPV6_LENGTH;
        if (!isHost(packet.sourceHigh, packet.sourceLow)) {
            return drop(PacketDropReason.BAD_SOURCE);
        }
        if (packet.destinationHigh >>> 56 == 0xff) {
            return drop(PacketDropReason.MULTICAST);
        }
        if (!isHost(packet.destinationHigh, packet.destinationLow)) {
            return drop(PacketDropReason.NOT_OURS);
        }
        return addressesAllow(packet, looped) && chain.walk(packet, nowNs);
    }

    /** Not unspecified, loopback, an IPv4-mapped address (RFC 4291 2.5.5.2) or a multicast. */
    private static boolean isHost(long high, long low) {
        boolean special = high == 0 && (low >>> 32 == 0xffff || low >>> 1 == 0);
        return !special && high >>> 56 != 0xff;
    }

    /**
     * Returns when the next incomplete datagram is too old.
     *
     * @return a time, or {@link Long#MAX_VALUE}
     */
    public long nextDeadlineNs() {
        return reassembly.nextDeadlineNs();
    }

    /**
     * Drops incomplete datagrams that are too old.
     *
     * @param nowNs the time
     */
    public void handleTimeouts(long nowNs) {
        reassembly.handleTimeouts(nowNs);
    }

    /**
     * Returns how many bytes incomplete datagrams hold.
     *
     * @return bytes, at most 1 MiB and a fragment
     */
    public int memory() {
        return reassembly.memory();
    }

    /** Forgets incomplete datagrams. */
    public void clear() {
        reassembly.clear();
    }
}
