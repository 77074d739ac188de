// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get8;
import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set32;

import org.wgj.netstack.wire.IcmpHeader;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/**
 * Sends ICMP errors about received packets (RFC 792, RFC 1122 3.2.2, RFC 4443 2.4): never about an
 * ICMP error or redirect, a later fragment, or a packet to or from anything but one host. An error
 * quotes as much of the packet as fits 576 bytes in IPv4 and 1,280 in IPv6. Owned by the stack's
 * thread.
 */
public final class IcmpErrors {
    private static final int MAX_IPV4 = 576;
    private static final int MAX_IPV6 = 1280;

    /** Linux sends ICMP errors with the DSCP of network control. */
    private static final int TRAFFIC_CLASS4 = 0xc0;

    private final IpOutput output;
    private final ErrorLimit limit;
    private final StackCounters counters;

    /**
     * Makes the sender of a stack's errors.
     *
     * @param output takes the packets
     * @param random varies the limit
     * @param counters counts them
     */
    public IcmpErrors(IpOutput output, RandomGenerator random, StackCounters counters) {
        this.output = output;
        this.counters = counters;
        limit = new ErrorLimit(random);
    }

    /**
     * Answers that no socket has the UDP port.
     *
     * @param packet a packet to an own address
     * @param nowNs the time
     */
    public void portUnreachable(IncomingPacket packet, long nowNs) {
        int code = packet.ipv6 ? 4 : 3;
        send(packet, IcmpHeader.unreachable(packet.ipv6), code, 0, nowNs);
    }

    /**
     * Answers that the stack does not know the IPv4 packet's protocol.
     *
     * @param packet a packet to an own address
     * @param nowNs the time
     */
    public void protocolUnreachable(IncomingPacket packet, long nowNs) {
        send(packet, IcmpHeader.UNREACHABLE4, 2, 0, nowNs);
    }

    /**
     * Answers that a field of an IPv6 packet has a value that the stack does not accept (RFC 4443
     * 3.4).
     *
     * @param packet a packet to an own address
     * @param code what is wrong: 0 a field, 1 a next header, 2 an option
     * @param pointer where the field is, from the packet's beginning
     * @param nowNs the time
     */
    void parameterProblem(IncomingPacket packet, int code, int pointer, long nowNs) {
        send(packet, IcmpHeader.PARAMETER_PROBLEM6, code, pointer, nowNs);
    }

    /**
     * Answers that fragments did not come in time.
     *
     * @param packet the first fragment
     * @param nowNs the time
     */
    void reassemblyTimeExceeded(IncomingPacket packet, long nowNs) {
        int type = packet.ipv6 ? IcmpHeader.TIME_EXCEEDED6 : IcmpHeader.TIME_EXCEEDED4;
        send(packet, type, 1, 0, nowNs);
    }

    private void send(IncomingPacket packet, int type, int code, int rest, long nowNs) {
        if (!mayAnswer(packet)) {
            return;
        }
        if (!limit.take(nowNs)) {
            counters.drop(PacketDropReason.ICMP_LIMITED);
            return;
        }
        IpAddress source = packet.destination();
        IpAddress target = packet.source();
        int most =
                Math.min(packet.ipv6 ? MAX_IPV6 : MAX_IPV4, output.mtu(target))
                        - IpHeader.length(packet.ipv6);
        int quoted = Math.min(packet.length, most - IcmpHeader.LENGTH);
        int length = IcmpHeader.LENGTH + quoted;
        int protocol = packet.ipv6 ? IpHeader.ICMPV6 : IpHeader.ICMP;
        long at = output.begin(source, target, protocol, length, packet.ipv6 ? 0 : TRAFFIC_CLASS4);
        if (at < 0) {
            counters.drop(PacketDropReason.QUEUE_FULL);
            return;
        }
        MemorySegment memory = output.memory();
        set32(memory, at, type << 24 | code << 16);
        set32(memory, at + 4, rest);
        MemorySegment.copy(packet.memory, packet.packet, memory, at + IcmpHeader.LENGTH, quoted);
        long sum = Checksum.sum(memory, at, length);
        if (packet.ipv6) {
            sum += IpHeader.pseudoHeaderSum(source, target, protocol, length);
        }
        set16(memory, at + IcmpHeader.CHECKSUM, Checksum.of(sum));
        output.commit();
        counters.icmpErrorsSent++;
    }

    /** The addresses were checked when the packet came. */
    private static boolean mayAnswer(IncomingPacket packet) {
        if (!packet.ipv6) {
            if ((get16(packet.memory, packet.packet + 6) & 0x1fff) != 0) {
                return false;
            }
            if (packet.protocol != IpHeader.ICMP) {
                return true;
            }
        } else if (packet.protocol != IpHeader.ICMPV6) {
            return true;
        }
        return packet.transportLength >= 1
                && !IcmpHeader.isErrorOrRedirect(
                        packet.ipv6, get8(packet.memory, packet.transport));
    }
}
