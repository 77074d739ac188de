// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.util.ArrayList;

/**
 * Chunks of memory for the data of all connections, with one budget. Any thread may take and give
 * back; the lock is held for a few instructions.
 *
 * <p>The budget is a line, not a wall: a buffer that holds nothing takes one chunk by force, or a
 * few connections whose readers sleep could stop all others. So no more than the budget and one
 * chunk for each direction of each connection is in use.
 */
public final class BufferPool {
    /** The size of a chunk as a power of two. */
    static final int CHUNK_SHIFT = 14;

    /** The size of a chunk in bytes. */
    public static final int CHUNK = 1 << CHUNK_SHIFT;

    /** Given-back chunks that are kept; more are left to the garbage collector. */
    private static final int KEPT = 1024;

    private final ArrayList<byte[]> free = new ArrayList<>();
    private final long budget;
    private volatile long used;

    /**
     * Makes an empty pool; memory is allocated when it is needed.
     *
     * @param budgetBytes how much may be in use before new data is refused
     */
    public BufferPool(long budgetBytes) {
        budget = budgetBytes;
    }

    /**
     * Takes a chunk. Its bytes are arbitrary.
     *
     * @param force true to get one although the budget is used up
     * @return a chunk of {@link #CHUNK} bytes; null if the budget is used up
     */
    synchronized byte[] take(boolean force) {
        if (!force && used + CHUNK > budget) {
            return null;
        }
        used += CHUNK;
        return free.isEmpty() ? new byte[CHUNK] : free.removeLast();
    }

    /** Gives the memory of a chunk back to the JVM; the caller must not keep it. */
    synchronized void drop() {
        used -= CHUNK;
    }

    /** Gives a chunk back; the caller must not keep it. */
    synchronized void give(byte[] chunk) {
        used -= CHUNK;
        if (free.size() < KEPT) {
            free.addLast(chunk);
        }
    }

    /**
     * Returns how much memory connections hold now.
     *
     * @return bytes in chunks that were taken and not given back
     */
    public long used() {
        return used;
    }

    /**
     * Returns the budget.
     *
     * @return as given to the constructor
     */
    public long budget() {
        return budget;
    }

    /** Returns whether no more than a reserve of one eighth of the budget is left. */
    boolean isScarce() {
        return used > budget - budget / 8;
    }

    /** Returns whether the budget is used up. */
    boolean isOverdrawn() {
        return used + CHUNK > budget;
    }
}
