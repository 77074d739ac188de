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
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.offload.Coalescer;
import org.wgj.tun.offload.Splitter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does it cost to find the packets that belong together and to verify their
 * checksums, before the kernel takes them in one write? Scores are of one packet.
 *
 * <p>Expectation: one pass over the bytes, so less than the copy of SplitBenchmark, and some 20 ns
 * for the header; several flows taking turns cost a little more; nothing allocated. "alone" is the
 * same with the offloads off, to subtract. The output is discarded, so the figures do not contain
 * the kernel's time, which coalescing saves.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class CoalesceBenchmark {
    private static final int PACKETS = 40;
    private static final int SPACE = 2_048;

    @Param({"tcp4", "tcp6", "udp4", "udp6"})
    String flow;

    /** Bytes of payload of each packet. */
    @Param({"64", "536", "1380"})
    int payload;

    /** The number of flows that take turns. */
    @Param({"1", "8"})
    int flows;

    private final MemorySegment slab = Arena.ofAuto().allocate(PACKETS * SPACE, 64);
    private final int[] offsets = new int[PACKETS];
    private final int[] lengths = new int[PACKETS];
    private final Coalescer coalescer = new Coalescer(this::countWrite, true, true);
    private final Coalescer off = new Coalescer(this::countWrite, false, false);
    private int writes;

    @Setup
    public void setUp() throws ErrnoException {
        Splitter splitter = new Splitter();
        for (int i = 0; i < flows; i++) {
            splitter.accept(
                    SampleSuperpacket.write(splitter.buffer(), flow, i, payload, PACKETS / flows));
            for (int at = i; splitter.hasNext(); at += flows) {
                offsets[at] = at * SPACE;
                lengths[at] = splitter.next(slab, offsets[at]);
            }
        }
        if (coalesce() != PACKETS || writes != flows) {
            throw new AssertionError(writes + " writes for " + flows + " flows");
        }
    }

    private int countWrite(long iovec, int count) {
        writes++;
        return 0;
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int coalesce() throws ErrnoException {
        return coalescer.write(slab, offsets, lengths, 0, PACKETS);
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int alone() throws ErrnoException {
        return off.write(slab, offsets, lengths, 0, PACKETS);
    }
}
