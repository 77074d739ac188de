// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import java.lang.foreign.MemorySegment;

/** One end of a link: takes packets, gives packets, has timers. All calls come from one thread. */
public interface PacketEndpoint {
    /** No deadline. */
    long NEVER = Long.MAX_VALUE;

    /**
     * Takes packets that arrived together.
     *
     * @param slab the memory that holds them
     * @param offsets where each begins
     * @param lengths their lengths in bytes
     * @param count how many
     * @param nowNs when they arrived
     */
    void receive(MemorySegment slab, int[] offsets, int[] lengths, int count, long nowNs);

    /**
     * Gives packets.
     *
     * @param slab the memory to write them to
     * @param offsets receives where each begins
     * @param lengths receives their lengths in bytes
     * @param nowNs the time
     * @return how many were written
     */
    int emit(MemorySegment slab, int[] offsets, int[] lengths, long nowNs);

    /** Returns whether {@link #emit} would give something now. */
    boolean hasOutput();

    /** Returns when {@link #handleTimeouts} must be called; {@link #NEVER} if there is no timer. */
    long nextDeadlineNs();

    /**
     * Fires the timers that are due.
     *
     * @param nowNs the time
     */
    void handleTimeouts(long nowNs);
}
