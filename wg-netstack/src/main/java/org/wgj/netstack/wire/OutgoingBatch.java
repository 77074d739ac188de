// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import java.lang.foreign.MemorySegment;

/**
 * The packets that one call of {@code Tun.read} takes: the layers write them one after the other
 * into the tunnel's own slab, each at a multiple of 16 bytes plus the headroom.
 *
 * <pre>{@code
 * while (hasSegment() && (at = out.begin(length)) >= 0) {
 *     // write the packet to out.memory() from at on
 *     out.commit(length);
 * }
 * }</pre>
 *
 * <p>One object serves all batches. Owned by the stack's thread.
 */
public final class OutgoingBatch {
    private static final int ALIGNMENT = 16;

    private MemorySegment memory;
    private int headroom;
    private int tailroom;
    private int[] offsets;
    private int[] lengths;
    private int limit;
    private int count;
    private long record;

    /** Makes one that is full until {@link #reset}. */
    public OutgoingBatch() {}

    /**
     * Begins a batch.
     *
     * @param slab native memory for the packets
     * @param before bytes left free before each packet
     * @param behind bytes left free behind each packet
     * @param packetOffsets receives where each packet begins
     * @param packetLengths receives the lengths
     */
    public void reset(
            MemorySegment slab, int before, int behind, int[] packetOffsets, int[] packetLengths) {
        memory = slab;
        headroom = before;
        tailroom = behind;
        offsets = packetOffsets;
        lengths = packetLengths;
        limit = Math.min(packetOffsets.length, packetLengths.length);
        count = 0;
        record = 0;
    }

    /**
     * Returns where the next packet goes.
     *
     * @param length the most bytes that it will have
     * @return an offset into {@link #memory}; -1 if the batch is full
     */
    public long begin(int length) {
        long at = record + headroom;
        return count < limit && at + length + tailroom <= memory.byteSize() ? at : -1;
    }

    /**
     * Adds the packet that was written at the offset that {@link #begin} returned last.
     *
     * @param length its length in bytes
     */
    public void commit(int length) {
        long at = record + headroom;
        offsets[count] = (int) at;
        lengths[count++] = length;
        record = (at + length + tailroom + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * Returns the slab.
     *
     * @return the memory that offsets refer to
     */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * Returns how many packets the batch may have.
     *
     * @return the most that {@link #count} can become
     */
    public int limit() {
        return limit;
    }

    /**
     * Returns how many packets were written.
     *
     * @return their number
     */
    public int count() {
        return count;
    }
}
