// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.model;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.parallel.ParallelAead;
import org.wgj.crypto.aead.parallel.ParallelBatch;
import org.wgj.crypto.aead.parallel.WorkerCount;
import org.wgj.crypto.aead.parallel.WorkerPool;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The figures of the workers that the model of many processors needs. */
public final class WorkerFigures {
    private static final int ROUNDS = 2_001;

    private long firstNs;
    private volatile long secondNs;
    private Thread first; // guarded by this

    private WorkerFigures() {}

    /** Returns how many workers there are without a setting. */
    public static int workers(int processors) {
        return WorkerCount.of(null, processors);
    }

    /** Returns the least number of packets of 1,420 bytes in a part. */
    public static int packetsOfPart() {
        return ParallelBatch.PART_WEIGHT / (1_420 + 64) + 1;
    }

    /**
     * Measures how much later than the caller a spinning worker starts its part: the median over
     * batches of two parts, each of which waits until the other has started. Needs two processors.
     */
    public static double handOffNs() {
        return new WorkerFigures().measure();
    }

    private double measure() {
        MemorySegment memory = Arena.ofAuto().allocate(2);
        int packets = 2 * packetsOfPart();
        int[] offsets = new int[packets];
        int[] lengths = new int[packets];
        Arrays.fill(lengths, 1_420);
        TransportKey key = new ParallelAead(new Meeting(), new WorkerPool(1)).key(new byte[32]);
        PacketLayout layout = PacketLayout.inPlace(memory, offsets, lengths);
        long[] ns = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            synchronized (this) {
                first = null;
            }
            secondNs = 0;
            key.seal(0, layout, 0, packets);
            ns[i] = secondNs - firstNs;
        }
        Arrays.sort(ns);
        return ns[ROUNDS / 2];
    }

    private void meet() {
        long now = System.nanoTime();
        synchronized (this) {
            if (first != null) {
                secondNs = now;
                return;
            }
            first = Thread.currentThread();
            firstNs = now;
        }
        while (secondNs == 0) {
            Thread.onSpinWait();
        }
    }

    private final class Meeting implements TransportAead, TransportKey {
        @Override
        public String name() {
            return "meeting";
        }

        @Override
        public TransportKey key(byte[] key32) {
            return this;
        }

        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            meet();
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void wipe() {}
    }
}
