// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.protocol.PacketBatch;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does the protocol add to the cryptography of a packet that one device seals and
 * another opens? Scores are of a whole batch, both ends, in memory.
 *
 * <p>Expectation: less than 100 ns a packet in long batches, for both ends together, and nothing
 * allocated but by the Cipher. "sealAndOpen" is the cryptography of the same batch alone, to
 * subtract; the rest of a tunnel is the kernel's. The warm-up is long because vectors are slow to
 * be compiled: as long as they allocate they are not.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 3, time = 1)
public class DataPathBenchmark {
    @Param({"vector512", "cipher"})
    String engine;

    @Param({"64", "576", "1440"})
    int length;

    @Param({"1", "16", "64"})
    int batch;

    private TwoDevices devices;
    private PacketBatch packets;

    private TransportKey key;
    private PacketLayout toSeal;
    private PacketLayout toOpen;
    private long[] counters;
    private boolean[] opened;
    private long counter;

    @Setup
    public void setUp() {
        System.setProperty("wgj.aead", engine);
        System.setProperty("wgj.workers", "0"); // of one core
        TransportAead aead = TransportAead.best();
        devices = new TwoDevices(aead, length);
        packets = TwoDevices.packets(length, batch);
        if (devices.shakeHands() != 1) {
            throw new AssertionError("no session came about");
        }
        key = aead.key(new byte[32]);
        PacketBatch bare = TwoDevices.packets(length, batch);
        int[] sealedLengths = new int[batch];
        Arrays.fill(sealedLengths, length + TransportKey.TAG_LENGTH);
        toSeal = PacketLayout.inPlace(bare.slab(), bare.offsets(), bare.lengths());
        toOpen = PacketLayout.inPlace(bare.slab(), bare.offsets(), sealedLengths);
        counters = new long[batch];
        opened = new boolean[batch];
    }

    @Benchmark
    public int packetToPacket() {
        int arrived = devices.carry(packets);
        if (arrived != batch) {
            throw new AssertionError(arrived + " of " + batch + " packets arrived");
        }
        return arrived;
    }

    @Benchmark
    public int sealAndOpen() {
        key.seal(counter, toSeal, 0, batch);
        for (int i = 0; i < batch; i++) {
            counters[i] = counter++;
        }
        int authentic = key.open(counters, toOpen, 0, batch, opened);
        if (authentic != batch) {
            throw new AssertionError("refused");
        }
        return authentic;
    }
}
