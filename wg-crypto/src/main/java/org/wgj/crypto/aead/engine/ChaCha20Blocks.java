// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The ChaCha20 block function (RFC 8439, 2.3) for several blocks at once, a block in each lane,
 * each with its own counter and nonce. Implementations are stateless.
 */
interface ChaCha20Blocks {
    /** The first word of "expand 32-byte k", little-endian; the other words follow. */
    int CONSTANT_0 = 0x61707865;

    int CONSTANT_1 = 0x3320646e;
    int CONSTANT_2 = 0x79622d32;
    int CONSTANT_3 = 0x6b206574;

    ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Returns how many blocks a call generates. */
    int lanes();

    /**
     * Assigns consecutive blocks of one packet to lanes. Always writes as many entries as there are
     * lanes, so the arrays need room for twice as many; the caller assigns the lanes that follow
     * this packet's afterwards.
     *
     * @param counters word 12 of each block; word 13 is zero in all of WireGuard's nonces
     * @param low word 14 of each block
     * @param high word 15 of each block
     * @param lane the first lane to assign
     * @param block the number of the first block
     * @param nonce the counter of the packet; its lower half goes to word 14, its upper to word 15
     */
    void assignLanes(int[] counters, int[] low, int[] high, int lane, int block, long nonce);

    /**
     * Generates a block in each lane.
     *
     * @param key 8 words
     * @param counters for each lane, as assignLanes sets them
     * @param low for each lane, as assignLanes sets them
     * @param high for each lane, as assignLanes sets them
     * @param keystream receives 16 words of each block, one block after the other
     */
    void generate(int[] key, int[] counters, int[] low, int[] high, int[] keystream);

    /**
     * Sets target to source XOR keystream.
     *
     * @param from the first word of the keystream
     * @param length in bytes; only a part of the last word may be used
     */
    void xor(
            int[] keystream,
            int from,
            MemorySegment source,
            long sourceOffset,
            MemorySegment target,
            long targetOffset,
            int length);

    /** Does the same as xor in steps of 8 bytes, then one step of 4 and single bytes. */
    static void xorTail(
            int[] keystream,
            int from,
            MemorySegment source,
            long sourceOffset,
            MemorySegment target,
            long targetOffset,
            int length) {
        int at = 0;
        for (; at <= length - 8; at += 8) {
            int word = from + at / 4;
            long key = keystream[word] & 0xffff_ffffL | (long) keystream[word + 1] << 32;
            target.set(LONG, targetOffset + at, source.get(LONG, sourceOffset + at) ^ key);
        }
        if (at <= length - 4) {
            int word = source.get(INT, sourceOffset + at) ^ keystream[from + at / 4];
            target.set(INT, targetOffset + at, word);
            at += 4;
        }
        for (; at < length; at++) {
            int key = keystream[from + at / 4] >>> 8 * (at % 4);
            byte plain = source.get(ValueLayout.JAVA_BYTE, sourceOffset + at);
            target.set(ValueLayout.JAVA_BYTE, targetOffset + at, (byte) (plain ^ key));
        }
    }
}
