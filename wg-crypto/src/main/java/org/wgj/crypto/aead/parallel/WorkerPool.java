// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that help whoever has a large batch, shared by all tunnels of the JVM and made when the
 * first such batch comes. Whoever calls posts the batch, wakes as many as there is work for, takes
 * parts like everybody, and takes the batch down when the last part is done. So nobody depends on a
 * worker being there: a worker that is late finds nothing left.
 *
 * <pre>
 *   BUSY <---- a batch with parts left ----> LOOKING --nothing for a while--> PARKED
 *                                               ^---------- called on -----------'
 * </pre>
 *
 * A worker looks for a while before it parks, because under load the next batch comes after what
 * the kernel takes to send the last one, some 50 µs, and to wake a thread takes as long. Without
 * traffic all are parked and cost nothing.
 */
public final class WorkerPool {
    private static final long LOOKING_NS = 100_000;

    /** Batches at one time; one that finds no place is its caller's alone. */
    private static final int PLACES = 16;

    private static final int BUSY = 0;
    private static final int LOOKING = 1;
    private static final int PARKED = 2;

    private final AtomicReferenceArray<ParallelBatch> board = new AtomicReferenceArray<>(PLACES);
    private final Worker[] workers;
    private boolean started; // guarded by this
    private volatile boolean running;

    /**
     * @param count at least 1
     */
    public WorkerPool(int count) {
        workers = new Worker[count];
        for (int i = 0; i < count; i++) {
            workers[i] = new Worker(i + 1);
        }
    }

    int count() {
        return workers.length;
    }

    /** How many threads there are at this moment. */
    int alive() {
        int alive = 0;
        for (Worker worker : workers) {
            alive += worker.thread.isAlive() ? 1 : 0;
        }
        return alive;
    }

    /** Whether a worker may touch that memory: not if it is confined to the caller's thread. */
    boolean mayUse(MemorySegment memory) {
        return memory.isAccessibleBy(workers[0].thread);
    }

    /** Any thread. Returns when all parts of the batch are done. */
    void run(ParallelBatch batch, int parts) {
        if (!running) {
            start();
        }
        batch.publish(parts);
        int place = post(batch);
        if (place >= 0) {
            callOn(parts - 1);
        }
        while (batch.takePart()) {}
        batch.awaitParts();
        if (place >= 0) {
            board.set(place, null);
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

    private int post(ParallelBatch batch) {
        for (int place = 0; place < PLACES; place++) {
            if (board.get(place) == null && board.compareAndSet(place, null, batch)) {
                return place;
            }
        }
        return -1;
    }

    /** The first ones first, so that the others sleep as long as these are enough. */
    private void callOn(int wanted) {
        int left = wanted;
        for (int i = 0; i < workers.length && left > 0; i++) {
            if (workers[i].comes()) {
                left--;
            }
        }
    }

    /** True if there was something to do. */
    private boolean help(AtomicInteger state) {
        boolean helped = false;
        for (int place = 0; place < PLACES; place++) {
            ParallelBatch batch = board.get(place);
            if (batch != null && batch.hasPartsLeft()) {
                state.set(BUSY);
                while (batch.takePart()) {
                    helped = true;
                }
                state.set(LOOKING);
            }
        }
        return helped;
    }

    private final class Worker implements Runnable {
        final Thread thread;
        private final AtomicInteger state = new AtomicInteger(LOOKING);

        Worker(int number) {
            thread = Thread.ofPlatform().name("wgj-worker-" + number).daemon().unstarted(this);
        }

        @Override
        public void run() {
            while (true) {
                long sinceNs = System.nanoTime();
                while (System.nanoTime() - sinceNs < LOOKING_NS) {
                    if (help(state)) {
                        sinceNs = System.nanoTime();
                    } else {
                        Thread.onSpinWait();
                    }
                }
                // Who posts a batch looks at the state afterwards; who parks looks at the board
                // afterwards. One of the two sees the other.
                state.set(PARKED);
                if (!help(state)) {
                    while (state.get() == PARKED) {
                        LockSupport.park(WorkerPool.this);
                    }
                }
            }
        }

        /** By the thread that posted a batch: false if this worker has its hands full. */
        boolean comes() {
            if (state.compareAndSet(PARKED, LOOKING)) {
                LockSupport.unpark(thread);
                return true;
            }
            return state.get() == LOOKING;
        }
    }
}
