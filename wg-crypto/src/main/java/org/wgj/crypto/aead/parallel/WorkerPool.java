// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that help with large batches. All tunnels of the JVM share them, and the first large
 * batch starts them.
 *
 * <p>A caller posts its batch, wakes as many workers as there are parts for, takes parts itself,
 * and removes the batch when the last part is done. No call depends on a worker: a worker that is
 * late finds no part left.
 *
 * <pre>{@code
 * BUSY <---- a batch with parts left ----> SPINNING --nothing for a while--> PARKED
 *                                             ^------------- woken -------------'
 * }</pre>
 *
 * <p>A worker spins for a while before it parks. Under load the next batch comes when the kernel
 * has sent the last one, after about 50 µs, and waking a thread takes as long. Without traffic all
 * workers are parked and cost nothing.
 */
public final class WorkerPool {
    /** The time that a worker spins without finding a part before it parks. */
    private static final long SPINNING_NS = 100_000;

    /** Batches that can be posted at one time; the caller of a further batch works alone. */
    private static final int PLACES = 16;

    private static final int BUSY = 0;
    private static final int SPINNING = 1;
    private static final int PARKED = 2;

    private final AtomicReferenceArray<ParallelBatch> posted = new AtomicReferenceArray<>(PLACES);
    private final Worker[] workers;
    private boolean started; // guarded by this
    private volatile boolean running;

    /**
     * Makes a pool, but starts no thread yet.
     *
     * @param count how many threads; at least 1
     */
    public WorkerPool(int count) {
        workers = new Worker[count];
        for (int i = 0; i < count; i++) {
            workers[i] = new Worker(i + 1);
        }
    }

    /** Returns how many threads the pool has. */
    int count() {
        return workers.length;
    }

    /** Returns how many threads run at this moment. */
    int alive() {
        int alive = 0;
        for (Worker worker : workers) {
            alive += worker.thread.isAlive() ? 1 : 0;
        }
        return alive;
    }

    /** Returns whether workers may access that memory: not if it is confined to one thread. */
    boolean canAccess(MemorySegment memory) {
        return memory.isAccessibleBy(workers[0].thread);
    }

    /** Processes a batch; returns when all its parts are done. Any thread may call this. */
    void run(ParallelBatch batch, int parts) {
        if (!running) {
            start();
        }
        batch.publish(parts);
        int place = post(batch);
        if (place >= 0) {
            wake(parts - 1);
        }
        while (batch.takePart()) {}
        batch.awaitParts();
        if (place >= 0) {
            posted.set(place, null);
        }
    }

    private synchronized void start() {
        if (!started) {
            started = true;
            for (Worker worker : workers) {
                worker.thread.start();
            }
            running = true;
        }
    }

    /** Returns the place of the batch, or -1 if all places are taken. */
    private int post(ParallelBatch batch) {
        for (int place = 0; place < PLACES; place++) {
            if (posted.get(place) == null && posted.compareAndSet(place, null, batch)) {
                return place;
            }
        }
        return -1;
    }

    /** Wakes workers in a fixed order, so that the last ones stay parked if the first suffice. */
    private void wake(int wanted) {
        int left = wanted;
        for (int i = 0; i < workers.length && left > 0; i++) {
            if (workers[i].wake()) {
                left--;
            }
        }
    }

    /** Takes parts of all posted batches; returns whether there were any. */
    private boolean help(AtomicInteger state) {
        boolean helped = false;
        for (int place = 0; place < PLACES; place++) {
            ParallelBatch batch = posted.get(place);
            if (batch != null && batch.hasPartsLeft()) {
                state.set(BUSY);
                while (batch.takePart()) {
                    helped = true;
                }
                state.set(SPINNING);
            }
        }
        return helped;
    }

    private final class Worker implements Runnable {
        final Thread thread;
        private final AtomicInteger state = new AtomicInteger(SPINNING);

        Worker(int number) {
            thread = Thread.ofPlatform().name("wgj-worker-" + number).daemon().unstarted(this);
        }

        @Override
        public void run() {
            while (true) {
                long sinceNs = System.nanoTime();
                while (System.nanoTime() - sinceNs < SPINNING_NS) {
                    if (help(state)) {
                        sinceNs = System.nanoTime();
                    } else {
                        Thread.onSpinWait();
                    }
                }
                // A caller posts its batch and then reads the state; a worker sets its state and
                // then reads the posted batches. So one of the two sees the other.
                state.set(PARKED);
                if (!help(state)) {
                    while (state.get() == PARKED) {
                        LockSupport.park(WorkerPool.this);
                    }
                }
            }
        }

        /** Wakes this worker for a batch that was posted; returns false if it is busy. */
        boolean wake() {
            if (state.compareAndSet(PARKED, SPINNING)) {
                LockSupport.unpark(thread);
                return true;
            }
            return state.get() == SPINNING;
        }
    }
}
