// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.tun.linux.Libc;

/**
 * The system calls of a UDP socket that can fail in ways worth testing. Each returns the call's
 * result or its negated errno; {@code long}s are addresses of native memory.
 */
interface Syscalls {
    /** The calls of the C library. */
    Syscalls LIBC =
            new Syscalls() {
                @Override
                public int socket(int domain, int type, int protocol) {
                    return result(Libc.socket(domain, type, protocol));
                }

                @Override
                public int bind(int fd, long address, int length) {
                    return result(Libc.bind(fd, address, length));
                }

                @Override
                public int setsockopt(int fd, int level, int option, long value, int length) {
                    return result(Libc.setsockopt(fd, level, option, value, length));
                }

                @Override
                public int recvmmsg(int fd, long mmsghdrs, int count, int flags) {
                    return result(Libc.recvmmsg(fd, mmsghdrs, count, flags, 0));
                }

                @Override
                public int sendmmsg(int fd, long mmsghdrs, int count, int flags) {
                    return result(Libc.sendmmsg(fd, mmsghdrs, count, flags));
                }

                private static int result(int returned) {
                    return returned < 0 ? -Libc.errno() : returned;
                }
            };

    int socket(int domain, int type, int protocol);

    int bind(int fd, long address, int length);

    int setsockopt(int fd, int level, int option, long value, int length);

    int recvmmsg(int fd, long mmsghdrs, int count, int flags);

    int sendmmsg(int fd, long mmsghdrs, int count, int flags);
}
