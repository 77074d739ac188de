// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import org.wgj.protocol.DropReason;

/**
 * The results of {@link Keypair#open}, one for each datagram of the run, indexed as the batch is.
 *
 * <p>Made once and used for every batch, so that receiving allocates nothing. Owned by the device's
 * thread.
 */
public final class OpenedRun {
    /** The datagram was accepted, and its counter is the greatest of its session so far. */
    static final byte NEWEST = 0;

    /** The datagram was accepted, but a later one of its session came before it. */
    static final byte LATE = 1;

    static final byte FORGED = 2;
    static final byte EXPIRED = 3;
    static final byte REPLAYED = 4;

    long[] counters = {};
    boolean[] authentic = {};
    byte[] results = {};

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
            results = new byte[capacity];
        }
    }

    /**
     * Returns whether a datagram was accepted: it is authentic and new.
     *
     * @param i its index in the batch
     * @return false if it must be dropped
     */
    public boolean isAccepted(int i) {
        return results[i] <= LATE;
    }

    /**
     * Returns whether a datagram was accepted and is newer than all of its session before it.
     *
     * @param i its index in the batch
     * @return whether its counter is the greatest so far
     */
    public boolean isNewest(int i) {
        return results[i] == NEWEST;
    }

    /**
     * Returns why a datagram must be dropped.
     *
     * @param i the index in the batch of a datagram that was not accepted
     * @return the reason
     */
    public DropReason dropReason(int i) {
        return switch (results[i]) {
            case FORGED -> DropReason.AUTHENTICATION_FAILED;
            case EXPIRED -> DropReason.SESSION_EXPIRED;
            case REPLAYED -> DropReason.REPLAYED;
            default -> throw new IllegalStateException("the datagram was accepted");
        };
    }
}
