// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.IOException;

/**
 * Prepares a listening Unix socket that this process inherited. On an event loop, a blocking socket
 * would stop everything at the first accept, and a socket that does not listen would be ready and
 * fail for ever.
 */
final class InheritedSocket {
    private static final int F_SETFD = 2; // fcntl.h
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int SOL_SOCKET = 1; // sys/socket.h
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int AF_UNIX = 1;

    private InheritedSocket() {}

    /**
     * @throws IOException if the descriptor is no listening Unix socket
     */
    static void prepare(int fd) throws IOException {
        String what = "descriptor " + fd;
        if (option(what, fd, SO_DOMAIN) != AF_UNIX || option(what, fd, SO_ACCEPTCONN) == 0) {
            throw new IOException(what + " is not a listening Unix socket");
        }
        int flags = ErrnoException.check("fcntl F_GETFL of " + what, Libc.fcntl(fd, F_GETFL, 0));
        ErrnoException.check(
                "fcntl F_SETFL of " + what, Libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK));
        ErrnoException.check("fcntl F_SETFD of " + what, Libc.fcntl(fd, F_SETFD, FD_CLOEXEC));
    }

    private static int option(String what, int fd, int option) throws IOException {
        try (Memory value = new Memory(8)) { // the value and its length
            value.setInt(0, 0);
            value.setInt(4, 4);
            long address = Pointer.nativeValue(value);
            ErrnoException.check(
                    "getsockopt of " + what,
                    Libc.getsockopt(fd, SOL_SOCKET, option, address, address + 4));
            return value.getInt(0);
        }
    }
}
