// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * The memory of one direction of a stream: the byte at position p is in the chunk of number p / 16
 * KiB. A chunk is held only while it is needed, so there may be gaps.
 *
 * <p>Two threads use it, the stack's and an application's. {@link #ensure} and the release methods
 * lock; copying does not, because each thread only copies within positions that the other leaves
 * alone, and those were handed over by a volatile write of the position.
 */
final class ChunkRing {
    private static final int SHIFT = BufferPool.CHUNK_SHIFT;
    private static final int MASK = BufferPool.CHUNK - 1;
    private static final byte[][] NONE = {};

    /** The entries of the smallest table. */
    private static final int SMALL = 4;

    /** The most entries that an idle connection keeps, so that a fast reader makes no garbage. */
    private static final int KEPT = 64;

    private final BufferPool pool;

    /** A power of two of entries; chunk number n is at n modulo the length. */
    private volatile byte[][] table = NONE;

    /** Chunks below this number are released. */
    private long low;

    /** Chunks from this number on are not there. */
    private long high;

    private volatile int held;

    ChunkRing(BufferPool pool) {
        this.pool = pool;
    }

    /**
     * Gets memory for positions.
     *
     * @param base no position below this one will be needed any more
     * @param from the first position, not below base
     * @param to behind the last position, greater than from
     * @param force whether to take memory beyond the budget
     * @return the position up to which memory is there without a gap, from {@code from} on
     */
    synchronized long ensure(long base, long from, long to, boolean force) {
        long first = from >>> SHIFT;
        long last = (to - 1) >>> SHIFT;
        if (held == 0) {
            low = base >>> SHIFT;
            high = low;
        }
        if (first < low) {
            throw new IllegalStateException("position " + from + " was released");
        }
        grow((int) (last - low + 1));
        byte[][] chunks = table;
        for (long number = first; number <= last; number++) {
            int slot = (int) number & (chunks.length - 1);
            if (number >= high) {
                high = number + 1;
            }
            if (chunks[slot] == null) {
                byte[] chunk = pool.take(force);
                if (chunk == null) {
                    return Math.max(from, number << SHIFT);
                }
                chunks[slot] = chunk;
                held++;
            }
        }
        return to;
    }

    private void grow(int span) {
        byte[][] old = table;
        if (span <= old.length) {
            return;
        }
        byte[][] grown = new byte[Math.max(SMALL, Integer.highestOneBit(span - 1) << 1)][];
        for (long number = low; number < high; number++) {
            grown[(int) number & (grown.length - 1)] = old[(int) number & (old.length - 1)];
        }
        table = grown;
    }

    /** Gives back all chunks that lie wholly below a position. */
    synchronized void releaseBelow(long position) {
        long end = Math.min(position >>> SHIFT, high);
        releaseNumbers(low, end);
        low = Math.max(low, end);
    }

    /** Gives back all chunks that lie wholly at or above a position. */
    synchronized void releaseAbove(long position) {
        long begin = Math.max((position + MASK) >>> SHIFT, low);
        releaseNumbers(begin, high);
        high = Math.min(high, begin);
    }

    /** Gives back everything. */
    synchronized void releaseAll() {
        releaseNumbers(low, high);
        high = low;
        if (table.length > KEPT) {
            table = NONE;
        }
    }

    /** Gives everything back to the JVM, since it will not be needed soon. */
    synchronized void dropAll() {
        byte[][] chunks = table;
        for (long number = low; number < high; number++) {
            int slot = (int) number & (chunks.length - 1);
            if (chunks[slot] != null) {
                pool.drop(chunks[slot]);
                held--;
            }
        }
        high = low;
        table = NONE;
    }

    private void releaseNumbers(long from, long to) {
        byte[][] chunks = table;
        for (long number = from; number < to; number++) {
            int slot = (int) number & (chunks.length - 1);
            if (chunks[slot] != null) {
                pool.give(chunks[slot]);
                chunks[slot] = null;
                held--;
            }
        }
    }

    /** Returns whether memory is held, as the stack's thread saw it last. */
    boolean holdsMemory() {
        return held > 0;
    }

    /** Returns how many bytes of memory are held. */
    synchronized long heldBytes() {
        return (long) held << SHIFT;
    }

    /** Copies from native memory to positions for which memory was ensured. */
    void put(long position, MemorySegment source, long at, int length) {
        byte[][] chunks = table;
        while (length > 0) {
            byte[] chunk = chunks[(int) (position >>> SHIFT) & (chunks.length - 1)];
            int index = (int) position & MASK;
            int part = Math.min(length, BufferPool.CHUNK - index);
            MemorySegment.copy(source, JAVA_BYTE, at, chunk, index, part);
            position += part;
            at += part;
            length -= part;
        }
    }

    /** Copies from an array to positions for which memory was ensured. */
    void put(long position, byte[] source, int offset, int length) {
        byte[][] chunks = table;
        while (length > 0) {
            byte[] chunk = chunks[(int) (position >>> SHIFT) & (chunks.length - 1)];
            int index = (int) position & MASK;
            int part = Math.min(length, BufferPool.CHUNK - index);
            System.arraycopy(source, offset, chunk, index, part);
            position += part;
            offset += part;
            length -= part;
        }
    }

    /** Copies from positions to native memory. */
    void get(long position, MemorySegment target, long at, int length) {
        byte[][] chunks = table;
        while (length > 0) {
            byte[] chunk = chunks[(int) (position >>> SHIFT) & (chunks.length - 1)];
            int index = (int) position & MASK;
            int part = Math.min(length, BufferPool.CHUNK - index);
            MemorySegment.copy(chunk, index, target, JAVA_BYTE, at, part);
            position += part;
            at += part;
            length -= part;
        }
    }

    /** Copies from positions to an array. */
    void get(long position, byte[] target, int offset, int length) {
        byte[][] chunks = table;
        while (length > 0) {
            byte[] chunk = chunks[(int) (position >>> SHIFT) & (chunks.length - 1)];
            int index = (int) position & MASK;
            int part = Math.min(length, BufferPool.CHUNK - index);
            System.arraycopy(chunk, index, target, offset, part);
            position += part;
            offset += part;
            length -= part;
        }
    }
}
