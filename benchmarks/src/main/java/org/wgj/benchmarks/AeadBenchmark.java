// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * Question: what do sealing and opening a packet cost, alone and in a batch? Scores are of a whole
 * batch.
 *
 * <p>Expectation: 400 ns a packet of 1,440 bytes and 80 ns one of 64 bytes in batches, less than
 * OpenSSL in the same run, and nothing allocated. "copy" copies each packet instead, to subtract;
 * opening goes to another place, so that the sealed packets last.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class AeadBenchmark {
    private static final int TAG_LENGTH = TransportKey.TAG_LENGTH;

    @Param({
        "vector512",
        "vector256",
        "vector128",
        "scalar",
        "stream",
        "cipher",
        "bouncycastle",
        "copy"
    })
    String engine;

    @Param({"64", "256", "576", "1440"})
    int length;

    @Param({"1", "16", "64"})
    int batch;

    private TransportKey key;
    private MemorySegment plain;
    private MemorySegment sealed;
    private MemorySegment target;
    private int[] offsets;
    private PacketLayout toSeal;
    private PacketLayout toOpen;
    private long[] counters;
    private boolean[] opened;

    private final ChaCha20Poly1305 bouncyCastle = new ChaCha20Poly1305();
    private final KeyParameter bouncyCastleKey = new KeyParameter(new byte[32]);
    private final byte[] in = new byte[2_048];
    private final byte[] out = new byte[2_048];
    private long counter;

    @Setup(Level.Trial)
    public void setUp() {
        if (!isOther()) {
            System.setProperty("wgj.aead", engine);
            System.setProperty("wgj.workers", "0"); // of one core
            key = TransportAead.best().key(new byte[32]);
        }
        int room = length + 2 * TAG_LENGTH + 16;
        Arena arena = Arena.ofAuto();
        plain = arena.allocate((long) room * batch);
        sealed = arena.allocate((long) room * batch);
        target = arena.allocate((long) room * batch);
        offsets = new int[batch];
        int[] lengths = new int[batch];
        int[] sealedLengths = new int[batch];
        counters = new long[batch];
        opened = new boolean[batch];
        for (int i = 0; i < batch; i++) {
            offsets[i] = i * room + 16;
            lengths[i] = length;
            sealedLengths[i] = length + TAG_LENGTH;
            counters[i] = i;
        }
        toOpen = new PacketLayout(sealed, offsets, sealedLengths, target, offsets);
        toSeal = new PacketLayout(plain, offsets, lengths, sealed, offsets);
        seal(0, sealed);
        toSeal = new PacketLayout(plain, offsets, lengths, target, offsets);
        counter = batch;
    }

    private boolean isOther() {
        return engine.equals("copy") || engine.equals("bouncycastle");
    }

    @Benchmark
    public MemorySegment seal() {
        seal(counter, target);
        counter += batch;
        return target;
    }

    private void seal(long first, MemorySegment to) {
        if (!isOther()) {
            key.seal(first, toSeal, 0, batch);
            return;
        }
        for (int i = 0; i < batch; i++) {
            other(true, first + i, plain, to, i, length);
        }
    }

    @Benchmark
    public MemorySegment open() {
        if (!isOther()) {
            int authentic = key.open(counters, toOpen, 0, batch, opened);
            if (authentic != batch) {
                throw new AssertionError("refused");
            }
            return target;
        }
        for (int i = 0; i < batch; i++) {
            other(false, i, sealed, target, i, length + TAG_LENGTH);
        }
        return target;
    }

    private void other(
            boolean sealing,
            long nonce,
            MemorySegment from,
            MemorySegment to,
            int packet,
            int inLength) {
        int offset = offsets[packet];
        if (engine.equals("copy")) {
            MemorySegment.copy(from, offset, to, offset, inLength);
            return;
        }
        byte[] iv = new byte[12];
        for (int i = 0; i < 8; i++) {
            iv[4 + i] = (byte) (nonce >>> 8 * i);
        }
        try {
            MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, in, 0, inLength);
            bouncyCastle.init(sealing, new ParametersWithIV(bouncyCastleKey, iv));
            int done = bouncyCastle.processBytes(in, 0, inLength, out, 0);
            done += bouncyCastle.doFinal(out, done);
            MemorySegment.copy(out, 0, to, ValueLayout.JAVA_BYTE, offset, done);
        } catch (InvalidCipherTextException e) {
            throw new AssertionError(e);
        }
    }
}
