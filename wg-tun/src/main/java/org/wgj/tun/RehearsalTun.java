// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.offload.Superpacket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two TUNs that no system knows of: what is written to one is read from the other, superpackets as
 * such. With a tunnel between them what was put in goes round and round, and the data path gets
 * compiled before there is traffic.
 *
 * <pre>
 *   near --read, split--> tunnel --coalesce, write--> far --(a pair of sockets)--> near
 * </pre>
 */
public final class RehearsalTun implements Tun {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final int MTU = 1_420;

    /** So that four of them fit into the sockets; the last segment is a short one. */
    private static final int PAYLOAD = 24_000;

    private final String name;
    private final int fd;
    private final VirtioQueue queue;

    private final CountDownLatch silent = new CountDownLatch(1);

    /** How often packets are still read before there seem to be none; the reader's. */
    private int reads;

    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Of both: descriptors go together, for the end of one would be an endless read of the other.
     */
    private final AtomicInteger open;

    private final int otherFd;

    private RehearsalTun(String name, int fd, int otherFd, AtomicInteger open, int reads) {
        this.name = name;
        this.fd = fd;
        this.otherFd = otherFd;
        this.open = open;
        this.reads = reads;
        queue = new VirtioQueue(fd, EnumSet.allOf(TunOffload.class));
    }

    /**
     * @param reads after how many reads that gave packets each falls silent
     */
    public static RehearsalTun[] pair(int reads) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fds = arena.allocate(ValueLayout.JAVA_INT, 2);
            ErrnoException.check(
                    "socketpair",
                    Libc.socketpair(
                            AF_UNIX,
                            SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
                            0,
                            fds.address()));
            int near = fds.getAtIndex(ValueLayout.JAVA_INT, 0);
            int far = fds.getAtIndex(ValueLayout.JAVA_INT, 1);
            AtomicInteger open = new AtomicInteger(2);
            return new RehearsalTun[] {
                new RehearsalTun("warm-up near", near, far, open, reads),
                new RehearsalTun("warm-up far", far, near, open, reads)
            };
        }
    }

    /**
     * Lets the other read what a system's traffic consists of, as the kernel hands it over: a
     * superpacket of TCP with these addresses, one of UDP, and an acknowledgement.
     */
    public void put(InetAddress source, InetAddress destination) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            for (MemorySegment packet :
                    List.of(
                            Superpacket.tcp(arena, source, destination, MTU, PAYLOAD),
                            Superpacket.tcp(arena, source, destination, MTU, 0),
                            Superpacket.udp(arena, source, destination, MTU, PAYLOAD))) {
                ErrnoException.check(
                        "write", (int) Libc.write(fd, packet.address(), packet.byteSize()));
            }
        }
    }

    /** Waits until no more is read from this one; false when it took longer than that. */
    public boolean awaitSilence(Duration atMost) throws InterruptedException {
        return silent.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int mtu() {
        return MTU;
    }

    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException {
        int count = queue.read(slab, headroom, tailroom, offsets, lengths);
        if (reads == 0) {
            return 0; // and what was there goes nowhere
        }
        if (count > 0 && --reads == 0) {
            silent.countDown();
        }
        return count;
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException {
        return queue.write(slab, offsets, lengths, first, count);
    }

    @Override
    public boolean holdsBack() {
        return queue.holdsBack();
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public Set<TunOffload> offloads() {
        return queue.offloads();
    }

    @Override
    public void start(TunListener listener) {
        listener.up();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && open.decrementAndGet() == 0) {
            Libc.close(fd);
            Libc.close(otherFd);
        }
    }
}
