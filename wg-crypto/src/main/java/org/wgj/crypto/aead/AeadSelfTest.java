// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.primitive.ChaCha20Poly1305;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Checks and times an engine: each round seals and opens a fixed batch and compares every answer.
 *
 * <p>The batch has long and short packets, empty ones and odd lengths. A round seals it, opens it
 * with one packet forged, and does the same with the first packet alone, so that many rounds get
 * the whole engine compiled.
 */
final class AeadSelfTest {
    /** The result of a round that failed. */
    static final long FAILED = Long.MAX_VALUE;

    private static final int[] LENGTHS = {
        1_440, 1_440, 1_440, 1_440, 1_440, 1_440, 1_440, 1_440, 64, 64, 64, 64, 64, 64, 64, 64, 0,
        1, 16, 1_000, 100, 577, 1_440, 1_429
    };

    private static final int FORGED = 9;
    private static final long FIRST_COUNTER = 0x0102_0304_fffffff0L;
    private static final int GAP = 32;

    /** The hash of the sealed packets, taken from what the JDK's Cipher produces. */
    static final int KNOWN_ANSWER = 0xe10a039e;

    private final TransportKey key;
    private final MemorySegment memory;
    private final byte[] plaintexts;
    private final PacketLayout toSeal;
    private final PacketLayout toOpen;
    private final int[] offsets = new int[LENGTHS.length];
    private final int[] sealedLengths = new int[LENGTHS.length];
    private final long[] counters = new long[LENGTHS.length];
    private final boolean[] opened = new boolean[LENGTHS.length];
    private long engineNs; // time spent in the engine in this round

    /**
     * Prepares the batch.
     *
     * @param arena owns the memory of the packets, a few kilobytes
     */
    AeadSelfTest(TransportAead engine, Arena arena) {
        byte[] bytes = new byte[ChaCha20Poly1305.KEY_LENGTH];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        key = engine.key(bytes);
        int end = 0;
        for (int i = 0; i < LENGTHS.length; i++) {
            offsets[i] = end;
            sealedLengths[i] = LENGTHS[i] + TransportKey.TAG_LENGTH;
            counters[i] = FIRST_COUNTER + i;
            end += LENGTHS[i] + GAP;
        }
        plaintexts = new byte[end];
        for (int i = 0; i < end; i++) {
            plaintexts[i] = (byte) (i * 7);
        }
        memory = arena.allocate(end);
        toSeal = PacketLayout.inPlace(memory, offsets, LENGTHS);
        toOpen = PacketLayout.inPlace(memory, offsets, sealedLengths);
    }

    /** Returns the nanoseconds that the engine took for one round, or FAILED. */
    long runRound() {
        engineNs = 0;
        try {
            return passes() ? engineNs : FAILED;
        } catch (LinkageError | RuntimeException e) {
            return FAILED; // whatever the fault is, the engine cannot be used
        }
    }

    private boolean passes() {
        return passes(LENGTHS.length, true) && passes(1, false);
    }

    private boolean passes(int count, boolean forge) {
        MemorySegment.copy(plaintexts, 0, memory, ValueLayout.JAVA_BYTE, 0, plaintexts.length);
        long start = System.nanoTime();
        key.seal(FIRST_COUNTER, toSeal, 0, count);
        engineNs += System.nanoTime() - start;
        if (forge && hash() != KNOWN_ANSWER) {
            return false;
        }
        int expected = count;
        byte forged = 0;
        if (forge) {
            forged = memory.get(ValueLayout.JAVA_BYTE, offsets[FORGED]);
            memory.set(ValueLayout.JAVA_BYTE, offsets[FORGED], (byte) (forged ^ 1));
            expected--;
        }
        start = System.nanoTime();
        int authentic = key.open(counters, toOpen, 0, count, opened);
        engineNs += System.nanoTime() - start;
        if (authentic != expected || opened[FORGED] && forge) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (!(forge && i == FORGED) && !isPlaintext(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isPlaintext(int packet) {
        MemorySegment expected = MemorySegment.ofArray(plaintexts);
        int offset = offsets[packet];
        int end = offset + LENGTHS[packet];
        return MemorySegment.mismatch(memory, offset, end, expected, offset, end) < 0;
    }

    private int hash() {
        return Arrays.hashCode(memory.toArray(ValueLayout.JAVA_BYTE));
    }

    /** Returns the hash of the packets as an engine seals them. */
    static int answer(TransportAead engine) {
        try (Arena arena = Arena.ofConfined()) {
            AeadSelfTest test = new AeadSelfTest(engine, arena);
            MemorySegment.copy(
                    test.plaintexts,
                    0,
                    test.memory,
                    ValueLayout.JAVA_BYTE,
                    0,
                    test.plaintexts.length);
            test.key.seal(FIRST_COUNTER, test.toSeal, 0, LENGTHS.length);
            return test.hash();
        }
    }
}
