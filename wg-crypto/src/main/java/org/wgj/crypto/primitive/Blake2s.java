// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * BLAKE2s, RFC 7693: the whitepaper's HASH() (32 bytes, no key) and MAC() (16 bytes, keyed). MAC()
 * is not the whitepaper's HMAC, for which see {@link Kdf}.
 *
 * <p>BLAKE2s has no branches and no table lookups that depend on its input, so its time depends on
 * lengths only. It works in arrays of its own, which {@link #wipe} overwrites: chaining keys and
 * session keys are outputs of this function, and a library's implementation would leave them in the
 * heap.
 *
 * <p>Not thread safe.
 */
public final class Blake2s {
    /** Bytes of the whitepaper's HASH(). */
    public static final int HASH_LENGTH = 32;

    /** Bytes of the whitepaper's MAC(). */
    public static final int MAC_LENGTH = 16;

    private static final int MAX_KEY_LENGTH = 32;
    private static final int BLOCK_LENGTH = 64;
    private static final int ROUNDS = 10;

    /** The initial state (section 2.6), which is that of SHA-256. */
    private static final int[] IV = {
        0x6a09e667,
        0xbb67ae85,
        0x3c6ef372,
        0xa54ff53a,
        0x510e527f,
        0x9b05688c,
        0x1f83d9ab,
        0x5be0cd19
    };

    /** The order in which each round takes the words of the message (section 2.7). */
    private static final byte[] SIGMA = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, //
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3, //
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, //
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8, //
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, //
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9, //
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, //
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10, //
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, //
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0
    };

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final int outputLength;
    private final int keyLength;
    private final byte[] key;
    private final int[] state = new int[8]; // h of the RFC

    /** Kept until more input shows that it is not the last block. */
    private final byte[] block = new byte[BLOCK_LENGTH];

    private int filled; // bytes of the block
    private long counter; // bytes compressed
    private final int[] message = new int[16];
    private final int[] work = new int[16]; // v of the RFC
    private boolean wiped;

    /**
     * Starts a hash without a key.
     *
     * @param outputLength 1 to 32 bytes
     * @throws IllegalArgumentException if the length is outside that range
     */
    public Blake2s(int outputLength) {
        this(new byte[0], outputLength);
    }

    /**
     * Starts a hash with a key.
     *
     * @param key 0 to 32 bytes, which are copied; an empty key is no key
     * @param outputLength 1 to 32 bytes
     * @throws IllegalArgumentException if a length is outside its range
     */
    public Blake2s(byte[] key, int outputLength) {
        if (key.length > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a BLAKE2s key must have at most 32 bytes, not " + key.length);
        }
        if (outputLength < 1 || outputLength > HASH_LENGTH) {
            throw new IllegalArgumentException("BLAKE2s gives 1 to 32 bytes, not " + outputLength);
        }
        this.outputLength = outputLength;
        keyLength = key.length;
        this.key = key.clone();
        begin();
    }

    /** Section 2.5: the parameters enter the state, and the key is the first block. */
    private void begin() {
        System.arraycopy(IV, 0, state, 0, state.length);
        state[0] ^= 0x01010000 | keyLength << 8 | outputLength;
        counter = 0;
        System.arraycopy(key, 0, block, 0, keyLength);
        Arrays.fill(block, keyLength, BLOCK_LENGTH, (byte) 0);
        filled = keyLength == 0 ? 0 : BLOCK_LENGTH;
    }

    /**
     * Adds input.
     *
     * @param bytes all of the array
     * @return this object
     * @throws IllegalStateException if this object has been wiped
     */
    public Blake2s update(byte[] bytes) {
        return update(bytes, 0, bytes.length);
    }

    /**
     * Adds input.
     *
     * @param bytes the array
     * @param offset the index of the first byte
     * @param length how many bytes
     * @return this object
     * @throws IllegalStateException if this object has been wiped
     */
    public Blake2s update(byte[] bytes, int offset, int length) {
        checkUsable();
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int at = offset;
        int left = length;
        while (left > 0) {
            if (filled == BLOCK_LENGTH) {
                compress(false);
                filled = 0;
            }
            int taken = Math.min(left, BLOCK_LENGTH - filled);
            System.arraycopy(bytes, at, block, filled, taken);
            filled += taken;
            at += taken;
            left -= taken;
        }
        return this;
    }

    /**
     * Returns the hash of the input so far, and starts a new hash with the same key.
     *
     * @return as many bytes as the constructor was told
     * @throws IllegalStateException if this object has been wiped
     */
    public byte[] digest() {
        checkUsable();
        Arrays.fill(block, filled, BLOCK_LENGTH, (byte) 0);
        compress(true);
        byte[] output = new byte[outputLength];
        for (int i = 0; i < outputLength; i++) {
            output[i] = (byte) (state[i >> 2] >> 8 * (i & 3));
        }
        begin();
        return output;
    }

    /**
     * Overwrites key and state. Afterwards every call except this one is an IllegalStateException.
     */
    public void wipe() {
        wiped = true;
        Arrays.fill(key, (byte) 0);
        Arrays.fill(state, 0);
        Arrays.fill(block, (byte) 0);
        Arrays.fill(message, 0);
        Arrays.fill(work, 0);
    }

    private void checkUsable() {
        if (wiped) {
            throw new IllegalStateException("this BLAKE2s has been wiped");
        }
    }

    /** Compresses the block (section 3.2). */
    private void compress(boolean last) {
        counter += filled;
        int[] m = message;
        for (int i = 0; i < m.length; i++) {
            m[i] = (int) INT.get(block, 4 * i);
        }
        int[] v = work;
        System.arraycopy(state, 0, v, 0, 8);
        System.arraycopy(IV, 0, v, 8, 8);
        v[12] ^= (int) counter;
        v[13] ^= (int) (counter >>> 32);
        if (last) {
            v[14] = ~v[14];
        }
        for (int round = 0; round < ROUNDS; round++) {
            int s = 16 * round;
            mix(v, 0, 4, 8, 12, m[SIGMA[s]], m[SIGMA[s + 1]]);
            mix(v, 1, 5, 9, 13, m[SIGMA[s + 2]], m[SIGMA[s + 3]]);
            mix(v, 2, 6, 10, 14, m[SIGMA[s + 4]], m[SIGMA[s + 5]]);
            mix(v, 3, 7, 11, 15, m[SIGMA[s + 6]], m[SIGMA[s + 7]]);
            mix(v, 0, 5, 10, 15, m[SIGMA[s + 8]], m[SIGMA[s + 9]]);
            mix(v, 1, 6, 11, 12, m[SIGMA[s + 10]], m[SIGMA[s + 11]]);
            mix(v, 2, 7, 8, 13, m[SIGMA[s + 12]], m[SIGMA[s + 13]]);
            mix(v, 3, 4, 9, 14, m[SIGMA[s + 14]], m[SIGMA[s + 15]]);
        }
        for (int i = 0; i < 8; i++) {
            state[i] ^= v[i] ^ v[i + 8];
        }
    }

    /** Section 3.1. */
    private static void mix(int[] v, int a, int b, int c, int d, int x, int y) {
        v[a] += v[b] + x;
        v[d] = Integer.rotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = Integer.rotateRight(v[b] ^ v[c], 12);
        v[a] += v[b] + y;
        v[d] = Integer.rotateRight(v[d] ^ v[a], 8);
        v[c] += v[d];
        v[b] = Integer.rotateRight(v[b] ^ v[c], 7);
    }

    /**
     * Returns the hash of the concatenation of all parts.
     *
     * @param parts of the input, in order
     * @return 32 bytes
     */
    public static byte[] hash(byte[]... parts) {
        return new Blake2s(HASH_LENGTH).finish(parts);
    }

    /**
     * Returns the MAC of the concatenation of all parts.
     *
     * @param key 0 to 32 bytes
     * @param parts of the input, in order
     * @return 16 bytes
     * @throws IllegalArgumentException if the key is longer than 32 bytes
     */
    public static byte[] mac(byte[] key, byte[]... parts) {
        return new Blake2s(key, MAC_LENGTH).finish(parts);
    }

    private byte[] finish(byte[]... parts) {
        for (byte[] part : parts) {
            update(part);
        }
        byte[] output = digest();
        wipe();
        return output;
    }
}
