// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One call of a {@link TransportKey}, divided into parts that several threads take. A part is a run
 * of consecutive packets. Each calling thread has one object of this class and reuses it.
 *
 * <p>A thread that takes a part sees everything that the caller wrote before publish, because
 * taking reads the variable that publish writes. In the same way the caller sees, after awaitParts,
 * everything that the parts wrote. A worker that still holds this object from an earlier call may
 * take a part of the present call. That is harmless, because it reads the arguments only after it
 * has taken the part.
 */
public final class ParallelBatch {
    /** The fixed cost of a packet, as a number of bytes that cost the same. */
    private static final int PACKET_WEIGHT = 64;

    /**
     * The least weight of a part, in bytes. Such a part takes about 10 µs, ten times what it costs
     * to hand it to a spinning worker.
     */
    public static final int PART_WEIGHT = 16_384;

    /**
     * The number of spins of the caller, about 20 µs in all, before it parks and leaves its
     * processor to a part that waits for one.
     */
    private static final int SPINS = 1_000;

    private final AtomicInteger unclaimed = new AtomicInteger();
    private final AtomicInteger unfinished = new AtomicInteger();
    private volatile Thread waiting; // null unless the caller is parked

    // For each part, the index of its first packet, with one more entry for the end; and how many
    // of its packets were authentic.
    private final int[] bounds;
    private final int[] authentic;
    private int failedPart; // guarded by this
    private Throwable failure; // guarded by this; from the failed part with the lowest number

    // The arguments of the call.
    private TransportKey key;
    private boolean sealing;
    private long firstCounter;
    private long[] counters;
    private PacketLayout packets;
    private boolean[] opened;

    /**
     * Makes room for the parts of a call.
     *
     * @param workers how many threads help the caller
     */
    public ParallelBatch(int workers) {
        // Two for each thread, so that others can take the second part of a thread that is late.
        int parts = 2 * (workers + 1);
        bounds = new int[parts + 1];
        authentic = new int[parts];
    }

    /**
     * Divides the packets into parts of about the same weight.
     *
     * @param lengths of the packets, in bytes
     * @param first the index of the first packet
     * @param count how many packets
     * @return how many parts; 1 if dividing is not worthwhile or the arguments are invalid, which
     *     the key reports
     */
    public int cut(int[] lengths, int first, int count) {
        if (first < 0 || count < 2 || count > lengths.length - first) {
            return 1;
        }
        long total = 0;
        for (int i = first; i < first + count; i++) {
            total += PACKET_WEIGHT + Math.max(lengths[i], 0);
        }
        int parts = (int) Math.min(Math.min(total / PART_WEIGHT, authentic.length), count);
        if (parts < 2) {
            return 1;
        }
        long weight = 0;
        int part = 1;
        for (int i = first; i < first + count && part < parts; i++) {
            weight += PACKET_WEIGHT + Math.max(lengths[i], 0);
            while (part < parts && weight * parts >= total * part) {
                bounds[part++] = i + 1; // empty parts follow a packet heavier than a part
            }
        }
        bounds[0] = first;
        bounds[parts] = first + count;
        return parts;
    }

    /**
     * Sets the arguments of a call that seals, after cut.
     *
     * @param key seals each part
     * @param firstCounter the counter of the first packet of the call
     * @param packets see {@link TransportKey#seal}
     */
    public void seal(TransportKey key, long firstCounter, PacketLayout packets) {
        sealing = true;
        this.key = key;
        this.firstCounter = firstCounter;
        this.packets = packets;
    }

    /**
     * Sets the arguments of a call that opens, after cut.
     *
     * @param key opens each part
     * @param counters see {@link TransportKey#open}
     * @param packets see {@link TransportKey#open}
     * @param opened see {@link TransportKey#open}
     */
    public void open(TransportKey key, long[] counters, PacketLayout packets, boolean[] opened) {
        sealing = false;
        this.key = key;
        this.counters = counters;
        this.opened = opened;
        this.packets = packets;
    }

    /**
     * Offers the parts to all threads.
     *
     * @param parts as cut returned
     */
    public void publish(int parts) {
        unfinished.set(parts);
        unclaimed.set(parts);
    }

    /** Returns whether a part is left to take. */
    boolean hasPartsLeft() {
        return unclaimed.get() > 0;
    }

    /**
     * Takes and processes one part. Any thread may call this; it throws nothing.
     *
     * @return false if all parts are taken
     */
    public boolean takePart() {
        int left = unclaimed.get();
        while (left > 0) {
            if (unclaimed.compareAndSet(left, left - 1)) {
                perform(left - 1);
                return true;
            }
            left = unclaimed.get();
        }
        return false;
    }

    private void perform(int part) {
        try {
            process(part, bounds[part], bounds[part + 1] - bounds[part]);
        } catch (Throwable e) {
            fail(part, e);
        } finally {
            if (unfinished.decrementAndGet() == 0) {
                // The caller may have continued already, even with its next batch. Then this wakes
                // it without need, and it checks its condition again.
                Thread caller = waiting;
                if (caller != null) {
                    LockSupport.unpark(caller);
                }
            }
        }
    }

    private void process(int part, int first, int count) {
        authentic[part] = 0;
        if (sealing) {
            key.seal(firstCounter + (first - bounds[0]), packets, first, count);
        } else {
            authentic[part] = key.open(counters, packets, first, count, opened);
        }
    }

    private synchronized void fail(int part, Throwable e) {
        if (failure == null || part < failedPart) {
            failure = e;
            failedPart = part;
        }
    }

    /** Waits until all parts are done. The caller calls this when no part is left to take. */
    public void awaitParts() {
        for (int spins = 0; unfinished.get() > 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            // The thread that finishes the last part reads this after it has counted down, and
            // this thread reads the count after it has set this: one of them sees the other.
            waiting = Thread.currentThread();
            while (unfinished.get() > 0) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    /**
     * Ends a call after awaitParts: forgets its arguments and throws what a part has thrown.
     *
     * @param parts as cut returned
     * @return how many packets were authentic; 0 when sealing
     */
    public int finish(int parts) {
        key = null;
        counters = null;
        opened = null;
        packets = null;
        rethrow();
        int sum = 0;
        for (int part = 0; part < parts; part++) {
            sum += authentic[part];
        }
        return sum;
    }

    private synchronized void rethrow() {
        Throwable failed = failure;
        failure = null;
        switch (failed) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failed); // keys throw no checked exceptions
        }
    }
}
