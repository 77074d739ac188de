// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * A socket connected to one address, which makes the kernel tell what it knows of the way there.
 * Connecting sends nothing. Constants from asm-generic/socket.h, linux/in.h and linux/in6.h.
 *
 * <p>Owned by one thread; the caller that opens it closes it.
 */
public final class ProbeSocket implements AutoCloseable {
    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_BINDTODEVICE = 25;
    private static final int SO_MARK = 36;
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_MTU = 14;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_MTU = 24;

    /** Sets "don't fragment", and sends packets also if the kernel thinks them too long. */
    private static final int PMTUDISC_PROBE = 3;

    private static final int DISCARD_PORT = 9;
    private static final int SOCKADDR_IN_LENGTH = 16;
    private static final int SOCKADDR_IN6_LENGTH = 28;

    private final int fd;
    private final boolean ipv6;

    private ProbeSocket(int fd, boolean ipv6) {
        this.fd = fd;
        this.ipv6 = ipv6;
    }

    /**
     * Opens a UDP socket to the discard port (RFC 863).
     *
     * @param target the address to connect to
     * @param link the interface that packets leave by; null for the one that the routes say
     * @param mark the packets' mark, by which rules choose their route; 0 for none, others need
     *     CAP_NET_ADMIN
     * @return the socket
     * @throws ErrnoException if there is no route, or the kernel refuses
     */
    public static ProbeSocket udp(InetAddress target, String link, int mark) throws ErrnoException {
        return open(target, SOCK_DGRAM, 0, link, mark);
    }

    /**
     * Sends an empty datagram, without learning whether it arrives.
     *
     * @throws ErrnoException if the kernel refuses
     */
    public void sendEmpty() throws ErrnoException {
        ErrnoException.check("send", (int) Libc.send(fd, 0, 0, 0));
    }

    /**
     * Opens a socket of any type.
     *
     * @param link the interface that all packets leave and arrive by; null for any
     */
    static ProbeSocket open(InetAddress target, int type, int protocol, String link, int mark)
            throws ErrnoException {
        int fd =
                ErrnoException.check(
                        "socket",
                        Libc.socket(AddressFamily.of(target), type | SOCK_CLOEXEC, protocol));
        ProbeSocket socket = new ProbeSocket(fd, target instanceof Inet6Address);
        try (Arena arena = Arena.ofConfined()) {
            if (link != null) {
                MemorySegment name = arena.allocateFrom(link);
                socket.set("SO_BINDTODEVICE " + link, SOL_SOCKET, SO_BINDTODEVICE, name);
            }
            if (mark != 0) {
                MemorySegment value = arena.allocateFrom(JAVA_INT, mark);
                socket.set("SO_MARK", SOL_SOCKET, SO_MARK, value);
            }
            socket.connect(arena, target);
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    private void connect(Arena arena, InetAddress target) throws ErrnoException {
        // sin_family 2, sin_port 2, sin_addr 4; sin6_family 2, sin6_port 2, sin6_flowinfo 4,
        // sin6_addr 16, sin6_scope_id 4. ICMP has no ports.
        byte[] bytes = target.getAddress();
        MemorySegment address = arena.allocate(SOCKADDR_IN6_LENGTH, Integer.BYTES);
        address.set(JAVA_SHORT, 0, (short) AddressFamily.of(target));
        address.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) DISCARD_PORT);
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, ipv6 ? 8 : 4, bytes.length);
        if (target instanceof Inet6Address v6) {
            address.set(JAVA_INT, 24, v6.getScopeId());
        }
        int length = ipv6 ? SOCKADDR_IN6_LENGTH : SOCKADDR_IN_LENGTH;
        ErrnoException.check(
                "find a way to " + AddressText.of(target),
                Libc.connect(fd, address.address(), length));
    }

    /** Makes sent packets unfragmentable, here and on the way. */
    void forbidFragments() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(JAVA_INT, PMTUDISC_PROBE);
            set("MTU_DISCOVER", level(), ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, value);
        }
    }

    private int level() {
        return ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
    }

    private void set(String name, int level, int option, MemorySegment value)
            throws ErrnoException {
        ErrnoException.check(
                "setsockopt " + name,
                Libc.setsockopt(fd, level, option, value.address(), (int) value.byteSize()));
    }

    /**
     * Returns the address that packets to the target leave from.
     *
     * @return the source address
     * @throws ErrnoException if the kernel does not tell
     */
    public InetAddress localAddress() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_IN6_LENGTH, Integer.BYTES);
            MemorySegment length = arena.allocateFrom(JAVA_INT, SOCKADDR_IN6_LENGTH);
            ErrnoException.check(
                    "getsockname", Libc.getsockname(fd, address.address(), length.address()));
            byte[] bytes = address.asSlice(ipv6 ? 8 : 4, ipv6 ? 16 : 4).toArray(JAVA_BYTE);
            return Cidr.addressOf(bytes);
        }
    }

    /**
     * Returns the longest IP packet that, as far as the kernel knows, reaches the target whole: the
     * interface's MTU, or less if a router said so.
     *
     * @return the length in bytes; empty if the kernel does not tell
     */
    public OptionalInt pathMtu() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mtu = arena.allocate(JAVA_INT);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            int option = ipv6 ? IPV6_MTU : IP_MTU;
            int result = Libc.getsockopt(fd, level(), option, mtu.address(), length.address());
            return result < 0 ? OptionalInt.empty() : OptionalInt.of(mtu.get(JAVA_INT, 0));
        }
    }

    int fd() {
        return fd;
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
