// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.wgj.tun.linux.ErrnoException.check;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * A socket to rtnetlink (linux/netlink.h). It stays in the namespace in which it was opened. Used
 * by one thread at a time.
 */
final class NetlinkSocket implements NetlinkConversation.Transport {
    /* bits/socket.h, linux/netlink.h */
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int MSG_PEEK = 0x2;
    private static final int MSG_TRUNC = 0x20;

    /** Enough for a listing's datagrams; grows if one is longer. */
    private static final int BUFFER_LENGTH = 32 * 1024;

    private final int fd;
    private MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_LENGTH);

    private NetlinkSocket(int fd) {
        this.fd = fd;
    }

    static NetlinkSocket open() throws ErrnoException {
        int fd =
                check(
                        "socket AF_NETLINK",
                        Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment on = arena.allocateFrom(JAVA_INT, 1);
            // Kernels before 4.12 have neither option and explain errors less well.
            Libc.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, on.address(), Integer.BYTES);
            Libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, on.address(), Integer.BYTES);
        }
        return new NetlinkSocket(fd);
    }

    @Override
    public void send(String operation, MemorySegment request) throws ErrnoException {
        if (Libc.send(fd, request.address(), request.byteSize(), 0) < 0) {
            throw new ErrnoException(operation, Libc.errno());
        }
        Reference.reachabilityFence(request);
    }

    @Override
    public MemorySegment receive(String operation) throws ErrnoException {
        long length = recv(operation, MSG_PEEK | MSG_TRUNC);
        if (length > buffer.byteSize()) {
            buffer = Arena.ofAuto().allocate(length);
        }
        length = recv(operation, 0);
        return MemorySegment.ofArray(buffer.asSlice(0, length).toArray(JAVA_BYTE));
    }

    private long recv(String operation, int flags) throws ErrnoException {
        while (true) {
            long length = Libc.recv(fd, buffer.address(), buffer.byteSize(), flags);
            if (length >= 0) {
                return length;
            }
            int errno = Libc.errno();
            if (errno != Errno.EINTR) {
                throw new ErrnoException(operation, errno);
            }
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
