// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Several blocks of ChaCha20 (RFC 8439, 2.3) at once, each with a counter and a nonce of its own.
 * Implementations are stateless.
 */
interface ChaCha20Blocks {
    /** "expand 32-byte k", little-endian. */
    int CONSTANT_0 = 0x61707865;

    int CONSTANT_1 = 0x3320646e;
    int CONSTANT_2 = 0x79622d32;
    int CONSTANT_3 = 0x6b206574;

    ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** How many blocks one call makes. */
    int lanes();

    /**
     * Says what the lanes from one on generate: the blocks of one packet, counted upwards. Writes
     * as many lanes as there are, so beyond the last; the caller has room for that, and numbers
     * what follows afterwards.
     *
     * @param counters word 12 of each block; word 13 is zero in all of WireGuard's nonces
     * @param low word 14 of each block
     * @param high word 15 of each block
     * @param block the first
     * @param nonce its lower half goes to word 14
     */
    void number(int[] counters, int[] low, int[] high, int lane, int block, long nonce);

    /**
     * @param key 8 words
     * @param counters by lane, as number sets them
     * @param low the same
     * @param high the same
     * @param keystream receives 16 words of each block, one block after the other
     */
    void generate(int[] key, int[] counters, int[] low, int[] high, int[] keystream);

    /**
     * Sets target to source XOR keystream.
     *
     * @param from the first word of the keystream
     * @param length in bytes, the last word may be used in part
     */
    void xor(
            int[] keystream,
            int from,
            MemorySegment source,
            long sourceOffset,
            MemorySegment target,
            long targetOffset,
            int length);

    /** The same in steps of 8 bytes, one of 4, and single ones at the end. */
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
