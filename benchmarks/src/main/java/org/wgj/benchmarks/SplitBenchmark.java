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
import org.wgj.tun.offload.Splitter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does a packet cost that is cut from a superpacket, which the kernel would
 * otherwise have cut and given a checksum? Scores are of one packet.
 *
 * <p>Expectation: copying and summing, so twice the time of copying alone, and some 20 ns for the
 * header; nothing allocated. "copy" moves the same bytes to the same places, to subtract.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class SplitBenchmark {
    /** As many as fit into 64 KiB in full size. */
    private static final int PACKETS = 40;

    private static final int SPACE = 2_048;

    @Param({"tcp4", "tcp6", "udp4", "udp6"})
    String flow;

    /** Bytes of payload of each packet. */
    @Param({"64", "536", "1380"})
    int payload;

    private final Splitter splitter = new Splitter();
    private final MemorySegment slab = Arena.ofAuto().allocate(PACKETS * SPACE, 64);
    private int readLength;
    private int packetLength;

    @Setup
    public void setUp() {
        readLength = SampleSuperpacket.write(splitter.buffer(), flow, 0, payload, PACKETS);
        packetLength = split() / PACKETS;
        if (splitter.dropped() != 0 || packetLength <= payload) {
            throw new AssertionError("the superpacket was dropped");
        }
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int split() {
        splitter.accept(readLength);
        int bytes = 0;
        for (long offset = 0; splitter.hasNext(); offset += SPACE) {
            bytes += splitter.next(slab, offset);
        }
        return bytes;
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public MemorySegment copy() {
        for (int i = 0; i < PACKETS; i++) {
            long from = (long) i * payload;
            MemorySegment.copy(splitter.buffer(), from, slab, (long) i * SPACE, packetLength);
        }
        return slab;
    }
}
