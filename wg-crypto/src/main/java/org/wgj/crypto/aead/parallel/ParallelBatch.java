// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One call of a {@link TransportKey} in parts that several threads take, each part a run of
 * packets. A calling thread has one of these and uses it again and again.
 *
 * <p>What the caller writes before publish, whoever takes a part reads, since taking reads what
 * publish wrote; what a part wrote, the caller reads after awaitParts in the same way. A thread
 * that still holds this from an earlier call may take a part of the present one and does no harm by
 * it, because it reads everything after it has taken the part.
 */
public final class ParallelBatch {
    /** What a packet costs beside its bytes, as bytes. */
    private static final int PACKET_WEIGHT = 64;

    /** A part takes some 10 µs, ten times what it costs to hand it to a thread that looks. */
    public static final int PART_WEIGHT = 16_384;

    /** Of some 20 µs in all; then the caller gives its processor to a part that waits for one. */
    private static final int SPINS = 1_000;

    private final AtomicInteger unclaimed = new AtomicInteger();
    private final AtomicInteger unfinished = new AtomicInteger();
    private volatile Thread waiting; // null unless the caller is parked

    // The parts: where each begins, one more entry for the end, and how many packets were
    // authentic.
    private final int[] bounds;
    private final int[] authentic;
    private int failedPart; // guarded by this
    private Throwable failure; // guarded by this; of the first part that failed

    // The call.
    private TransportKey key;
    private boolean sealing;
    private long firstCounter;
    private long[] counters;
    private PacketLayout packets;
    private boolean[] opened;

    /**
     * @param workers how many there are beside the caller
     */
    public ParallelBatch(int workers) {
        // Twice as many as threads, so that one that comes late leaves its second to others.
        int parts = 2 * (workers + 1);
        bounds = new int[parts + 1];
        authentic = new int[parts];
    }

    /**
     * Decides on parts of much the same weight.
     *
     * @return how many; 1 if sharing is not worth it or the arguments make no sense, which is for
     *     the key to say
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
                bounds[part++] = i + 1; // a packet heavier than a part leaves empty ones behind it
            }
        }
        bounds[0] = first;
        bounds[parts] = first + count;
        return parts;
    }

    /** The call to be shared out, as cut; see {@link TransportKey#seal}. */
    public void seal(TransportKey key, long firstCounter, PacketLayout packets) {
        sealing = true;
        this.key = key;
        this.firstCounter = firstCounter;
        this.packets = packets;
    }

    /** The call to be shared out, as cut; see {@link TransportKey#open}. */
    public void open(TransportKey key, long[] counters, PacketLayout packets, boolean[] opened) {
        sealing = false;
        this.key = key;
        this.counters = counters;
        this.opened = opened;
        this.packets = packets;
    }

    public void publish(int parts) {
        unfinished.set(parts);
        unclaimed.set(parts);
    }

    boolean hasPartsLeft() {
        return unclaimed.get() > 0;
    }

    /** Any thread: does one part; false if all are taken. Throws nothing. */
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
                // The caller may have gone on, even to its next batch: then this wakes it for
                // nothing, which it checks.
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

    /** By the caller when no part is left to take: returns when the others have done theirs. */
    public void awaitParts() {
        for (int spins = 0; unfinished.get() > 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            // The last one to finish looks here afterwards, and this thread at the count.
            waiting = Thread.currentThread();
            while (unfinished.get() > 0) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    /**
     * By the caller after awaitParts. Nothing of the call is kept.
     *
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
            default -> throw new IllegalStateException(failed); // keys throw no checked ones
        }
    }
}
