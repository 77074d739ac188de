// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.ErrnoException;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/** How packets pass through the descriptor of a {@link LinuxTun}: its owner's part of it. */
interface TunQueue {
    /** As {@link Tun#read}. */
    int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws ErrnoException;

    /** As {@link Tun#holdsBack}. */
    boolean holdsBack();

    /** As {@link Tun#write}. */
    int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws ErrnoException;

    /** As {@link Tun#offloads}. */
    Set<TunOffload> offloads();

    /** As {@link LinuxTun#malformedReads}. */
    long malformedReads();
}
