package org.wgj.tun;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * A TUN of the Linux kernel (Documentation/networking/tuntap.rst): {@code /dev/net/tun} with
 * IFF_TUN and IFF_NO_PI, so that reads and writes are bare IP packets, one a call.
 *
 * <p>The descriptor does not block and is closed on exec. {@link #read} and {@link #write} belong
 * to one thread at a time, and so does {@link #close} with respect to them: whoever polls the
 * descriptor stops before it is closed, or might use a number that by then means another file.
 *
 * <p>An interface may be renamed, moved to another network namespace and reconfigured there; {@link
 * #name}, {@link #mtu} and the listener follow from {@link #start} on, from a thread named {@code
 * tun-NAME}.
 */
public final class LinuxTun implements Tun {
    /**
     * Packets that may wait to be read. The default of 500 overflows in bursts; WireGuard in the
     * kernel queues 1024 (MAX_QUEUED_PACKETS).
     */
    private static final int QUEUE_LENGTH = 1024;

    private static final int UNCHANGED = -1;

    private final int fd;
    private final LinkMonitor monitor;
    private boolean started;
    private volatile boolean closed;

    private LinuxTun(int fd) throws IOException {
        this.fd = fd;
        this.monitor = new LinkMonitor(fd);
    }

    /**
     * Makes an interface, which is down and vanishes on {@link #close}; or takes a persistent one
     * that no program holds, as it is. The kernel gives a new one an MTU of 1500.
     *
     * @param name at most 15 bytes; {@code %d} in it stands for the first free number
     * @throws IllegalArgumentException when no interface can have that name
     * @throws ErrnoException when that fails, saying what to do
     */
    public static LinuxTun create(String name) throws IOException {
        return open(name, UNCHANGED);
    }

    /**
     * The same with an MTU in bytes, 68 to 65535; 1420 suits WireGuard over links of 1500.
     *
     * @throws IllegalArgumentException when no interface can have that name or MTU
     */
    public static LinuxTun create(String name, int mtu) throws IOException {
        return open(name, InterfaceRules.checkMtu(mtu));
    }

    private static LinuxTun open(String name, int mtu) throws IOException {
        InterfaceRules.checkName(name);
        int fd = TunDescriptor.open();
        LinuxTun tun = null;
        try {
            boolean created = TunDescriptor.setInterface(fd, name);
            tun = new LinuxTun(fd);
            if (created) {
                tun.monitor.setQueueLength(QUEUE_LENGTH);
            }
            if (mtu != UNCHANGED) {
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

    /**
     * Takes over an open descriptor of a TUN, as from a parent process. It is the TUN's from then
     * on; when this throws it remains the caller's.
     *
     * @throws IOException when it is not a TUN, or one that gives more than bare packets
     */
    public static LinuxTun attach(int fd) throws IOException {
        TunDescriptor.checkInherited(fd);
        TunDescriptor.setFlags(fd);
        return new LinuxTun(fd);
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
     * <p>What precedes a packet's headroom is a multiple of 16, so in an aligned slab a headroom of
     * 16 (a transport data header) leaves the packets aligned too.
     *
     * @throws IllegalArgumentException when the slab has no room for one packet
     */
    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException {
        ensureOpen();
        long last = Slabs.lastRecord(slab, headroom, tailroom);
        int wanted = Math.min(offsets.length, lengths.length);
        int taken = 0;
        long record = 0;
        while (taken < wanted && record <= last) {
            int offset = (int) record + headroom;
            long length = Libc.read(fd, slab.address() + offset, MAX_PACKET);
            if (length < 0) {
                int errno = Libc.errno();
                if (errno == Errno.EINTR) {
                    continue;
                }
                if (errno == Errno.EAGAIN || taken > 0) {
                    break; // an error worth telling comes again
                }
                throw failed("read", errno);
            }
            offsets[taken] = offset;
            lengths[taken] = (int) length;
            taken++;
            record = Slabs.nextRecord(offset + length + tailroom);
        }
        Reference.reachabilityFence(slab);
        return taken;
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException {
        ensureOpen();
        Slabs.checkNative(slab);
        int taken = 0;
        int i = first;
        while (i < first + count) {
            Objects.checkFromIndexSize(offsets[i], lengths[i], slab.byteSize());
            if (Libc.write(fd, slab.address() + offsets[i], lengths[i]) >= 0) {
                taken++;
                i++;
                continue;
            }
            int errno = Libc.errno();
            switch (errno) {
                case Errno.EINTR -> {}
                case Errno.EBADFD, Errno.EBADF, Errno.EFAULT -> throw failed("write", errno);
                // EIO while down, EINVAL for what is not IP, EAGAIN, ENOBUFS, ENOMEM under pressure
                default -> i++;
            }
        }
        Reference.reachabilityFence(slab);
        return taken;
    }

    private IOException failed(String call, int errno) {
        return errno == Errno.EBADFD
                ? new TunGoneException(name())
                : new ErrnoException(call + " " + name(), errno);
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
     * @throws IllegalStateException the second time, and after {@link #close}
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
     * <p>No call to the listener is under way any more when this returns, unless it was called from
     * the listener; so do not call it with a lock in hand that the listener takes.
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
