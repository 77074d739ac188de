// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.parallel.ParallelBatch;

import java.util.Arrays;

/**
 * Two calls use one batch object, with different arguments, while a worker that may still hold the
 * object from the first call takes the parts that it finds. In each call every packet is processed
 * once, with the arguments of that call, and the caller sees everything that the worker wrote.
 */
@JCStressTest
@Outcome(id = "4, 4", expect = Expect.ACCEPTABLE, desc = "four packets in each call, each once")
@Outcome(expect = Expect.FORBIDDEN, desc = "a part was lost, done twice or not visible")
@State
public class ParallelBatchStress {
    private static final int PACKETS = 4;

    private final ParallelBatch batch = new ParallelBatch(1);
    private final int[] lengths = new int[PACKETS];

    /** Called by jcstress. */
    public ParallelBatchStress() {
        Arrays.fill(lengths, ParallelBatch.PART_WEIGHT);
    }

    /** The tunnel's thread. */
    @Actor
    public void call(II_Result result) {
        result.r1 = callOnce();
        result.r2 = callOnce();
    }

    private int callOnce() {
        int parts = batch.cut(lengths, 0, PACKETS);
        boolean[] opened = new boolean[PACKETS];
        int[] work = new int[PACKETS];
        batch.open(new Marks(work), null, null, opened);
        batch.publish(parts);
        while (batch.takePart()) {}
        batch.awaitParts();
        int authentic = batch.finish(parts);
        for (int i = 0; i < PACKETS; i++) {
            if (!opened[i] || work[i] != 1) {
                return -1;
            }
        }
        return authentic;
    }

    /** A worker that tries again and again, for about as long as two calls take. */
    @Actor
    public void help() {
        for (int i = 0; i < 8; i++) {
            batch.takePart();
        }
    }

    /** Counts packets instead of opening them, without synchronising the threads itself. */
    private record Marks(int[] work) implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            throw new IllegalStateException("the batch must open, not seal");
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            for (int i = first; i < first + count; i++) {
                work[i]++;
                opened[i] = true;
            }
            return count;
        }

        @Override
        public void wipe() {}
    }
}
