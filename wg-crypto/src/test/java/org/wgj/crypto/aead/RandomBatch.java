// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.primitive.ChaCha20Poly1305;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/**
 * A batch of packets at random places in memory filled with 0xa5. There are gaps of any size
 * between the packets, the targets are in another order or in place, and the arrays are longer than
 * the batch on both sides.
 */
final class RandomBatch {
    private static final int TAG_LENGTH = 16;

    final byte[] key = new byte[32];
    final int first;
    final int count;
    final byte[][] plaintexts;
    final boolean[] forged;
    final long[] counters;
    long firstCounter;

    /** Set by layOut. */
    final int[] lengths;

    final int[] sourceOffsets;
    final int[] targetOffsets;
    boolean inPlace;
    MemorySegment source;
    MemorySegment target;

    private final Random random;

    private RandomBatch(Random random, int[] plaintextLengths) {
        this.random = random;
        first = random.nextInt(4);
        count = plaintextLengths.length;
        int arrayLength = first + count + random.nextInt(4);
        plaintexts = new byte[count][];
        forged = new boolean[count];
        counters = random.longs(arrayLength).toArray();
        firstCounter = random.nextLong();
        lengths = junk(arrayLength);
        sourceOffsets = junk(arrayLength);
        targetOffsets = junk(arrayLength);
        inPlace = random.nextBoolean();
        random.nextBytes(key);
        for (int k = 0; k < count; k++) {
            plaintexts[k] = new byte[plaintextLengths[k]];
            random.nextBytes(plaintexts[k]);
            forged[k] = random.nextInt(4) == 0;
        }
    }

    static RandomBatch of(Random random, int[] plaintextLengths) {
        return new RandomBatch(random, plaintextLengths);
    }

    static RandomBatch random(Random random, int maxLength) {
        int[] usual = {0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 256, 1_024, 1_420, 1_440};
        int[] lengths = new int[random.nextInt(70)];
        for (int k = 0; k < lengths.length; k++) {
            lengths[k] =
                    random.nextBoolean()
                            ? usual[random.nextInt(usual.length)]
                            : random.nextInt(maxLength);
        }
        return new RandomBatch(random, lengths);
    }

    /** Returns entries that would cause a failure if they were used. */
    private static int[] junk(int length) {
        int[] junk = new int[length];
        Arrays.fill(junk, -1);
        return junk;
    }

    /** Returns packet k as it is when sealed alone. */
    byte[] sealed(int k, long counter) {
        return ChaCha20Poly1305.seal(key, counter, new byte[0], plaintexts[k]);
    }

    /** Returns the packet with one bit flipped or its end cut off. */
    byte[] forge(byte[] sealed) {
        byte[] wrong = sealed.clone();
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(wrong, random.nextInt(wrong.length));
        }
        int bit = random.nextInt(wrong.length * 8);
        wrong[bit / 8] ^= (byte) (1 << bit % 8);
        return wrong;
    }

    /**
     * Copies packets to places in source, each with room for a tag behind it, and chooses their
     * places in target.
     */
    void layOut(Arena arena, byte[][] packets) {
        int[] order = new int[count];
        int at = random.nextInt(20);
        for (int k = 0; k < count; k++) {
            order[k] = k;
            lengths[first + k] = packets[k].length;
            sourceOffsets[first + k] = at;
            at += packets[k].length + TAG_LENGTH + random.nextInt(20);
        }
        source = arena.allocate(at + 20).fill((byte) 0xa5);
        for (int k = 0; k < count; k++) {
            MemorySegment.copy(
                    packets[k],
                    0,
                    source,
                    ValueLayout.JAVA_BYTE,
                    sourceOffsets[first + k],
                    packets[k].length);
        }
        if (inPlace) {
            target = source;
            System.arraycopy(sourceOffsets, 0, targetOffsets, 0, targetOffsets.length);
            return;
        }
        for (int k = count - 1; k > 0; k--) {
            int other = random.nextInt(k + 1);
            int swapped = order[k];
            order[k] = order[other];
            order[other] = swapped;
        }
        at = random.nextInt(20);
        for (int k : order) {
            targetOffsets[first + k] = at;
            at += packets[k].length + TAG_LENGTH + random.nextInt(20);
        }
        target = arena.allocate(at + 20).fill((byte) 0xa5);
    }

    byte[] sourceImage() {
        return source.toArray(ValueLayout.JAVA_BYTE);
    }

    byte[] targetImage() {
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Writes the expected bytes of packet k into a copy of target. */
    void put(byte[] image, int k, byte[] bytes) {
        System.arraycopy(bytes, 0, image, targetOffsets[first + k], bytes.length);
    }

    /**
     * Returns an array for open to write to; open must leave the true entries outside the batch.
     */
    boolean[] flags() {
        boolean[] flags = new boolean[lengths.length];
        Arrays.fill(flags, true);
        return flags;
    }
}
