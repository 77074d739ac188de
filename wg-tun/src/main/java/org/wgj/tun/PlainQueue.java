// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Set;

/**
 * Moves packets without virtio headers: one packet a call, directly between the kernel and the
 * slab.
 */
final class PlainQueue implements TunQueue {
    private final int fd;

    PlainQueue(int fd) {
        this.fd = fd;
    }

    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws ErrnoException {
        long last = SlabLayout.lastRecord(slab, headroom, tailroom);
        int wanted = Math.min(offsets.length, lengths.length);
        int taken = 0;
        long record = 0;
        while (taken < wanted && record <= last) {
            int offset = (int) record + headroom;
            long length = Libc.read(fd, slab.address() + offset, Tun.MAX_PACKET);
            if (length < 0) {
                int errno = Libc.errno();
                if (errno == Errno.EINTR) {
                    continue;
                }
                if (errno == Errno.EAGAIN || taken > 0) {
                    break; // a lasting error is reported by the next call
                }
                throw new ErrnoException("read", errno);
            }
            offsets[taken] = offset;
            lengths[taken] = (int) length;
            taken++;
            record = SlabLayout.nextRecord(offset + length + tailroom);
        }
        Reference.reachabilityFence(slab);
        return taken;
    }

    @Override
    public boolean holdsBack() {
        return false;
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws ErrnoException {
        SlabLayout.checkNative(slab);
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
                case Errno.EBADFD, Errno.EBADF, Errno.EFAULT ->
                        throw new ErrnoException("write", errno);
                // EIO while down; EINVAL if it is not IP; EAGAIN, ENOBUFS, ENOMEM under pressure
                default -> i++;
            }
        }
        Reference.reachabilityFence(slab);
        return taken;
    }

    @Override
    public Set<TunOffload> offloads() {
        return Set.of();
    }

    @Override
    public long malformedReads() {
        return 0;
    }
}
