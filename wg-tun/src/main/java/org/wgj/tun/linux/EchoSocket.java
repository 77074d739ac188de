// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sends echo requests that must not be fragmented (RFC 792, RFC 4443 4.1) and waits for the answer
 * to each.
 *
 * <pre>
 *   0  type      1      8 or 128; of the answer 0 or 129
 *   1  code      1      0
 *   2  checksum  2      the kernel's work, but for IPv4 on a raw socket
 *   4  identifier 2     chosen by the kernel unless the socket is raw
 *   6  sequence  2
 * </pre>
 *
 * A socket of the kernel's ping facility needs no rights where net.ipv4.ping_group_range allows it;
 * otherwise a raw one is taken, which needs CAP_NET_RAW. Owned by one thread; whoever opens it
 * closes it.
 */
public final class EchoSocket implements AutoCloseable {
    private static final int IPPROTO_ICMP = 1;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final int HEADER_LENGTH = 8;
    private static final int IPV4_HEADER_LENGTH = 20;
    private static final int IPV6_HEADER_LENGTH = 40;
    private static final int MAX_LENGTH = 0xffff;
    private static final int MSG_DONTWAIT = 0x40;

    private static final ValueLayout.OfShort NETWORK_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final ProbeSocket socket;
    private final boolean raw;
    private final boolean ipv6;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(MAX_LENGTH, Short.BYTES);
    private final PollFds poll = new PollFds(arena, 1);
    private final int identifier = ThreadLocalRandom.current().nextInt(1 << 16);
    private int sequence;

    private EchoSocket(ProbeSocket socket, boolean raw, boolean ipv6) {
        this.socket = socket;
        this.raw = raw;
        this.ipv6 = ipv6;
    }

    /**
     * @param link the interface that requests leave and answers arrive by; null for any
     * @param mark of the requests, by which rules choose their route; 0 for none
     * @throws ErrnoException EACCES or EPERM when there is no right to either kind of socket
     */
    public static EchoSocket open(InetAddress target, String link, int mark) throws ErrnoException {
        boolean ipv6 = target instanceof Inet6Address;
        int protocol = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
        boolean raw = false;
        ProbeSocket socket;
        try {
            socket = ProbeSocket.open(target, ProbeSocket.SOCK_DGRAM, protocol, link, mark);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EACCES && e.errno() != Errno.EPROTONOSUPPORT) {
                throw e;
            }
            raw = true;
            socket = ProbeSocket.open(target, ProbeSocket.SOCK_RAW, protocol, link, mark);
        }
        try {
            socket.forbidFragments();
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
        return new EchoSocket(socket, raw, ipv6);
    }

    /** The shortest IP packet that can be an echo request, in bytes. */
    public int minLength() {
        return ipHeaderLength() + HEADER_LENGTH;
    }

    private int ipHeaderLength() {
        return ipv6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
    }

    /** As {@link ProbeSocket#pathMtu}, with what the answers to the requests taught the kernel. */
    public OptionalInt pathMtu() {
        return socket.pathMtu();
    }

    /**
     * Sends one request and waits for its answer.
     *
     * @param length of the whole IP packet in bytes, from {@link #minLength} to 65,535
     * @return the round trip in nanoseconds; empty when no answer came within the time, or the
     *     packet was refused as too long or undeliverable
     */
    public OptionalLong echo(int length, int timeoutMs) throws ErrnoException {
        long begin = System.nanoTime();
        if (!send(length - ipHeaderLength())) {
            return OptionalLong.empty();
        }
        long end = begin + timeoutMs * 1_000_000L;
        long left = end - begin;
        while (left > 0) {
            poll.watch(0, socket.fd(), PollFds.POLLIN);
            poll.await((int) (left / 1_000_000) + 1);
            long received =
                    Libc.recv(socket.fd(), buffer.address(), buffer.byteSize(), MSG_DONTWAIT);
            if (received < 0 && isRefusal(Libc.errno())) {
                return OptionalLong.empty();
            }
            if (received > 0 && isAnswer((int) received)) {
                return OptionalLong.of(System.nanoTime() - begin);
            }
            left = end - System.nanoTime();
        }
        return OptionalLong.empty();
    }

    /** False when the packet is too long for the interface, or cannot be sent at all. */
    private boolean send(int length) throws ErrnoException {
        sequence = sequence + 1 & 0xffff;
        buffer.asSlice(0, length).fill((byte) 0);
        buffer.set(JAVA_BYTE, 0, (byte) (ipv6 ? 128 : 8));
        buffer.set(NETWORK_SHORT, 4, (short) identifier);
        buffer.set(NETWORK_SHORT, 6, (short) sequence);
        if (raw && !ipv6) {
            buffer.set(JAVA_SHORT, 2, checksumOfHeader());
        }
        // An error of an earlier request that is reported only now must not be taken for this one.
        for (int attempt = 0; attempt < 2; attempt++) {
            if (Libc.send(socket.fd(), buffer.address(), length, 0) >= 0) {
                return true;
            }
            int errno = Libc.errno();
            if (!isRefusal(errno)) {
                throw new ErrnoException("send an echo request", errno);
            }
        }
        return false;
    }

    private static boolean isRefusal(int errno) {
        return switch (errno) {
            // ENOBUFS: the interface takes no more; EACCES, EPERM: a firewall on the way out.
            case Errno.EMSGSIZE,
                    Errno.EHOSTUNREACH,
                    Errno.ENETUNREACH,
                    Errno.ECONNREFUSED,
                    Errno.ENOBUFS,
                    Errno.EACCES,
                    Errno.EPERM ->
                    true;
            default -> false;
        };
    }

    /** RFC 1071 over what is not zero: type, identifier and sequence. */
    private short checksumOfHeader() {
        int sum = 0;
        for (int at = 0; at < HEADER_LENGTH; at += 2) {
            sum += at == 2 ? 0 : Short.toUnsignedInt(buffer.get(JAVA_SHORT, at));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~((sum & 0xffff) + (sum >>> 16));
    }

    private boolean isAnswer(int length) {
        // Only raw IPv4 sockets show the IP header.
        int at = raw && !ipv6 ? (buffer.get(JAVA_BYTE, 0) & 0xf) * 4 : 0;
        return length >= at + HEADER_LENGTH
                && buffer.get(JAVA_BYTE, at) == (byte) (ipv6 ? 129 : 0)
                && (!raw || buffer.get(NETWORK_SHORT, at + 4) == (short) identifier)
                && buffer.get(NETWORK_SHORT, at + 6) == (short) sequence;
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
