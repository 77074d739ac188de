// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinuxSupport;
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
 * One of two TUNs that are joined by a pair of sockets: what is written to one is read from the
 * other, superpackets as such. The operating system knows of no interface.
 *
 * <pre>
 *   near --read, split--&gt; tunnel --coalesce, write--&gt; far --(pair of sockets)--&gt; near
 * </pre>
 *
 * <p>The warm-up puts a tunnel between them, so that the same packets go round until the data path
 * is compiled. That path is Linux's own (descriptor, virtio headers, offloads), so this needs Linux
 * and JNA, but no rights. Threads as for {@link Tun}.
 */
public final class LoopbackTun implements Tun {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final int MTU = 1_420;

    /** Four such superpackets fit into the sockets; the last segment is a short one. */
    private static final int PAYLOAD = 24_000;

    private final String name;
    private final int fd;
    private final VirtioQueue queue;

    private final CountDownLatch silent = new CountDownLatch(1);

    /** The number of reads that still give packets; owned by the reading thread. */
    private int reads;

    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * The number of open ends, of two. Both descriptors are closed together: with one closed, every
     * read of the other would return at once.
     */
    private final AtomicInteger open;

    private final int otherFd;

    private LoopbackTun(String name, int fd, int otherFd, AtomicInteger open, int reads) {
        this.name = name;
        this.fd = fd;
        this.otherFd = otherFd;
        this.open = open;
        this.reads = reads;
        queue = new VirtioQueue(fd, EnumSet.allOf(TunOffload.class));
    }

    /**
     * Makes two joined TUNs.
     *
     * @param reads how many reads of each give packets; later ones find none
     * @return the two; the caller closes both
     * @throws IOException if this is not Linux, JNA is missing, or the sockets cannot be made
     */
    public static LoopbackTun[] pair(int reads) throws IOException {
        LinuxSupport.require("a pair of joined TUNs");
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
            return new LoopbackTun[] {
                new LoopbackTun("warm-up near", near, far, open, reads),
                new LoopbackTun("warm-up far", far, near, open, reads)
            };
        }
    }

    /**
     * Makes the other one read typical traffic as the kernel hands it over: a superpacket of TCP,
     * one of UDP, and an acknowledgement.
     *
     * @param source the packets' source address
     * @param destination the packets' destination address, of the same family
     * @throws IOException if the sockets take no more
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

    /**
     * Waits until the reads of this one are used up.
     *
     * @param atMost the longest time to wait
     * @return false if the time ran out
     * @throws InterruptedException if the thread was interrupted
     */
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
            return 0; // the packets just read are dropped
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
