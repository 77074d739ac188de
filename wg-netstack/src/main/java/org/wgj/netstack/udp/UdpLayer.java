// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.udp;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.set16;

import org.wgj.netstack.ip.IcmpErrors;
import org.wgj.netstack.ip.IpOutput;
import org.wgj.netstack.ip.LocalAddresses;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.ip.StackCounters;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.tun.offload.Checksum;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.random.RandomGenerator;

/**
 * The UDP ports of a stack. Owned by the stack's thread.
 *
 * <p>A datagram goes to the port that fits it best: one that is connected to its sender before one
 * that is bound to its destination, and that before one that is bound to all addresses. Without a
 * port it is answered by ICMP.
 */
public final class UdpLayer {
    private static final int HEADER = 8;
    private static final int LENGTH = 4;
    private static final int CHECKSUM = 6;
    private static final int MAX_LENGTH = 65535;

    // Linux's net.ipv4.ip_local_port_range.
    private static final int FIRST_EPHEMERAL = 32768;
    private static final int LAST_EPHEMERAL = 60999;

    private final LocalAddresses addresses;
    private final IpOutput output;
    private final IcmpErrors errors;
    private final StackCounters counters;
    private final RandomGenerator random;

    /** By the low bits of the port. */
    private UdpPort[] table = new UdpPort[64];

    private int bound;

    /** For datagrams that go in fragments. */
    private MemorySegment scratch = MemorySegment.ofArray(new byte[0]);

    /**
     * Makes a layer without ports.
     *
     * @param addresses the own addresses
     * @param output takes datagrams
     * @param errors answers datagrams that have no port
     * @param counters counts what is dropped
     * @param random chooses ports that a third party cannot guess
     */
    public UdpLayer(
            LocalAddresses addresses,
            IpOutput output,
            IcmpErrors errors,
            StackCounters counters,
            RandomGenerator random) {
        this.addresses = addresses;
        this.output = output;
        this.errors = errors;
        this.counters = counters;
        this.random = random;
    }

    /**
     * Binds a port.
     *
     * @param localOrNull an own address; 0.0.0.0 or :: for all own addresses of one family; null
     *     for all
     * @param portOrZero 1 to 65535; 0 for a free one, chosen at random (RFC 6056 3.3.1)
     * @param handler hears what comes
     * @return the port
     * @throws BindException if the port is taken, or the address is not an own one
     */
    public UdpPort bind(IpAddress localOrNull, int portOrZero, UdpHandler handler)
            throws BindException {
        if (localOrNull != null
                && !localOrNull.isUnspecified()
                && !addresses.isLocal(localOrNull)) {
            throw new BindException("Cannot assign requested address");
        }
        int number = portOrZero == 0 ? freePort(localOrNull) : portOrZero;
        if (isTaken(localOrNull, number)) {
            throw new BindException("Address already in use");
        }
        if (bound == table.length) {
            enlarge();
        }
        UdpPort made = new UdpPort(this, localOrNull, number, handler);
        insert(made);
        bound++;
        return made;
    }

    private int freePort(IpAddress local) throws BindException {
        int range = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;
        int at = random.nextInt(range);
        for (int i = 0; i < range; i++) {
            int candidate = FIRST_EPHEMERAL + at;
            if (!isTaken(local, candidate)) {
                return candidate;
            }
            at = at + 1 == range ? 0 : at + 1;
        }
        throw new BindException("Address already in use: no free port is left");
    }

    private boolean isTaken(IpAddress local, int number) {
        for (UdpPort p = bucket(number); p != null; p = p.next) {
            if (p.port == number && overlap(p.local, local)) {
                return true;
            }
        }
        return false;
    }

    private static boolean overlap(IpAddress one, IpAddress other) {
        if (one == null || other == null) {
            return true;
        }
        return one.ipv6() == other.ipv6()
                && (one.isUnspecified() || other.isUnspecified() || one.equals(other));
    }

    private UdpPort bucket(int number) {
        return table[number & table.length - 1];
    }

    private void insert(UdpPort made) {
        int index = made.port & table.length - 1;
        made.next = table[index];
        table[index] = made;
    }

    private void enlarge() {
        UdpPort[] old = table;
        table = new UdpPort[2 * old.length];
        for (UdpPort first : old) {
            for (UdpPort p = first; p != null; ) {
                UdpPort following = p.next;
                insert(p);
                p = following;
            }
        }
    }

    void remove(UdpPort port) {
        int index = port.port & table.length - 1;
        UdpPort before = null;
        for (UdpPort p = table[index]; p != port; p = p.next) {
            before = p;
        }
        if (before == null) {
            table[index] = port.next;
        } else {
            before.next = port.next;
        }
        bound--;
    }

    /**
     * Returns how many ports are bound.
     *
     * @return their number
     */
    public int bound() {
        return bound;
    }

    /**
     * Takes a received packet whose protocol is UDP.
     *
     * @param packet the packet
     * @param nowNs the time
     */
    public void receive(IncomingPacket packet, long nowNs) {
        MemorySegment memory = packet.memory;
        long at = packet.transport;
        if (packet.transportLength < HEADER) {
            counters.drop(PacketDropReason.BAD_TRANSPORT_HEADER);
            return;
        }
        int sourcePort = get16(memory, at);
        int number = get16(memory, at + 2);
        int length = get16(memory, at + LENGTH);
        if (length < HEADER || length > packet.transportLength || sourcePort == 0 || number == 0) {
            counters.drop(PacketDropReason.BAD_TRANSPORT_HEADER);
            return;
        }
        if (!isIntact(packet, length)) {
            counters.drop(PacketDropReason.BAD_TRANSPORT_CHECKSUM);
            return;
        }
        UdpPort port = find(packet, number, sourcePort);
        if (port == null) {
            counters.drop(PacketDropReason.NO_PORT);
            errors.portUnreachable(packet, nowNs);
            return;
        }
        byte[] payload = new byte[length - HEADER];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at + HEADER, payload, 0, payload.length);
        port.handler.received(packet.source(), sourcePort, payload);
    }

    /**
     * Returns whether the checksum is right. Bytes behind the datagram in its packet do not count.
     */
    private static boolean isIntact(IncomingPacket packet, int length) {
        if (get16(packet.memory, packet.transport + CHECKSUM) == 0) {
            return !packet.ipv6; // RFC 8200 8.1
        }
        long sum =
                IpHeader.pseudoHeaderSum(
                        packet.sourceHigh,
                        packet.sourceLow,
                        packet.destinationHigh,
                        packet.destinationLow,
                        IpHeader.UDP,
                        length);
        sum += Checksum.sum(packet.memory, packet.transport, length);
        return Checksum.fold(sum) == Checksum.INTACT;
    }

    private UdpPort find(IncomingPacket packet, int number, int sourcePort) {
        UdpPort best = null;
        int bestScore = -1;
        for (UdpPort p = bucket(number); p != null; p = p.next) {
            if (p.port == number) {
                int score = p.match(packet, sourcePort);
                if (score > bestScore) {
                    best = p;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    boolean send(
            UdpPort port,
            IpAddress remote,
            int remotePort,
            byte[] bytes,
            int offset,
            int length,
            boolean dontFragment)
            throws IOException {
        if (port.closed) {
            throw new SocketException("Socket closed");
        }
        if (remotePort < 1 || remotePort > 65535) {
            throw new SocketException("Invalid argument: port " + remotePort);
        }
        IpAddress source = sourceOf(port, remote);
        int total = HEADER + length;
        int most = remote.ipv6() ? MAX_LENGTH : MAX_LENGTH - IpHeader.IPV4_LENGTH;
        boolean fits = output.fits(remote, total);
        if (total > most || dontFragment && !fits) {
            throw new SocketException("Message too long");
        }
        port.sentTo(remote, remotePort);
        return fits
                ? sendWhole(port, source, remote, remotePort, bytes, offset, length)
                : sendLong(port, source, remote, remotePort, bytes, offset, length);
    }

    private IpAddress sourceOf(UdpPort port, IpAddress remote) throws IOException {
        boolean bound = port.local != null && !port.local.isUnspecified();
        if (port.local != null && port.local.ipv6() != remote.ipv6()) {
            throw new SocketException("Address family not supported by protocol");
        }
        IpAddress source = bound ? port.local : addresses.sourceFor(remote);
        if (source == null) {
            throw new NoRouteToHostException(
                    "Network is unreachable: " + addresses.noSourceFor(remote));
        }
        // The handler of a port that was given back is not told that the address was removed.
        boolean gone = bound && port.released && !addresses.isLocal(source);
        if (gone || remote.isUnspecified()) {
            throw new NoRouteToHostException("Network is unreachable");
        }
        return source;
    }

    private boolean sendWhole(
            UdpPort port,
            IpAddress source,
            IpAddress remote,
            int remotePort,
            byte[] bytes,
            int offset,
            int length) {
        long at =
                output.begin(
                        port.flow,
                        source,
                        remote,
                        IpHeader.UDP,
                        HEADER + length,
                        port.trafficClass);
        if (at < 0) {
            return false;
        }
        write(output.memory(), at, port, source, remote, remotePort, bytes, offset, length);
        output.commit();
        return true;
    }

    private boolean sendLong(
            UdpPort port,
            IpAddress source,
            IpAddress remote,
            int remotePort,
            byte[] bytes,
            int offset,
            int length) {
        if (scratch.byteSize() < HEADER + length) {
            scratch = MemorySegment.ofArray(new byte[MAX_LENGTH]);
        }
        write(scratch, 0, port, source, remote, remotePort, bytes, offset, length);
        return output.send(
                port.flow,
                source,
                remote,
                IpHeader.UDP,
                scratch,
                0,
                HEADER + length,
                port.trafficClass);
    }

    private static void write(
            MemorySegment memory,
            long at,
            UdpPort port,
            IpAddress source,
            IpAddress remote,
            int remotePort,
            byte[] bytes,
            int offset,
            int length) {
        int total = HEADER + length;
        set16(memory, at, port.port);
        set16(memory, at + 2, remotePort);
        set16(memory, at + LENGTH, total);
        set16(memory, at + CHECKSUM, 0);
        MemorySegment.copy(bytes, offset, memory, ValueLayout.JAVA_BYTE, at + HEADER, length);
        long sum = IpHeader.pseudoHeaderSum(source, remote, IpHeader.UDP, total);
        sum += Checksum.sum(memory, at, total);
        set16(memory, at + CHECKSUM, Checksum.ofNeverZero(sum));
    }

    /**
     * Returns whether a datagram that ICMP quotes was sent by this stack.
     *
     * @param local the quoted source, an own address
     * @param localPort the quoted source port
     * @param remote the quoted destination
     * @param remotePort the quoted destination port
     * @return true if a port has sent to that peer lately
     */
    public boolean hasSent(IpAddress local, int localPort, IpAddress remote, int remotePort) {
        for (UdpPort p = bucket(localPort); p != null; p = p.next) {
            if (p.port == localPort && p.takes(local) && p.hasSentTo(remote, remotePort)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells the connected port, if there is one, that its peer cannot be reached.
     *
     * @param local the quoted source, an own address
     * @param localPort the quoted source port
     * @param remote the quoted destination
     * @param remotePort the quoted destination port
     * @return false if no port is connected to that peer
     */
    public boolean unreachable(IpAddress local, int localPort, IpAddress remote, int remotePort) {
        for (UdpPort p = bucket(localPort); p != null; p = p.next) {
            if (p.port == localPort
                    && p.takes(local)
                    && p.remotePort == remotePort
                    && remote.equals(p.remote)) {
                p.handler.unreachable(remote, remotePort);
                return true;
            }
        }
        return false;
    }

    /** Closes the ports whose own address is gone, and tells their handlers. */
    public void addressesChanged() {
        closeIf(false);
    }

    /** Closes all ports and tells their handlers. */
    public void close() {
        closeIf(true);
    }

    private void closeIf(boolean all) {
        for (int i = 0; i < table.length; i++) {
            UdpPort p = table[i];
            while (p != null) {
                UdpPort following = p.next;
                boolean gone =
                        p.local != null && !p.local.isUnspecified() && !addresses.isLocal(p.local);
                if (!p.closed && (all || gone)) {
                    p.close();
                    p.handler.closed();
                }
                p = following;
            }
        }
    }
}
