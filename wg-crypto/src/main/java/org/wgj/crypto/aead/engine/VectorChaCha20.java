// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static jdk.incubator.vector.VectorOperators.ROL;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

/**
 * ChaCha20 (RFC 8439, 2.3) on the Vector API, with as many blocks side by side as a vector has
 * ints: vector i holds word i of every block. So the rounds need no shuffle, and the blocks may
 * belong to any packets; only their counters and nonces differ. The price is a transposition at the
 * end.
 *
 * <p>The sixteen words are local variables, and everything is written out in one method, so that
 * the compiler keeps them in registers. A vector becomes an object if a method that is too large to
 * inline returns it, or if it is stored in an array.
 *
 * <p>A {@link VectorWidth} template. Stateless.
 */
final class VectorChaCha20 implements ChaCha20Blocks {
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorWidth.of(MethodHandles.lookup()));

    /** For the rest of a packet, which is mostly a multiple of 16 bytes because of padding. */
    private static final VectorSpecies<Integer> INTS_128 = IntVector.SPECIES_128;

    private static final int LANES = INTS.length();

    /** Interleave a and b to a0 b0 a1 b1 and so on: the first half, then the second half. */
    private static final IntVector ZIP_LOW = zip(0);

    private static final IntVector ZIP_HIGH = zip(LANES / 2);

    private static final IntVector FROM_ZERO = IntVector.zero(INTS).addIndex(1);

    private static IntVector zip(int from) {
        int[] lanes = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = from + i / 2 + i % 2 * LANES;
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void assignLanes(
            int[] counters, int[] low, int[] high, int lane, int block, long nonce) {
        FROM_ZERO.add(block).intoArray(counters, lane);
        IntVector.broadcast(INTS, (int) nonce).intoArray(low, lane);
        IntVector.broadcast(INTS, (int) (nonce >>> 32)).intoArray(high, lane);
    }

    @Override
    public void generate(int[] key, int[] counters, int[] low, int[] high, int[] keystream) {
        IntVector counter = IntVector.fromArray(INTS, counters, 0);
        IntVector nonceLow = IntVector.fromArray(INTS, low, 0);
        IntVector nonceHigh = IntVector.fromArray(INTS, high, 0);
        IntVector x0 = IntVector.broadcast(INTS, CONSTANT_0);
        IntVector x1 = IntVector.broadcast(INTS, CONSTANT_1);
        IntVector x2 = IntVector.broadcast(INTS, CONSTANT_2);
        IntVector x3 = IntVector.broadcast(INTS, CONSTANT_3);
        IntVector x4 = IntVector.broadcast(INTS, key[0]);
        IntVector x5 = IntVector.broadcast(INTS, key[1]);
        IntVector x6 = IntVector.broadcast(INTS, key[2]);
        IntVector x7 = IntVector.broadcast(INTS, key[3]);
        IntVector x8 = IntVector.broadcast(INTS, key[4]);
        IntVector x9 = IntVector.broadcast(INTS, key[5]);
        IntVector x10 = IntVector.broadcast(INTS, key[6]);
        IntVector x11 = IntVector.broadcast(INTS, key[7]);
        IntVector x12 = counter;
        IntVector x13 = IntVector.zero(INTS);
        IntVector x14 = nonceLow;
        IntVector x15 = nonceHigh;
        for (int round = 0; round < 20; round += 2) {
            x0 = x0.add(x4);
            x1 = x1.add(x5);
            x2 = x2.add(x6);
            x3 = x3.add(x7);
            x12 = x12.lanewise(XOR, x0).lanewise(ROL, 16);
            x13 = x13.lanewise(XOR, x1).lanewise(ROL, 16);
            x14 = x14.lanewise(XOR, x2).lanewise(ROL, 16);
            x15 = x15.lanewise(XOR, x3).lanewise(ROL, 16);
            x8 = x8.add(x12);
            x9 = x9.add(x13);
            x10 = x10.add(x14);
            x11 = x11.add(x15);
            x4 = x4.lanewise(XOR, x8).lanewise(ROL, 12);
            x5 = x5.lanewise(XOR, x9).lanewise(ROL, 12);
            x6 = x6.lanewise(XOR, x10).lanewise(ROL, 12);
            x7 = x7.lanewise(XOR, x11).lanewise(ROL, 12);
            x0 = x0.add(x4);
            x1 = x1.add(x5);
            x2 = x2.add(x6);
            x3 = x3.add(x7);
            x12 = x12.lanewise(XOR, x0).lanewise(ROL, 8);
            x13 = x13.lanewise(XOR, x1).lanewise(ROL, 8);
            x14 = x14.lanewise(XOR, x2).lanewise(ROL, 8);
            x15 = x15.lanewise(XOR, x3).lanewise(ROL, 8);
            x8 = x8.add(x12);
            x9 = x9.add(x13);
            x10 = x10.add(x14);
            x11 = x11.add(x15);
            x4 = x4.lanewise(XOR, x8).lanewise(ROL, 7);
            x5 = x5.lanewise(XOR, x9).lanewise(ROL, 7);
            x6 = x6.lanewise(XOR, x10).lanewise(ROL, 7);
            x7 = x7.lanewise(XOR, x11).lanewise(ROL, 7);

            x0 = x0.add(x5);
            x1 = x1.add(x6);
            x2 = x2.add(x7);
            x3 = x3.add(x4);
            x15 = x15.lanewise(XOR, x0).lanewise(ROL, 16);
            x12 = x12.lanewise(XOR, x1).lanewise(ROL, 16);
            x13 = x13.lanewise(XOR, x2).lanewise(ROL, 16);
            x14 = x14.lanewise(XOR, x3).lanewise(ROL, 16);
            x10 = x10.add(x15);
            x11 = x11.add(x12);
            x8 = x8.add(x13);
            x9 = x9.add(x14);
            x5 = x5.lanewise(XOR, x10).lanewise(ROL, 12);
            x6 = x6.lanewise(XOR, x11).lanewise(ROL, 12);
            x7 = x7.lanewise(XOR, x8).lanewise(ROL, 12);
            x4 = x4.lanewise(XOR, x9).lanewise(ROL, 12);
            x0 = x0.add(x5);
            x1 = x1.add(x6);
            x2 = x2.add(x7);
            x3 = x3.add(x4);
            x15 = x15.lanewise(XOR, x0).lanewise(ROL, 8);
            x12 = x12.lanewise(XOR, x1).lanewise(ROL, 8);
            x13 = x13.lanewise(XOR, x2).lanewise(ROL, 8);
            x14 = x14.lanewise(XOR, x3).lanewise(ROL, 8);
            x10 = x10.add(x15);
            x11 = x11.add(x12);
            x8 = x8.add(x13);
            x9 = x9.add(x14);
            x5 = x5.lanewise(XOR, x10).lanewise(ROL, 7);
            x6 = x6.lanewise(XOR, x11).lanewise(ROL, 7);
            x7 = x7.lanewise(XOR, x8).lanewise(ROL, 7);
            x4 = x4.lanewise(XOR, x9).lanewise(ROL, 7);
        }
        x0 = x0.add(CONSTANT_0);
        x1 = x1.add(CONSTANT_1);
        x2 = x2.add(CONSTANT_2);
        x3 = x3.add(CONSTANT_3);
        x4 = x4.add(key[0]);
        x5 = x5.add(key[1]);
        x6 = x6.add(key[2]);
        x7 = x7.add(key[3]);
        x8 = x8.add(key[4]);
        x9 = x9.add(key[5]);
        x10 = x10.add(key[6]);
        x11 = x11.add(key[7]);
        x12 = x12.add(counter);
        x14 = x14.add(nonceLow);
        x15 = x15.add(nonceHigh);

        // The transposition. A word's address is word * LANES + block. Interleaving the vectors i
        // and i + 8 into 2i and 2i + 1 moves the topmost bit of the address to the bottom. After
        // four such steps the address is block * 16 + word, for every number of lanes.
        IntVector y0 = ZIP_LOW.selectFrom(x0, x8);
        IntVector y1 = ZIP_HIGH.selectFrom(x0, x8);
        IntVector y2 = ZIP_LOW.selectFrom(x1, x9);
        IntVector y3 = ZIP_HIGH.selectFrom(x1, x9);
        IntVector y4 = ZIP_LOW.selectFrom(x2, x10);
        IntVector y5 = ZIP_HIGH.selectFrom(x2, x10);
        IntVector y6 = ZIP_LOW.selectFrom(x3, x11);
        IntVector y7 = ZIP_HIGH.selectFrom(x3, x11);
        IntVector y8 = ZIP_LOW.selectFrom(x4, x12);
        IntVector y9 = ZIP_HIGH.selectFrom(x4, x12);
        IntVector y10 = ZIP_LOW.selectFrom(x5, x13);
        IntVector y11 = ZIP_HIGH.selectFrom(x5, x13);
        IntVector y12 = ZIP_LOW.selectFrom(x6, x14);
        IntVector y13 = ZIP_HIGH.selectFrom(x6, x14);
        IntVector y14 = ZIP_LOW.selectFrom(x7, x15);
        IntVector y15 = ZIP_HIGH.selectFrom(x7, x15);
        x0 = ZIP_LOW.selectFrom(y0, y8);
        x1 = ZIP_HIGH.selectFrom(y0, y8);
        x2 = ZIP_LOW.selectFrom(y1, y9);
        x3 = ZIP_HIGH.selectFrom(y1, y9);
        x4 = ZIP_LOW.selectFrom(y2, y10);
        x5 = ZIP_HIGH.selectFrom(y2, y10);
        x6 = ZIP_LOW.selectFrom(y3, y11);
        x7 = ZIP_HIGH.selectFrom(y3, y11);
        x8 = ZIP_LOW.selectFrom(y4, y12);
        x9 = ZIP_HIGH.selectFrom(y4, y12);
        x10 = ZIP_LOW.selectFrom(y5, y13);
        x11 = ZIP_HIGH.selectFrom(y5, y13);
        x12 = ZIP_LOW.selectFrom(y6, y14);
        x13 = ZIP_HIGH.selectFrom(y6, y14);
        x14 = ZIP_LOW.selectFrom(y7, y15);
        x15 = ZIP_HIGH.selectFrom(y7, y15);
        y0 = ZIP_LOW.selectFrom(x0, x8);
        y1 = ZIP_HIGH.selectFrom(x0, x8);
        y2 = ZIP_LOW.selectFrom(x1, x9);
        y3 = ZIP_HIGH.selectFrom(x1, x9);
        y4 = ZIP_LOW.selectFrom(x2, x10);
        y5 = ZIP_HIGH.selectFrom(x2, x10);
        y6 = ZIP_LOW.selectFrom(x3, x11);
        y7 = ZIP_HIGH.selectFrom(x3, x11);
        y8 = ZIP_LOW.selectFrom(x4, x12);
        y9 = ZIP_HIGH.selectFrom(x4, x12);
        y10 = ZIP_LOW.selectFrom(x5, x13);
        y11 = ZIP_HIGH.selectFrom(x5, x13);
        y12 = ZIP_LOW.selectFrom(x6, x14);
        y13 = ZIP_HIGH.selectFrom(x6, x14);
        y14 = ZIP_LOW.selectFrom(x7, x15);
        y15 = ZIP_HIGH.selectFrom(x7, x15);
        x0 = ZIP_LOW.selectFrom(y0, y8);
        x1 = ZIP_HIGH.selectFrom(y0, y8);
        x2 = ZIP_LOW.selectFrom(y1, y9);
        x3 = ZIP_HIGH.selectFrom(y1, y9);
        x4 = ZIP_LOW.selectFrom(y2, y10);
        x5 = ZIP_HIGH.selectFrom(y2, y10);
        x6 = ZIP_LOW.selectFrom(y3, y11);
        x7 = ZIP_HIGH.selectFrom(y3, y11);
        x8 = ZIP_LOW.selectFrom(y4, y12);
        x9 = ZIP_HIGH.selectFrom(y4, y12);
        x10 = ZIP_LOW.selectFrom(y5, y13);
        x11 = ZIP_HIGH.selectFrom(y5, y13);
        x12 = ZIP_LOW.selectFrom(y6, y14);
        x13 = ZIP_HIGH.selectFrom(y6, y14);
        x14 = ZIP_LOW.selectFrom(y7, y15);
        x15 = ZIP_HIGH.selectFrom(y7, y15);
        x0.intoArray(keystream, 0 * LANES);
        x1.intoArray(keystream, 1 * LANES);
        x2.intoArray(keystream, 2 * LANES);
        x3.intoArray(keystream, 3 * LANES);
        x4.intoArray(keystream, 4 * LANES);
        x5.intoArray(keystream, 5 * LANES);
        x6.intoArray(keystream, 6 * LANES);
        x7.intoArray(keystream, 7 * LANES);
        x8.intoArray(keystream, 8 * LANES);
        x9.intoArray(keystream, 9 * LANES);
        x10.intoArray(keystream, 10 * LANES);
        x11.intoArray(keystream, 11 * LANES);
        x12.intoArray(keystream, 12 * LANES);
        x13.intoArray(keystream, 13 * LANES);
        x14.intoArray(keystream, 14 * LANES);
        x15.intoArray(keystream, 15 * LANES);
    }

    @Override
    public void xor(
            int[] keystream,
            int from,
            MemorySegment source,
            long sourceOffset,
            MemorySegment target,
            long targetOffset,
            int length) {
        // The loop counts vectors and keeps the positions separately. From a loop that counts bytes
        // the compiler makes two loops with checks before each, which cost as much as the work.
        int vectors = length / (4 * LANES);
        long s = sourceOffset;
        long t = targetOffset;
        int k = from;
        for (int i = 0; i < vectors; i++) {
            IntVector.fromMemorySegment(INTS, source, s, ByteOrder.LITTLE_ENDIAN)
                    .lanewise(XOR, IntVector.fromArray(INTS, keystream, k))
                    .intoMemorySegment(target, t, ByteOrder.LITTLE_ENDIAN);
            s += 4 * LANES;
            t += 4 * LANES;
            k += LANES;
        }
        int at = 4 * LANES * vectors;
        for (; at <= length - 16; at += 16) {
            IntVector.fromMemorySegment(
                            INTS_128, source, sourceOffset + at, ByteOrder.LITTLE_ENDIAN)
                    .lanewise(XOR, IntVector.fromArray(INTS_128, keystream, from + at / 4))
                    .intoMemorySegment(target, targetOffset + at, ByteOrder.LITTLE_ENDIAN);
        }
        if (at < length) {
            ChaCha20Blocks.xorTail(
                    keystream,
                    from + at / 4,
                    source,
                    sourceOffset + at,
                    target,
                    targetOffset + at,
                    length - at);
        }
    }
}
