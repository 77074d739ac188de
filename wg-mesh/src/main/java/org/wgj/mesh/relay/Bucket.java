// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

/**
 * A token bucket, full at first. Time may begin anywhere but must not go back. Owned by one thread.
 */
final class Bucket {
    private static final long SECOND_NS = 1_000_000_000L;

    private final long capacity; // in tokens
    private final long nsPerCapacity; // the time in which an empty bucket fills
    private double tokens;
    private long atNs;
    private boolean used;

    /**
     * @param capacity the tokens of a full bucket
     * @param nsPerCapacity the time in which an empty bucket fills
     */
    Bucket(long capacity, long nsPerCapacity) {
        this.capacity = capacity;
        this.nsPerCapacity = nsPerCapacity;
        tokens = capacity;
    }

    /** A bucket of one second's tokens. */
    static Bucket perSecond(long tokens) {
        return new Bucket(tokens, SECOND_NS);
    }

    /** Takes tokens; returns false, and takes nothing, if there are too few. */
    boolean take(long wanted, long nowNs) {
        if (!has(this, wanted, nowNs)) {
            return false;
        }
        take(this, wanted);
        return true;
    }

    /** Returns whether so many tokens can be taken now; null stands for no limit. */
    static boolean has(Bucket bucketOrNull, long wanted, long nowNs) {
        if (bucketOrNull == null) {
            return true;
        }
        bucketOrNull.refill(nowNs);
        return bucketOrNull.tokens >= wanted;
    }

    /** Takes tokens that are there; null stands for no limit. */
    static void take(Bucket bucketOrNull, long wanted) {
        if (bucketOrNull != null) {
            bucketOrNull.tokens -= wanted;
        }
    }

    boolean isFull(long nowNs) {
        refill(nowNs);
        return tokens >= capacity;
    }

    private void refill(long nowNs) {
        if (!used) {
            used = true;
            atNs = nowNs;
        }
        long elapsed = nowNs - atNs;
        if (elapsed > 0) {
            tokens = Math.min(capacity, tokens + (double) elapsed / nsPerCapacity * capacity);
            atNs = nowNs;
        }
    }
}
