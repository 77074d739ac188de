// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.wgj.tun.linux.ErrnoException.check;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A netlink socket that becomes readable when an interface of its network namespace changes. It
 * also reads the index, MTU and state of an interface, and sets the MTU.
 *
 * <p>It stays in the namespace in which it was opened, whatever thread uses it. The content of the
 * messages does not matter: the owner looks again after each, so messages lost by an overrun
 * (ENOBUFS) do no harm.
 */
final class LinkSocket implements AutoCloseable {
    /* bits/socket.h, linux/netlink.h, linux/rtnetlink.h */
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int RTMGRP_LINK = 1;
    private static final int SOCKADDR_NL_GROUPS = 8;
    private static final int SOCKADDR_NL_LENGTH = 12;

    /* linux/sockios.h; every kind of socket answers these */
    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCSIFMTU = 0x8922;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final int IFF_UP = 1;

    /** An interface as it was found. Its index stays the same while it is in a namespace. */
    record View(int index, boolean up, int mtu) {}

    private final int fd;

    private LinkSocket(int fd) {
        this.fd = fd;
    }

    /** Opens a socket in the calling thread's namespace. */
    static LinkSocket openHere() throws ErrnoException {
        int fd =
                check(
                        "socket AF_NETLINK",
                        Libc.socket(
                                AF_NETLINK,
                                SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                NETLINK_ROUTE));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_NL_LENGTH, Integer.BYTES);
            address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
            address.set(JAVA_INT, SOCKADDR_NL_GROUPS, RTMGRP_LINK);
            // If this is refused, the monitor sees changes a second later.
            Libc.bind(fd, address.address(), SOCKADDR_NL_LENGTH);
            return new LinkSocket(fd);
        }
    }

    int descriptor() {
        return fd;
    }

    /** Reads and drops the messages that made the socket readable. */
    void drain() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scrap = arena.allocate(64);
            while (true) {
                if (Libc.recv(fd, scrap.address(), scrap.byteSize(), 0) < 0) {
                    int errno = Libc.errno();
                    if (errno == Errno.EAGAIN) {
                        return;
                    }
                    if (errno != Errno.ENOBUFS && errno != Errno.EINTR) {
                        throw new ErrnoException("recv AF_NETLINK", errno);
                    }
                }
            }
        }
    }

    /** Looks at the interface of that name; returns null if this namespace has none. */
    View view(String name) throws ErrnoException {
        try (IfReq request = new IfReq(name)) {
            if (!get(request, "SIOCGIFINDEX", SIOCGIFINDEX)) {
                return null;
            }
            int index = request.number();
            if (!get(request, "SIOCGIFFLAGS", SIOCGIFFLAGS)) {
                return null;
            }
            boolean up = (request.flags() & IFF_UP) != 0;
            if (!get(request, "SIOCGIFMTU", SIOCGIFMTU)) {
                return null;
            }
            return new View(index, up, request.number());
        }
    }

    private boolean get(IfReq request, String call, long number) throws ErrnoException {
        if (request.ioctl(fd, number) >= 0) {
            return true;
        }
        int errno = Libc.errno();
        if (errno == Errno.ENODEV) {
            return false;
        }
        throw new ErrnoException("ioctl " + call + " " + request.name(), errno);
    }

    void setMtu(String name, int mtu) throws ErrnoException {
        try (IfReq request = new IfReq(name).number(mtu)) {
            check("set MTU of " + name + " to " + mtu, request.ioctl(fd, SIOCSIFMTU));
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
