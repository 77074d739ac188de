// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinuxSupport;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Set;

/**
 * A TUN of the Linux kernel (Documentation/networking/tuntap.rst): {@code /dev/net/tun} with
 * IFF_TUN and IFF_NO_PI. It needs JNA ({@link #isSupported}).
 *
 * <p>If the kernel has them, it uses IFF_VNET_HDR and segmentation offloads, so that one call moves
 * many packets of a flow. {@link #offloads} says which are on. The system properties {@code
 * wgj.tun.offload=off} and {@code wgj.tun.uso=off} turn off all of them, or those for UDP, for TUNs
 * created afterwards.
 *
 * <p>The descriptor does not block and is closed on exec. {@link #read} and {@link #write} belong
 * to one thread at a time. {@link #close} must not run at the same time as they do; a thread that
 * polls the descriptor must stop before, because the number can mean another file after the close.
 *
 * <p>Other programs may rename the interface, move it to another network namespace and change it
 * there. From {@link #start} on, {@link #name}, {@link #mtu} and the listener follow, from a thread
 * named {@code tun-NAME}.
 */
public final class LinuxTun implements Tun {
    /**
     * The number of packets that can wait to be read. The kernel's default of 500 overflows in
     * bursts; WireGuard in the kernel queues 1024 (MAX_QUEUED_PACKETS).
     */
    private static final int QUEUE_LENGTH = 1024;

    private static final int UNCHANGED = -1;

    private final int fd;
    private final TunQueue queue;
    private final LinkMonitor monitor;
    private String leftUndone;
    private boolean started;
    private volatile boolean closed;

    private LinuxTun(int fd, OffloadSwitches switches) throws IOException {
        this.fd = fd;
        this.queue =
                TunDescriptor.givesVirtioHeaders(fd)
                        ? new VirtioQueue(fd, TunDescriptor.setOffloads(fd, switches))
                        : new PlainQueue(fd);
        this.monitor = new LinkMonitor(fd);
    }

    /**
     * Returns whether this class can be used here: on 64-bit Linux, with JNA. The rights to make an
     * interface are another matter.
     *
     * @return false if {@link #create(String)} and {@link #attach} would fail for that reason
     */
    public static boolean isSupported() {
        return LinuxSupport.isAvailable();
    }

    /**
     * Creates an interface, which is down and disappears on {@link #close}; or takes an existing
     * persistent one that no program holds, as it is. The kernel gives a new one an MTU of 1500.
     *
     * @param name at most 15 bytes; {@code %d} in it stands for the first free number
     * @return the open interface
     * @throws IllegalArgumentException if no interface can have that name
     * @throws IOException if this is not Linux, JNA is missing, or the kernel refuses; the message
     *     says what to do
     */
    public static LinuxTun create(String name) throws IOException {
        return open(name, UNCHANGED);
    }

    /**
     * Does the same and sets the MTU.
     *
     * @param name at most 15 bytes; {@code %d} in it stands for the first free number
     * @param mtu the longest packet in bytes, 68 to 65535; 1420 suits WireGuard over links of 1500
     * @return the open interface
     * @throws IllegalArgumentException if no interface can have that name or MTU
     * @throws IOException as {@link #create(String)} does
     */
    public static LinuxTun create(String name, int mtu) throws IOException {
        return open(name, InterfaceRules.checkMtu(mtu));
    }

    private static LinuxTun open(String name, int mtu) throws IOException {
        InterfaceRules.checkName(name);
        LinuxSupport.require("interface " + name);
        int fd = TunDescriptor.open();
        LinuxTun tun = null;
        try {
            OffloadSwitches switches = TunProperties.offloads();
            boolean created = TunDescriptor.setInterface(fd, name, switches.offload());
            tun = new LinuxTun(fd, switches);
            if (created) {
                tun.lengthenQueue();
            }
            // A user without CAP_NET_ADMIN may own a persistent interface, but not set its MTU.
            if (mtu != UNCHANGED && mtu != tun.monitor.mtu()) {
                tun.monitor.setMtu(mtu);
            }
            return tun;
        } catch (IOException | RuntimeException e) {
            if (tun != null) {
                tun.close();
            } else {
                Libc.close(fd);
            }
            throw e;
        }
    }

    /** Makes the queue longer. The interface works without that, and drops more in bursts. */
    private void lengthenQueue() {
        try (RtNetlink kernel = RtNetlink.open()) {
            kernel.setQueueLength(name(), QUEUE_LENGTH);
        } catch (IOException e) {
            leftUndone = e.getMessage();
        }
    }

    /**
     * Returns what optional part of the creation failed.
     *
     * @return the message of the failure; null if all succeeded
     */
    public String leftUndone() {
        return leftUndone;
    }

    /**
     * Takes over an open descriptor of a TUN, for example from a parent process. It then belongs to
     * the returned object; if this method throws, it remains the caller's.
     *
     * <p>Offloads are used if the program that opened the descriptor set IFF_VNET_HDR.
     *
     * @param fd the descriptor
     * @return the open interface
     * @throws IOException if this is not Linux, JNA is missing, or the descriptor is not a TUN
     *     without packet information
     */
    public static LinuxTun attach(int fd) throws IOException {
        LinuxSupport.require("inherited descriptor " + fd);
        TunDescriptor.checkInherited(fd);
        TunDescriptor.setFlags(fd);
        return new LinuxTun(fd, TunProperties.offloads());
    }

    @Override
    public String name() {
        return monitor.name();
    }

    @Override
    public int mtu() {
        return monitor.mtu();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Everything before a packet's headroom is a multiple of 16 bytes long. So in an aligned
     * slab with a headroom of 16 (a transport data header) the packets are aligned too.
     *
     * @throws IllegalArgumentException if the slab has no room for one packet
     */
    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException {
        ensureOpen();
        try {
            return queue.read(slab, headroom, tailroom, offsets, lengths);
        } catch (ErrnoException e) {
            throw failed(e);
        }
    }

    @Override
    public boolean holdsBack() {
        return queue.holdsBack();
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException {
        ensureOpen();
        try {
            return queue.write(slab, offsets, lengths, first, count);
        } catch (ErrnoException e) {
            throw failed(e);
        }
    }

    private IOException failed(ErrnoException e) {
        return e.errno() == Errno.EBADFD ? new TunGoneException(name()) : e;
    }

    /** {@inheritDoc} */
    @Override
    public Set<TunOffload> offloads() {
        return queue.offloads();
    }

    /**
     * Counts the reads whose content was not a packet, which only a faulty kernel causes.
     *
     * @return the number of such reads
     */
    public long malformedReads() {
        return queue.malformedReads();
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the TUN of interface " + name() + " is closed");
        }
    }

    @Override
    public int descriptor() {
        return fd;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if it was called before, or after {@link #close}
     */
    @Override
    public synchronized void start(TunListener listener) {
        Objects.requireNonNull(listener);
        if (started || closed) {
            throw new IllegalStateException(closed ? "closed" : "started already");
        }
        started = true;
        monitor.start(listener);
    }

    /**
     * {@inheritDoc}
     *
     * <p>No call to the listener is under way any more when this returns, except if the listener
     * itself called it. So do not hold a lock that the listener takes.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        monitor.stop();
        Libc.close(fd);
    }
}
