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
 * A batch is shared out twice over, with other arguments the second time, while a worker that may
 * still hold it from the first call takes what it finds: each call has each of its packets worked
 * on once, with its own arguments, and sees all that the worker wrote.
 */
@JCStressTest
@Outcome(id = "4, 4", expect = Expect.ACCEPTABLE, desc = "four packets in each call, each once")
@Outcome(expect = Expect.FORBIDDEN, desc = "a part lost, done twice or not seen")
@State
public class ParallelBatchStress {
    private static final int PACKETS = 4;

    private final ParallelBatch batch = new ParallelBatch(1);
    private final int[] lengths = new int[PACKETS];

    /** Made by jcstress. */
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

    /** A worker that looks again and again, for as long as two calls may take. */
    @Actor
    public void help() {
        for (int i = 0; i < 8; i++) {
            batch.takePart();
        }
    }

    /** Counts in place of opening, without any order of its own between threads. */
    private record Marks(int[] work) implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            throw new IllegalStateException("the call was to open");
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
