// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.wgj.protocol.session.ReplayWindow;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does the replay check add to a received packet, and does reordering hurt?
 *
 * <p>Expectation: a few nanoseconds, two orders of magnitude below opening 1,440 bytes, whatever
 * the order. "counterStream" is the same loop without the window, to subtract.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class ReplayWindowBenchmark {
    /** Fewer than the window holds, so that a second time is a replay and not merely too old. */
    private static final int PACKETS = 4_096;

    /**
     * The number of packets in a row that arrive in any order: 1 is in order, 64 a badly behaved
     * path.
     */
    @Param({"1", "64", "4096"})
    int spread;

    private final ReplayWindow window = new ReplayWindow();
    private final ReplayWindow full = new ReplayWindow();
    private final int[] order = new int[PACKETS];
    private long first;

    @Setup
    public void setUp() {
        Random random = new Random(1);
        for (int i = 0; i < PACKETS; i++) {
            order[i] = i;
        }
        for (int i = 0; i < PACKETS; i++) {
            int end = i - i % spread + spread;
            int other = random.nextInt(i, end);
            int counter = order[i];
            order[i] = order[other];
            order[other] = counter;
        }
        if (accepted(full, 0) != PACKETS || accepted(full, 0) != 0) {
            throw new AssertionError("the window takes what it should not, or not what it should");
        }
    }

    private int accepted(ReplayWindow window, long first) {
        int accepted = 0;
        for (int i = 0; i < PACKETS; i++) {
            if (window.accept(first + order[i])) {
                accepted++;
            }
        }
        return accepted;
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int accept() {
        first += PACKETS;
        return accepted(window, first);
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int refuse() {
        return accepted(full, 0);
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int counterStream() {
        first += PACKETS;
        int odd = 0;
        for (int i = 0; i < PACKETS; i++) {
            if ((first + order[i] & 1) != 0) {
                odd++;
            }
        }
        return odd;
    }
}
