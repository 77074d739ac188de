// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * Functions of the C library, under C's names and mapped directly.
 *
 * <p>Pointers are {@code long} addresses of native memory. The caller owns it and keeps it alive
 * during the call; nothing is copied or allocated on the way. Nothing here throws on failure: a
 * call returns a negative number, and {@link #errno()}, read next on the same thread, says why.
 * {@link ErrnoException#check} does both.
 *
 * <p>64-bit Linux only: {@code long} stands for C's {@code long}, {@code size_t} and pointers. Ask
 * {@link LinuxSupport} first where the program may run elsewhere.
 *
 * <p>Processors: x86-64 and arm64. Every constant, struct size and offset in this module was
 * compared with the kernel's headers for both by static assertions (linux-libc-dev 6.1, glibc
 * 2.36); all are equal, because both use asm-generic. The constants that differ are not used here:
 * O_DIRECTORY, O_NOFOLLOW, O_DIRECT and O_LARGEFILE (arch/arm64/include/uapi/asm/fcntl.h), {@code
 * struct stat}, {@code struct epoll_event}, and the numbers of system calls.
 *
 * <p>{@code open}, {@code ioctl}, {@code fcntl}, {@code prctl} and {@code syscall} are variadic in
 * C. JNA calls them like functions with fixed arguments. That is right for integers and pointers in
 * the System V ABI of x86-64 and in AAPCS64 (both: "Parameter Passing"), where both kinds travel in
 * the same registers; it would be wrong under macOS on arm64, which passes variadic arguments on
 * the stack.
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

    /**
     * Returns errno of the last failed call on this thread.
     *
     * @return the positive number
     */
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

    /** Unlike the other functions, this returns the errno. */
    public static native int pthread_sigmask(int how, long set, long old);

    public static native int umask(int mask);

    public static native int fchmod(int fd, int mode);

    public static native int clock_gettime(int clock, long timespec);

    public static native int timerfd_create(int clock, int flags);

    public static native int timerfd_settime(int fd, int flags, long timerspec, long old);

    public static native int adjtimex(long timex);

    public static native int socket(int domain, int type, int protocol);

    /** Writes two descriptors of 32 bits to {@code fds}. */
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

    /** Makes a call that the C library has no function for; its number depends on the processor. */
    public static native long syscall(long number, long arg1, long arg2, long arg3);
}
