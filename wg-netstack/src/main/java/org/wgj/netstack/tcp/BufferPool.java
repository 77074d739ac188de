// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

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

    /** The content of chunks that were given back, if assertions are enabled. */
    static final byte POISON = (byte) 0xa5;

    private final ArrayList<byte[]> free = new ArrayList<>();

    /**
     * The chunks in use, if assertions are enabled as in tests; else null. A chunk that is given
     * back twice would later belong to two connections.
     */
    private final Set<byte[]> taken;

    private final long budget;
    private volatile long used;

    /** Bytes by which buffers may be larger than {@link BufferGrowth#FREE}, all together. */
    private long granted;

    /**
     * Makes an empty pool; memory is allocated when it is needed.
     *
     * @param budgetBytes how much may be in use before new data is refused
     */
    public BufferPool(long budgetBytes) {
        this(budgetBytes, BufferPool.class.desiredAssertionStatus());
    }

    /**
     * @param checks whether chunks that are given back are checked and overwritten
     */
    BufferPool(long budgetBytes, boolean checks) {
        budget = budgetBytes;
        taken = checks ? Collections.newSetFromMap(new IdentityHashMap<>()) : null;
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
        byte[] chunk = free.isEmpty() ? new byte[CHUNK] : free.removeLast();
        if (taken != null) {
            taken.add(chunk);
        }
        return chunk;
    }

    /** Gives the memory of a chunk back to the JVM; the caller must not keep it. */
    synchronized void drop(byte[] chunk) {
        leave(chunk);
        used -= CHUNK;
    }

    /** Gives a chunk back; the caller must not keep it. */
    synchronized void give(byte[] chunk) {
        leave(chunk);
        if (taken != null) {
            Arrays.fill(chunk, POISON);
        }
        used -= CHUNK;
        if (free.size() < KEPT) {
            free.addLast(chunk);
        }
    }

    /**
     * Lets a buffer be larger than {@link BufferGrowth#FREE}. All together get half of the budget,
     * first come, first served, so that the other half is for the many that are small. Nothing is
     * allocated.
     *
     * @param bytes how much larger
     * @return how much of it is granted; {@link #giveBack} returns it
     */
    synchronized int grant(int bytes) {
        int granting = Math.clamp(budget / 2 - granted, 0, bytes);
        granted += granting;
        return granting;
    }

    /** Takes back what {@link #grant} gave. */
    synchronized void giveBack(int bytes) {
        granted -= bytes;
    }

    /** Returns what is granted now, in bytes. */
    synchronized long granted() {
        return granted;
    }

    private void leave(byte[] chunk) {
        if (taken != null && !taken.remove(chunk)) {
            throw new IllegalStateException("a chunk was given back that is not in use");
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
