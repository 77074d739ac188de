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
 *   0  type      1      8 or 128; in an answer 0 or 129
 *   1  code      1      0
 *   2  checksum  2      computed by the kernel, except on a raw IPv4 socket
 *   4  identifier 2     chosen by the kernel, except on a raw socket
 *   6  sequence  2
 * </pre>
 *
 * A socket of the kernel's ping facility needs no rights if net.ipv4.ping_group_range allows it.
 * Otherwise this uses a raw socket, which needs CAP_NET_RAW. Owned by one thread; the caller that
 * opens it closes it.
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
     * Opens a socket of the kind that is allowed.
     *
     * @param target the address that the requests go to
     * @param link the interface that requests leave and answers arrive by; null for any
     * @param mark the requests' mark, by which rules choose their route; 0 for none
     * @return the socket
     * @throws ErrnoException with EACCES or EPERM if neither kind of socket is allowed
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

    /**
     * Returns the length of the shortest IP packet that can be an echo request.
     *
     * @return the length in bytes
     */
    public int minLength() {
        return ipHeaderLength() + HEADER_LENGTH;
    }

    private int ipHeaderLength() {
        return ipv6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
    }

    /**
     * Returns the same as {@link ProbeSocket#pathMtu}, which includes what the kernel learned from
     * the answers.
     *
     * @return the MTU in bytes; empty if the kernel does not know it
     */
    public OptionalInt pathMtu() {
        return socket.pathMtu();
    }

    /**
     * Sends one request and waits for its answer.
     *
     * @param length of the whole IP packet in bytes, from {@link #minLength} to 65,535
     * @param timeoutMs the longest time to wait, in milliseconds
     * @return the round trip in nanoseconds; empty if no answer came in time, or the packet was
     *     refused as too long or undeliverable
     * @throws ErrnoException if a system call failed for another reason
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

    /** Returns false if the packet is too long for the interface or cannot be sent. */
    private boolean send(int length) throws ErrnoException {
        sequence = sequence + 1 & 0xffff;
        buffer.asSlice(0, length).fill((byte) 0);
        buffer.set(JAVA_BYTE, 0, (byte) (ipv6 ? 128 : 8));
        buffer.set(NETWORK_SHORT, 4, (short) identifier);
        buffer.set(NETWORK_SHORT, 6, (short) sequence);
        if (raw && !ipv6) {
            buffer.set(JAVA_SHORT, 2, checksumOfHeader());
        }
        // The first call can report the error of an earlier request.
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
            // ENOBUFS: the interface takes no more; EACCES, EPERM: a firewall refuses.
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

    /** Computes the checksum (RFC 1071) of type, identifier and sequence; the rest is zero. */
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
