// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.ErrnoException;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * The part of a {@link LinuxTun} that moves packets through its descriptor. Owned by the TUN's
 * owner.
 */
interface TunQueue {
    /** Does what {@link Tun#read} says. */
    int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws ErrnoException;

    /** Does what {@link Tun#holdsBack} says. */
    boolean holdsBack();

    /** Does what {@link Tun#write} says. */
    int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws ErrnoException;

    /** Does what {@link Tun#offloads} says; any thread. */
    Set<TunOffload> offloads();

    /** Does what {@link LinuxTun#malformedReads} says; any thread. */
    long malformedReads();
}
