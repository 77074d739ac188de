// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * Makes bound UDP sockets with all their options. The constants are from asm-generic/socket.h,
 * linux/in.h and linux/in6.h.
 */
final class SocketSetup {
    /**
     * The buffer size that is asked for; the kernel doubles it for its own overhead. A burst at 10
     * Gbit/s fills it in 5 ms.
     */
    static final int BUFFER_BYTES = 7 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(SocketSetup.class);

    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SO_MARK = 36;

    private static final int IP_PKTINFO = 8;
    static final int IP_MTU_DISCOVER = 10;
    private static final int IP_RECVTOS = 13;
    static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_RECVTCLASS = 66;
    static final int PMTUDISC_DONT = 0;

    private final Syscalls calls;
    private final MemorySegment scratch = Arena.ofAuto().allocate(64, 8);

    SocketSetup(Syscalls calls) {
        this.calls = calls;
    }

    /**
     * Makes a socket of the family, bound to the port on every local address; the caller closes it.
     *
     * @return its descriptor, or -1 if the host has no such family
     */
    int open(SocketFamily family, int port, int mark) throws ErrnoException {
        int fd = calls.socket(family.domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd == -Errno.EAFNOSUPPORT) {
            return -1;
        }
        check("socket " + family, fd);
        try {
            setOptions(fd, family);
            if (mark != 0) {
                setMark(fd, mark);
            }
            int bound = bind(fd, family, port);
            if (family == SocketFamily.IPV6 && bound == -Errno.EADDRNOTAVAIL) {
                Libc.close(fd); // IPv6 is switched off
                return -1;
            }
            check("bind " + family + " port " + port, bound);
            return fd;
        } catch (ErrnoException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private void setOptions(int fd, SocketFamily family) throws ErrnoException {
        if (family == SocketFamily.IPV6) {
            set(fd, family.level, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
            prefer(fd, family.level, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
            prefer(fd, family.level, IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS");
        } else {
            prefer(fd, family.level, IP_PKTINFO, 1, "IP_PKTINFO");
            prefer(fd, family.level, IP_RECVTOS, 1, "IP_RECVTOS");
        }
        // No "don't fragment" bit, as with the kernel's WireGuard, which sends with df = 0 and
        // ignore_df: an outer packet that is too big for the path is fragmented on the way, or here
        // once the path's MTU is known, and never refused with EMSGSIZE. The default (WANT) would
        // lose the first big packet of each path. Ignoring the path's MTU (OMIT) would lose all of
        // them over IPv6, whose routers do not fragment.
        int discover = family == SocketFamily.IPV6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER;
        prefer(fd, family.level, discover, PMTUDISC_DONT, "MTU_DISCOVER");
        setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
        setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    }

    /**
     * Sets a buffer's size. The forced option needs CAP_NET_ADMIN; the other is limited by the
     * system. Smaller buffers still work.
     */
    private void setBuffer(int fd, int forced, int modest) {
        if (trySet(fd, SOL_SOCKET, forced, BUFFER_BYTES) < 0) {
            trySet(fd, SOL_SOCKET, modest, BUFFER_BYTES);
        }
    }

    /** Sets SO_MARK; 0 removes it. Needs CAP_NET_ADMIN. */
    void setMark(int fd, int mark) throws ErrnoException {
        set(fd, SOL_SOCKET, SO_MARK, mark, "SO_MARK");
    }

    /**
     * Returns whether the kernel segments a message if a control message says so: from Linux 4.18
     * on. The socket's own segment size stays "none".
     */
    boolean canSegment(int fd) {
        return trySet(fd, ControlMessages.SOL_UDP, ControlMessages.UDP_SEGMENT, 0) == 0;
    }

    /** Lets the socket receive datagrams of a flow as one message; false if the kernel cannot. */
    boolean coalesce(int fd) {
        return trySet(fd, ControlMessages.SOL_UDP, ControlMessages.UDP_GRO, 1) == 0;
    }

    private int bind(int fd, SocketFamily family, int port) {
        // sockaddr_in and sockaddr_in6 of "any": all zero except the family and the port.
        scratch.fill((byte) 0);
        scratch.set(JAVA_SHORT, 0, (short) family.domain);
        scratch.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) port);
        return calls.bind(fd, scratch.address(), family.addressBytes);
    }

    /** Returns the port that a socket is bound to. */
    int localPort(int fd) throws ErrnoException {
        scratch.set(JAVA_INT, 32, 32);
        ErrnoException.check(
                "getsockname", Libc.getsockname(fd, scratch.address(), scratch.address() + 32));
        return (scratch.get(JAVA_BYTE, 2) & 0xff) << 8 | scratch.get(JAVA_BYTE, 3) & 0xff;
    }

    private void set(int fd, int level, int option, int value, String name) throws ErrnoException {
        check("setsockopt " + name, trySet(fd, level, option, value));
    }

    /** Sets an option that a tunnel can do without. */
    private void prefer(int fd, int level, int option, int value, String name) {
        int result = trySet(fd, level, option, value);
        if (result < 0) {
            LOG.info("UDP sockets without {}: {}", name, Errno.text(-result));
        }
    }

    private int trySet(int fd, int level, int option, int value) {
        scratch.set(JAVA_INT, 0, value);
        return calls.setsockopt(fd, level, option, scratch.address(), Integer.BYTES);
    }

    private static void check(String call, int result) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, -result);
        }
    }
}
