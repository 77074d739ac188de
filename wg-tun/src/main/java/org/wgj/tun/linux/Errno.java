// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.util.Map;

/**
 * The error numbers of Linux that this project handles, with their names and texts.
 *
 * <p>The numbers are those of asm-generic/errno.h, which x86-64, arm64 and riscv64 use.
 */
public final class Errno {
    private Errno() {}

    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int ERANGE = 34;
    public static final int ENOSYS = 38;
    public static final int EPROTO = 71;
    public static final int EBADFD = 77;
    public static final int EMSGSIZE = 90;
    public static final int EPROTONOSUPPORT = 93;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ENOBUFS = 105;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;

    private record Meaning(String name, String text) {}

    private static final Map<Integer, Meaning> MEANINGS =
            Map.ofEntries(
                    meaning(EPERM, "EPERM", "operation not permitted"),
                    meaning(ENOENT, "ENOENT", "no such file or directory"),
                    meaning(ESRCH, "ESRCH", "no such process or entry"),
                    meaning(EINTR, "EINTR", "interrupted system call"),
                    meaning(EIO, "EIO", "input/output error"),
                    meaning(ENXIO, "ENXIO", "no such device or address"),
                    meaning(EBADF, "EBADF", "bad file descriptor"),
                    meaning(EAGAIN, "EAGAIN", "resource temporarily unavailable"),
                    meaning(ENOMEM, "ENOMEM", "cannot allocate memory"),
                    meaning(EACCES, "EACCES", "permission denied"),
                    meaning(EFAULT, "EFAULT", "bad address"),
                    meaning(EBUSY, "EBUSY", "device or resource busy"),
                    meaning(EEXIST, "EEXIST", "file exists"),
                    meaning(ENODEV, "ENODEV", "no such device"),
                    meaning(EINVAL, "EINVAL", "invalid argument"),
                    meaning(EMFILE, "EMFILE", "too many open files"),
                    meaning(ENOTTY, "ENOTTY", "inappropriate ioctl for device"),
                    meaning(ERANGE, "ERANGE", "numerical result out of range"),
                    meaning(ENOSYS, "ENOSYS", "function not implemented"),
                    meaning(EPROTO, "EPROTO", "protocol error"),
                    meaning(EBADFD, "EBADFD", "file descriptor in bad state"),
                    meaning(EMSGSIZE, "EMSGSIZE", "message too long"),
                    meaning(EPROTONOSUPPORT, "EPROTONOSUPPORT", "protocol not supported"),
                    meaning(EOPNOTSUPP, "EOPNOTSUPP", "operation not supported"),
                    meaning(
                            EAFNOSUPPORT,
                            "EAFNOSUPPORT",
                            "address family not supported by protocol"),
                    meaning(EADDRINUSE, "EADDRINUSE", "address already in use"),
                    meaning(EADDRNOTAVAIL, "EADDRNOTAVAIL", "cannot assign requested address"),
                    meaning(ENETDOWN, "ENETDOWN", "network is down"),
                    meaning(ENETUNREACH, "ENETUNREACH", "network is unreachable"),
                    meaning(ENOBUFS, "ENOBUFS", "no buffer space available"),
                    meaning(ECONNREFUSED, "ECONNREFUSED", "connection refused"),
                    meaning(EHOSTUNREACH, "EHOSTUNREACH", "no route to host"));

    private static Map.Entry<Integer, Meaning> meaning(int errno, String name, String text) {
        return Map.entry(errno, new Meaning(name, text));
    }

    /**
     * Returns C's name of the number, or {@code "errno N"}.
     *
     * @param errno the positive number
     * @return the name
     */
    public static String name(int errno) {
        Meaning meaning = MEANINGS.get(errno);
        return meaning == null ? "errno " + errno : meaning.name();
    }

    /**
     * Returns what the number means, for people.
     *
     * @param errno the positive number
     * @return the meaning
     */
    public static String text(int errno) {
        Meaning meaning = MEANINGS.get(errno);
        return meaning == null ? "error " + errno : meaning.text();
    }
}
