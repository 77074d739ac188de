// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.lang.foreign.MemorySegment;

/**
 * ChaCha20 (RFC 8439, 2.3) in plain Java, one block after the other. It has two lanes because a
 * packet of up to 64 bytes needs two blocks. Stateless.
 */
final class ScalarChaCha20 implements ChaCha20Blocks {
    private static final int LANES = 2;

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void assignLanes(
            int[] counters, int[] low, int[] high, int lane, int block, long nonce) {
        for (int i = 0; i < LANES; i++) {
            counters[lane + i] = block + i;
            low[lane + i] = (int) nonce;
            high[lane + i] = (int) (nonce >>> 32);
        }
    }

    @Override
    public void generate(int[] key, int[] counters, int[] low, int[] high, int[] keystream) {
        for (int lane = 0; lane < LANES; lane++) {
            block(key, counters[lane], low[lane], high[lane], keystream, 16 * lane);
        }
    }

    private static void block(int[] key, int counter, int low, int high, int[] out, int at) {
        int x0 = CONSTANT_0;
        int x1 = CONSTANT_1;
        int x2 = CONSTANT_2;
        int x3 = CONSTANT_3;
        int x4 = key[0];
        int x5 = key[1];
        int x6 = key[2];
        int x7 = key[3];
        int x8 = key[4];
        int x9 = key[5];
        int x10 = key[6];
        int x11 = key[7];
        int x12 = counter;
        int x13 = 0;
        int x14 = low;
        int x15 = high;
        for (int round = 0; round < 20; round += 2) {
            x0 += x4;
            x1 += x5;
            x2 += x6;
            x3 += x7;
            x12 = Integer.rotateLeft(x12 ^ x0, 16);
            x13 = Integer.rotateLeft(x13 ^ x1, 16);
            x14 = Integer.rotateLeft(x14 ^ x2, 16);
            x15 = Integer.rotateLeft(x15 ^ x3, 16);
            x8 += x12;
            x9 += x13;
            x10 += x14;
            x11 += x15;
            x4 = Integer.rotateLeft(x4 ^ x8, 12);
            x5 = Integer.rotateLeft(x5 ^ x9, 12);
            x6 = Integer.rotateLeft(x6 ^ x10, 12);
            x7 = Integer.rotateLeft(x7 ^ x11, 12);
            x0 += x4;
            x1 += x5;
            x2 += x6;
            x3 += x7;
            x12 = Integer.rotateLeft(x12 ^ x0, 8);
            x13 = Integer.rotateLeft(x13 ^ x1, 8);
            x14 = Integer.rotateLeft(x14 ^ x2, 8);
            x15 = Integer.rotateLeft(x15 ^ x3, 8);
            x8 += x12;
            x9 += x13;
            x10 += x14;
            x11 += x15;
            x4 = Integer.rotateLeft(x4 ^ x8, 7);
            x5 = Integer.rotateLeft(x5 ^ x9, 7);
            x6 = Integer.rotateLeft(x6 ^ x10, 7);
            x7 = Integer.rotateLeft(x7 ^ x11, 7);

            x0 += x5;
            x1 += x6;
            x2 += x7;
            x3 += x4;
            x15 = Integer.rotateLeft(x15 ^ x0, 16);
            x12 = Integer.rotateLeft(x12 ^ x1, 16);
            x13 = Integer.rotateLeft(x13 ^ x2, 16);
            x14 = Integer.rotateLeft(x14 ^ x3, 16);
            x10 += x15;
            x11 += x12;
            x8 += x13;
            x9 += x14;
            x5 = Integer.rotateLeft(x5 ^ x10, 12);
            x6 = Integer.rotateLeft(x6 ^ x11, 12);
            x7 = Integer.rotateLeft(x7 ^ x8, 12);
            x4 = Integer.rotateLeft(x4 ^ x9, 12);
            x0 += x5;
            x1 += x6;
            x2 += x7;
            x3 += x4;
            x15 = Integer.rotateLeft(x15 ^ x0, 8);
            x12 = Integer.rotateLeft(x12 ^ x1, 8);
            x13 = Integer.rotateLeft(x13 ^ x2, 8);
            x14 = Integer.rotateLeft(x14 ^ x3, 8);
            x10 += x15;
            x11 += x12;
            x8 += x13;
            x9 += x14;
            x5 = Integer.rotateLeft(x5 ^ x10, 7);
            x6 = Integer.rotateLeft(x6 ^ x11, 7);
            x7 = Integer.rotateLeft(x7 ^ x8, 7);
            x4 = Integer.rotateLeft(x4 ^ x9, 7);
        }
        out[at] = x0 + CONSTANT_0;
        out[at + 1] = x1 + CONSTANT_1;
        out[at + 2] = x2 + CONSTANT_2;
        out[at + 3] = x3 + CONSTANT_3;
        out[at + 4] = x4 + key[0];
        out[at + 5] = x5 + key[1];
        out[at + 6] = x6 + key[2];
        out[at + 7] = x7 + key[3];
        out[at + 8] = x8 + key[4];
        out[at + 9] = x9 + key[5];
        out[at + 10] = x10 + key[6];
        out[at + 11] = x11 + key[7];
        out[at + 12] = x12 + counter;
        out[at + 13] = x13;
        out[at + 14] = x14 + low;
        out[at + 15] = x15 + high;
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
        ChaCha20Blocks.xorTail(keystream, from, source, sourceOffset, target, targetOffset, length);
    }
}
