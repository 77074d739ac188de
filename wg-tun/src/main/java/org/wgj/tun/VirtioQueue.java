// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.offload.Coalescer;
import org.wgj.tun.offload.Splitter;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.EnumSet;
import java.util.Set;

/**
 * Moves packets with virtio headers: up to 64 KiB of a flow a call.
 *
 * <p>A read goes through a buffer, because the packets' places in the slab are known only when they
 * are split. A write gathers the packets from the slab.
 */
final class VirtioQueue implements TunQueue {
    private final int fd;
    private final Set<TunOffload> granted;
    private final Splitter splitter = new Splitter();
    private final Coalescer coalescer;

    /** Uses the offloads that the kernel granted. */
    VirtioQueue(int fd, Set<TunOffload> granted) {
        this.fd = fd;
        this.granted = granted;
        this.coalescer =
                new Coalescer(
                        this::writev,
                        granted.contains(TunOffload.COALESCE_TCP),
                        granted.contains(TunOffload.COALESCE_UDP));
    }

    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws ErrnoException {
        long last = SlabLayout.lastRecord(slab, headroom, tailroom);
        int wanted = Math.min(offsets.length, lengths.length);
        int taken = 0;
        long record = 0;
        while (taken < wanted && record <= last) {
            if (!splitter.hasNext()) {
                if (!fill(taken > 0)) {
                    break;
                }
                continue; // nothing to split if the read was malformed
            }
            int offset = (int) record + headroom;
            int length = splitter.next(slab, offset);
            offsets[taken] = offset;
            lengths[taken] = length;
            taken++;
            record = SlabLayout.nextRecord((long) offset + length + tailroom);
        }
        return taken;
    }

    @Override
    public boolean holdsBack() {
        return splitter.hasNext();
    }

    /**
     * Reads from the kernel.
     *
     * @param quiet whether to leave an error to the next call
     * @return false if nothing is waiting
     */
    private boolean fill(boolean quiet) throws ErrnoException {
        MemorySegment buffer = splitter.buffer();
        while (true) {
            long length = Libc.read(fd, buffer.address(), buffer.byteSize());
            if (length >= 0) {
                splitter.accept(length);
                return true;
            }
            int errno = Libc.errno();
            if (errno == Errno.EINTR) {
                continue;
            }
            if (errno == Errno.EAGAIN || quiet) {
                return false; // a lasting error is reported by the next call
            }
            throw new ErrnoException("read", errno);
        }
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws ErrnoException {
        SlabLayout.checkNative(slab);
        try {
            return coalescer.write(slab, offsets, lengths, first, count);
        } finally {
            Reference.reachabilityFence(slab);
        }
    }

    private int writev(long iovec, int count) throws ErrnoException {
        while (Libc.writev(fd, iovec, count) < 0) {
            int errno = Libc.errno();
            switch (errno) {
                case Errno.EINTR -> {}
                case Errno.EBADFD, Errno.EBADF, Errno.EFAULT ->
                        throw new ErrnoException("write", errno);
                default -> {
                    return errno;
                }
            }
        }
        return 0;
    }

    @Override
    public Set<TunOffload> offloads() {
        Set<TunOffload> offloads = EnumSet.noneOf(TunOffload.class);
        offloads.addAll(granted);
        if (!coalescer.coalescesTcp()) {
            offloads.remove(TunOffload.COALESCE_TCP);
        }
        if (!coalescer.coalescesUdp()) {
            offloads.remove(TunOffload.COALESCE_UDP);
        }
        return offloads;
    }

    @Override
    public long malformedReads() {
        return splitter.dropped();
    }
}
