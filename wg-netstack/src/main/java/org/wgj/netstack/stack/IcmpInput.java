// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get8;

import org.wgj.netstack.ip.LocalAddresses;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.ip.StackCounters;
import org.wgj.netstack.tcp.IcmpCause;
import org.wgj.netstack.tcp.TcpLayer;
import org.wgj.netstack.udp.UdpLayer;
import org.wgj.netstack.wire.IcmpHeader;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.QuotedPacket;
import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;

/**
 * Takes received ICMP messages: answers echo requests, and tells the transport layers of errors
 * about packets that they have sent (RFC 1122 3.2.2, RFC 5927). An error about a packet that this
 * stack did not send changes nothing. Owned by the stack's thread.
 */
final class IcmpInput {
    private final boolean answersEcho;
    private final LocalAddresses addresses;
    private final TcpLayer tcp;
    private final UdpLayer udp;
    private final IcmpEcho echo;
    private final StackCounters counters;
    private final QuotedPacket quoted = new QuotedPacket();

    IcmpInput(
            boolean answersEcho,
            LocalAddresses addresses,
            TcpLayer tcp,
            UdpLayer udp,
            IcmpEcho echo,
            StackCounters counters) {
        this.answersEcho = answersEcho;
        this.addresses = addresses;
        this.tcp = tcp;
        this.udp = udp;
        this.echo = echo;
        this.counters = counters;
    }

    void receive(IncomingPacket packet, long nowNs) {
        if (packet.transportLength < IcmpHeader.LENGTH) {
            counters.drop(PacketDropReason.BAD_TRANSPORT_HEADER);
            return;
        }
        long sum = Checksum.sum(packet.memory, packet.transport, packet.transportLength);
        if (packet.ipv6) {
            sum += IpHeader.pseudoHeaderSum(packet);
        }
        if (Checksum.fold(sum) != Checksum.INTACT) {
            counters.drop(PacketDropReason.BAD_TRANSPORT_CHECKSUM);
            return;
        }
        int type = get8(packet.memory, packet.transport);
        int code = get8(packet.memory, packet.transport + IcmpHeader.CODE);
        if (packet.ipv6) {
            receive6(packet, type, code, nowNs);
        } else {
            receive4(packet, type, code, nowNs);
        }
    }

    private void receive4(IncomingPacket packet, int type, int code, long nowNs) {
        switch (type) {
            case IcmpHeader.ECHO_REQUEST4 -> echoRequest(packet, code);
            case IcmpHeader.ECHO_REPLY4 -> echo.receive(packet, nowNs);
            case IcmpHeader.TIME_EXCEEDED4 -> timeExceeded(packet, nowNs);
            case IcmpHeader.UNREACHABLE4 -> {
                switch (code) {
                    case IcmpHeader.FRAGMENTATION_NEEDED -> tooBig(packet, nowNs);
                    // Protocol, port; communication with the network or host, or all, prohibited.
                    case 2, 3, 9, 10, 13 -> error(packet, IcmpCause.PORT_UNREACHABLE, nowNs);
                    case 1 -> hostUnreachable(packet, nowNs);
                    default -> error(packet, IcmpCause.UNREACHABLE, nowNs);
                }
            }
            default -> counters.drop(PacketDropReason.ICMP_IGNORED);
        }
    }

    private void receive6(IncomingPacket packet, int type, int code, long nowNs) {
        switch (type) {
            case IcmpHeader.ECHO_REQUEST6 -> echoRequest(packet, code);
            case IcmpHeader.ECHO_REPLY6 -> echo.receive(packet, nowNs);
            case IcmpHeader.TIME_EXCEEDED6 -> timeExceeded(packet, nowNs);
            case IcmpHeader.TOO_BIG6 -> tooBig(packet, nowNs);
            case IcmpHeader.UNREACHABLE6 -> {
                switch (code) {
                    // Prohibited, port, policy, reject route.
                    case 1, 4, 5, 6 -> error(packet, IcmpCause.PORT_UNREACHABLE, nowNs);
                    case 3 -> hostUnreachable(packet, nowNs);
                    default -> error(packet, IcmpCause.UNREACHABLE, nowNs);
                }
            }
            case IcmpHeader.PARAMETER_PROBLEM6 -> {
                // The peer does not know the next header (RFC 9293 3.9.2.2).
                if (code == 1) {
                    error(packet, IcmpCause.PORT_UNREACHABLE, nowNs);
                } else {
                    counters.drop(PacketDropReason.ICMP_IGNORED);
                }
            }
            default -> counters.drop(PacketDropReason.ICMP_IGNORED);
        }
    }

    private void echoRequest(IncomingPacket packet, int code) {
        boolean own = addresses.isLocal(packet.ipv6, packet.destinationHigh, packet.destinationLow);
        if (answersEcho && own && code == 0) {
            echo.reply(packet);
        } else {
            counters.drop(PacketDropReason.ICMP_IGNORED);
        }
    }

    /** One datagram that was lost on its way says nothing about the next (as Linux has it). */
    private void timeExceeded(IncomingPacket packet, long nowNs) {
        if (parse(packet) && quoted.protocol == IpHeader.UDP) {
            counters.drop(PacketDropReason.ICMP_IGNORED);
        } else {
            error(packet, IcmpCause.UNREACHABLE, nowNs);
        }
    }

    /**
     * A router may be wrong for a moment. The own tunnel is not: it answers for an address that no
     * peer has, with that address as source.
     */
    private void hostUnreachable(IncomingPacket packet, long nowNs) {
        boolean byTunnel =
                parse(packet)
                        && quoted.destination.is(packet.ipv6, packet.sourceHigh, packet.sourceLow);
        error(packet, byTunnel ? IcmpCause.NO_ROUTE : IcmpCause.UNREACHABLE, nowNs);
    }

    private void error(IncomingPacket packet, IcmpCause cause, long nowNs) {
        if (!parse(packet) || !hasSent()) {
            counters.drop(PacketDropReason.ICMP_FORGED);
            return;
        }
        counters.icmpErrorsAccepted++;
        tell(cause, 0, nowNs);
    }

    private void tooBig(IncomingPacket packet, long nowNs) {
        MemorySegment memory = packet.memory;
        long field = packet.transport + 4;
        int reported = packet.ipv6 ? get32(memory, field) : get16(memory, field + 2);
        if (reported < 0) {
            reported = Integer.MAX_VALUE; // unsigned, and larger than any packet
        }
        if (!parse(packet)) {
            counters.drop(PacketDropReason.ICMP_FORGED);
            return;
        }
        int mtu = LocalAddresses.believedMtu(packet.ipv6, reported, quoted.totalLength);
        // One of several connections may have lowered the path MTU already.
        if (mtu == 0 || mtu > addresses.mtu(quoted.destination)) {
            counters.drop(PacketDropReason.ICMP_IGNORED);
            return;
        }
        if (!hasSent()) {
            counters.drop(PacketDropReason.ICMP_FORGED);
            return;
        }
        if (mtu < addresses.mtu(quoted.destination)) {
            counters.icmpErrorsAccepted++;
            addresses.lowerMtu(quoted.destination, mtu, nowNs);
        }
        tell(IcmpCause.TOO_BIG, mtu, nowNs);
    }

    /** Reads the quoted packet, which must have come from an own address. */
    private boolean parse(IncomingPacket packet) {
        long at = packet.transport + IcmpHeader.LENGTH;
        int length = packet.transportLength - IcmpHeader.LENGTH;
        return quoted.parse(packet.memory, at, length, packet.ipv6)
                && quoted.source.is(packet.ipv6, packet.destinationHigh, packet.destinationLow);
    }

    /** Returns whether the quoted packet can have come from this stack, a short time ago. */
    private boolean hasSent() {
        IpAddress remote = quoted.destination;
        int first = get16(quoted.memory, quoted.transport);
        int second = get16(quoted.memory, quoted.transport + 2);
        return switch (quoted.protocol) {
            case IpHeader.TCP -> tcp.isInFlight(quoted.source, first, remote, second, secondWord());
            case IpHeader.UDP -> udp.hasSent(quoted.source, first, remote, second);
            case IpHeader.ICMP, IpHeader.ICMPV6 ->
                    first >> 8 == IcmpHeader.echoRequest(remote.ipv6())
                            && echo.hasSent(remote, secondWord());
            default -> false;
        };
    }

    /** TCP's sequence number, or identifier and sequence number of an echo. */
    private int secondWord() {
        return get32(quoted.memory, quoted.transport + 4);
    }

    private void tell(IcmpCause cause, int mtu, long nowNs) {
        IpAddress local = quoted.source;
        IpAddress remote = quoted.destination;
        int first = get16(quoted.memory, quoted.transport);
        int second = get16(quoted.memory, quoted.transport + 2);
        if (quoted.protocol == IpHeader.TCP) {
            tcp.unreachable(local, first, remote, second, secondWord(), cause, mtu, nowNs);
        } else if (cause == IcmpCause.TOO_BIG) {
            return; // the next datagram goes in shorter fragments
        } else if (quoted.protocol == IpHeader.UDP) {
            udp.unreachable(local, first, remote, second);
        } else {
            echo.unreachable(remote, secondWord());
        }
    }
}
