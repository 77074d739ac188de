// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * The calls of the C library that a TUN device, rtnetlink, a UDP socket and a daemon need, under
 * C's names, mapped directly.
 *
 * <p>Pointers are {@code long} addresses of native memory that the caller owns and keeps alive
 * during the call, so that nothing is copied or allocated on the way. Nothing here throws on
 * failure: a call returns a negative number, and {@link #errno()} read next on the same thread says
 * why ({@link ErrnoException#check} does both).
 *
 * <p>64-bit Linux only: {@code long} stands for {@code long}, {@code size_t} and pointers. {@code
 * open}, {@code ioctl}, {@code fcntl}, {@code prctl} and {@code syscall} are variadic in C; on the
 * 64-bit calling conventions of Linux their integer and pointer arguments travel as fixed ones do.
 */
public final class Libc {
    private Libc() {}

    static {
        if (!Platform.isLinux() || Native.POINTER_SIZE != 8) {
            throw new UnsupportedOperationException(
                    "needs 64-bit Linux, this is " + System.getProperty("os.name"));
        }
        Native.register(Libc.class, NativeLibrary.getProcess());
    }

    /** errno of the last failed call on this thread. */
    public static int errno() {
        return Native.getLastError();
    }

    public static native int open(String path, int flags);

    public static native int close(int fd);

    public static native long read(int fd, long buffer, long length);

    public static native long write(int fd, long buffer, long length);

    public static native long writev(int fd, long iovec, int count);

    public static native int ioctl(int fd, long request, long argument);

    public static native int fcntl(int fd, int command, long argument);

    public static native int poll(long pollfds, long count, int timeoutMs);

    public static native int eventfd(int initial, int flags);

    public static native int setns(int fd, int type);

    public static native int sigaction(int number, long action, long old);

    /** Unlike all others this returns the errno. */
    public static native int pthread_sigmask(int how, long set, long old);

    public static native int umask(int mask);

    public static native int fchmod(int fd, int mode);

    public static native int clock_gettime(int clock, long timespec);

    public static native int timerfd_create(int clock, int flags);

    public static native int timerfd_settime(int fd, int flags, long timerspec, long old);

    public static native int adjtimex(long timex);

    public static native int socket(int domain, int type, int protocol);

    /** Two descriptors are put at {@code fds}, 32 bits each. */
    public static native int socketpair(int domain, int type, int protocol, long fds);

    public static native int bind(int fd, long address, int length);

    public static native int connect(int fd, long address, int length);

    public static native int getsockname(int fd, long address, long lengthPointer);

    public static native int setsockopt(int fd, int level, int option, long value, int length);

    public static native int getsockopt(
            int fd, int level, int option, long value, long lengthPointer);

    public static native long send(int fd, long buffer, long length, int flags);

    public static native long recv(int fd, long buffer, long length, int flags);

    public static native int sendmmsg(int fd, long mmsghdrs, int count, int flags);

    public static native int recvmmsg(int fd, long mmsghdrs, int count, int flags, long timeout);

    public static native int geteuid();

    public static native int setsid();

    public static native int dup2(int fd, int other);

    public static native int chdir(String path);

    public static native int flock(int fd, int operation);

    public static native int prctl(int option, long arg2, long arg3, long arg4, long arg5);

    /** A call that the C library has no function for; the number is the processor's. */
    public static native long syscall(long number, long arg1, long arg2, long arg3);
}
