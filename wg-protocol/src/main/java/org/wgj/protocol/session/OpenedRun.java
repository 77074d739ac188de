// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import org.wgj.protocol.DropReason;

import java.util.Arrays;

/**
 * The results of {@link Keypair#open}, one for each datagram of the run, indexed as the batch is.
 *
 * <p>Made once and used for every batch, so that receiving allocates nothing. Owned by the device's
 * thread.
 */
public final class OpenedRun {
    long[] counters = {};
    boolean[] authentic = {};

    /** Whether the counter was greater than all that the session had accepted before. */
    boolean[] ahead = {};

    private DropReason[] drops = {};

    /** Creates results without room; {@link #makeRoom} makes it. */
    public OpenedRun() {}

    /**
     * Makes room for the results of a batch.
     *
     * @param capacity the capacity of the batch
     */
    public void makeRoom(int capacity) {
        if (counters.length < capacity) {
            counters = new long[capacity];
            authentic = new boolean[capacity];
            ahead = new boolean[capacity];
            drops = Arrays.copyOf(drops, capacity);
        }
    }

    /**
     * Returns why a datagram must be dropped.
     *
     * @param i its index in the batch
     * @return null if it was accepted: it is authentic and new
     */
    public DropReason drop(int i) {
        return drops[i];
    }

    /**
     * Returns whether an accepted datagram is newer than all of its session before it.
     *
     * @param i its index in the batch
     * @return whether its counter was the greatest so far
     */
    public boolean isAhead(int i) {
        return ahead[i];
    }

    void setDrop(int i, DropReason reasonOrNull) {
        drops[i] = reasonOrNull;
    }
}
