// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.wgj.tun.linux.ErrnoException.check;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.PollFds;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tun.offload.VirtioHeader;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * The control calls on a descriptor of {@code /dev/net/tun}. Their errors say what to do.
 *
 * <p>The numbers of requests and flags are those of the generic Linux ABI (asm-generic/ioctl.h,
 * linux/if_tun.h), which x86-64, arm64 and riscv64 use; {@code Libc} says what was checked.
 */
final class TunDescriptor {
    private TunDescriptor() {}

    private static final String DEVICE = "/dev/net/tun";

    /* asm-generic/fcntl.h */
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;

    /* linux/if_tun.h */
    static final long TUNSETIFF = 0x400454caL;
    static final long TUNSETOFFLOAD = 0x400454d0L;
    static final long TUNSETVNETHDRSZ = 0x400454d8L;
    static final long TUNGETIFF = 0x800454d2L;
    static final long TUNGETDEVNETNS = 0x54e3L;
    private static final int IFF_TUN = 0x0001;
    private static final int IFF_TAP = 0x0002;
    private static final int IFF_PERSIST = 0x0800;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int TUN_F_CSUM = 0x01;
    private static final int TUN_F_TSO4 = 0x02;
    private static final int TUN_F_TSO6 = 0x04;
    private static final int TUN_F_USO4 = 0x20; // both or neither, from Linux 6.2
    private static final int TUN_F_USO6 = 0x40;

    static int open() throws ErrnoException {
        int fd = Libc.open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0) {
            return fd;
        }
        int errno = Libc.errno();
        String call = "open " + DEVICE;
        throw switch (errno) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                    new ErrnoException(
                            call,
                            errno,
                            "there is no TUN driver here; load it with \"modprobe tun\", or give a"
                                    + " container \"--device /dev/net/tun\"");
            case Errno.EACCES, Errno.EPERM ->
                    new ErrnoException(
                            call,
                            errno,
                            "not allowed to open it; run as root, or give a container \"--device"
                                    + " /dev/net/tun\"");
            default -> new ErrnoException(call, errno);
        };
    }

    /**
     * Creates the named interface, or takes a persistent one that no program holds. Uses virtio
     * headers if they are wanted and the kernel has them.
     *
     * @return whether the interface is new
     */
    static boolean setInterface(int fd, String name, boolean virtioHeaders) throws ErrnoException {
        try (IfReq request = new IfReq(name)) {
            int bare = IFF_TUN | IFF_NO_PI;
            boolean done =
                    virtioHeaders && request.flags(bare | IFF_VNET_HDR).ioctl(fd, TUNSETIFF) >= 0;
            if (!done && request.flags(bare).ioctl(fd, TUNSETIFF) < 0) {
                throw refused(name, Libc.errno());
            }
            if (!done) {
                // A persistent interface may have kept the offloads of an earlier program.
                Libc.ioctl(fd, TUNSETOFFLOAD, 0);
            }
            request.ioctl(fd, TUNGETIFF);
            return (request.flags() & IFF_PERSIST) == 0;
        }
    }

    private static ErrnoException refused(String name, int errno) {
        String call = "create interface " + name;
        return switch (errno) {
            case Errno.EPERM ->
                    new ErrnoException(
                            call,
                            errno,
                            "needs the capability CAP_NET_ADMIN; run as root, or give a container"
                                    + " \"--cap-add NET_ADMIN\"");
            case Errno.EBUSY ->
                    new ErrnoException(
                            call,
                            errno,
                            "the name is in use by another program; stop that, or choose another"
                                    + " name");
            case Errno.EINVAL ->
                    new ErrnoException(
                            call,
                            errno,
                            "an interface of that name already exists and is not a TUN that can be"
                                    + " used; delete it with \"ip link delete "
                                    + name
                                    + "\", or choose another name");
            default -> new ErrnoException(call, errno);
        };
    }

    /** Refuses a descriptor that {@link LinuxTun} could not read packets from. */
    static void checkInherited(int fd) throws IOException {
        String what = "inherited descriptor " + fd;
        try (IfReq request = new IfReq("")) {
            if (request.ioctl(fd, TUNGETIFF) < 0) {
                int errno = Libc.errno();
                throw new ErrnoException(
                        what,
                        errno,
                        switch (errno) {
                            case Errno.EBADF -> "it is not open";
                            case Errno.EBADFD ->
                                    "it is open on " + DEVICE + " but no interface is behind it";
                            default -> "it is not a TUN";
                        });
            }
            String refusal = what + ", interface " + request.name() + ": ";
            int flags = request.flags();
            if ((flags & IFF_TAP) != 0) {
                throw new IOException(refusal + "it is a TAP; open it with IFF_TUN");
            }
            if (givesPacketInformation(fd, request.name())) {
                throw new IOException(
                        refusal + "it gives packet information; open it with IFF_NO_PI");
            }
        }
    }

    static boolean givesVirtioHeaders(int fd) {
        try (IfReq request = new IfReq("")) {
            return request.ioctl(fd, TUNGETIFF) >= 0 && (request.flags() & IFF_VNET_HDR) != 0;
        }
    }

    /** Turns on the wanted offloads that the kernel grants, on a TUN that gives virtio headers. */
    static Set<TunOffload> setOffloads(int fd, OffloadSwitches wanted) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment length = arena.allocate(Integer.BYTES, Integer.BYTES);
            // Not by the segment, for which the JVM would spin classes at each start.
            length.asByteBuffer().order(ByteOrder.nativeOrder()).putInt(0, VirtioHeader.LENGTH);
            check("ioctl TUNSETVNETHDRSZ", Libc.ioctl(fd, TUNSETVNETHDRSZ, length.address()));
        }
        int tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
        if (wanted.uso() && Libc.ioctl(fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) >= 0) {
            return EnumSet.allOf(TunOffload.class);
        }
        if (wanted.offload() && Libc.ioctl(fd, TUNSETOFFLOAD, tcp) >= 0) {
            return EnumSet.of(TunOffload.SPLIT_TCP, TunOffload.COALESCE_TCP);
        }
        // Even if this fails, the queue can split what the kernel sends for an earlier program.
        Libc.ioctl(fd, TUNSETOFFLOAD, 0);
        return EnumSet.noneOf(TunOffload.class);
    }

    /** TUNGETIFF does not tell: the value of its flag IFF_NOFILTER is that of IFF_NO_PI. */
    private static boolean givesPacketInformation(int fd, String name) throws IOException {
        try (TunNamespace there = TunNamespace.of(fd)) {
            return there.givesPacketInformation(name);
        } catch (ErrnoException e) {
            // The kernel does not say in which namespace it is; look in this one.
        }
        try (RtNetlink rtnetlink = RtNetlink.open()) {
            return rtnetlink.tunGivesPacketInformation(name);
        } catch (ErrnoException e) {
            return false; // it is in a namespace that this process may not look into
        }
    }

    /** Sets the flags of {@link #open} on a descriptor that another program opened. */
    static void setFlags(int fd) throws ErrnoException {
        check("fcntl F_SETFD", Libc.fcntl(fd, F_SETFD, FD_CLOEXEC));
        int flags = check("fcntl F_GETFL", Libc.fcntl(fd, F_GETFL, 0));
        check("fcntl F_SETFL", Libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK));
    }

    /** Returns the interface's name in its present namespace; null if it was deleted. */
    static String interfaceName(int fd) throws ErrnoException {
        try (IfReq request = new IfReq("")) {
            if (request.ioctl(fd, TUNGETIFF) >= 0) {
                return request.name();
            }
            int errno = Libc.errno();
            if (errno == Errno.EBADFD) {
                return null;
            }
            throw new ErrnoException("ioctl TUNGETIFF", errno);
        }
    }

    /**
     * Opens the network namespace that the interface is in now. Needs CAP_NET_ADMIN there, and
     * Linux 5.8.
     */
    static int openNamespace(int fd) throws ErrnoException {
        return check("ioctl TUNGETDEVNETNS", Libc.ioctl(fd, TUNGETDEVNETNS, 0));
    }

    /**
     * Returns whether the interface is up, in whatever namespace: it is writable only then
     * (tun_chr_poll of drivers/net/tun.c, from Linux 4.20).
     */
    static boolean isUp(int fd) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            PollFds tun = new PollFds(arena, 1).watch(0, fd, PollFds.POLLOUT);
            tun.await(0);
            return (tun.returned(0) & PollFds.POLLOUT) != 0;
        }
    }
}
