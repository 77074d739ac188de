// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), which seals cookie replies (whitepaper 5.4.7).
 * Its nonce is long enough to be chosen at random.
 *
 * <p>HChaCha20 derives a subkey from the key and the first 16 bytes of the nonce. The other eight
 * bytes are the nonce of ChaCha20-Poly1305 with that subkey.
 *
 * <p>The time depends on lengths only.
 */
public final class XChaCha20Poly1305 {
    /** Bytes of a key. */
    public static final int KEY_LENGTH = 32;

    /** Bytes of a nonce. */
    public static final int NONCE_LENGTH = 24;

    /** Bytes by which a sealed message is longer than its plaintext. */
    public static final int TAG_LENGTH = 16;

    private static final int HCHACHA_NONCE_LENGTH = 16;
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private XChaCha20Poly1305() {}

    /**
     * Seals a message.
     *
     * @param key 32 bytes
     * @param nonce 24 bytes
     * @param associatedData authenticated but not part of the message
     * @param plaintext the message; any length
     * @return ciphertext and tag, 16 bytes longer than the plaintext
     * @throws IllegalArgumentException if the key does not have 32 bytes or the nonce not 24
     */
    public static byte[] seal(byte[] key, byte[] nonce, byte[] associatedData, byte[] plaintext) {
        checkLengths(key, nonce);
        byte[] subkey = hChaCha20(key, nonce);
        try {
            return ChaCha20Poly1305.seal(subkey, subnonce(nonce), associatedData, plaintext);
        } finally {
            Arrays.fill(subkey, (byte) 0);
        }
    }

    /**
     * Opens a message.
     *
     * @param key 32 bytes
     * @param nonce 24 bytes
     * @param associatedData the same as for sealing
     * @param sealed ciphertext and tag
     * @return the plaintext, 16 bytes shorter; null if the tag is wrong or sealed is shorter than a
     *     tag
     * @throws IllegalArgumentException if the key does not have 32 bytes or the nonce not 24
     */
    public static byte[] open(byte[] key, byte[] nonce, byte[] associatedData, byte[] sealed) {
        checkLengths(key, nonce);
        byte[] subkey = hChaCha20(key, nonce);
        try {
            return ChaCha20Poly1305.open(subkey, subnonce(nonce), associatedData, sealed);
        } finally {
            Arrays.fill(subkey, (byte) 0);
        }
    }

    private static void checkLengths(byte[] key, byte[] nonce) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException("a key must have 32 bytes, not " + key.length);
        }
        if (nonce.length != NONCE_LENGTH) {
            throw new IllegalArgumentException(
                    "an XChaCha20 nonce must have 24 bytes, not " + nonce.length);
        }
    }

    /**
     * Returns the last eight bytes of the nonce as the counter of ChaCha20-Poly1305: both
     * constructions put four zero bytes before them.
     */
    private static long subnonce(byte[] nonce) {
        return (long) LONG.get(nonce, HCHACHA_NONCE_LENGTH);
    }

    /**
     * Computes HChaCha20 (section 2.2 of the draft): the rounds of ChaCha20 over constants, key and
     * nonce, without the final addition. The first and the last row are the subkey.
     *
     * @param nonce at least 16 bytes, of which 16 are used
     */
    static byte[] hChaCha20(byte[] key, byte[] nonce) {
        int[] x = new int[16];
        x[0] = 0x61707865; // "expand 32-byte k"
        x[1] = 0x3320646e;
        x[2] = 0x79622d32;
        x[3] = 0x6b206574;
        for (int i = 0; i < 8; i++) {
            x[4 + i] = (int) INT.get(key, 4 * i);
        }
        for (int i = 0; i < 4; i++) {
            x[12 + i] = (int) INT.get(nonce, 4 * i);
        }
        for (int doubleRound = 0; doubleRound < 10; doubleRound++) {
            for (int column = 0; column < 4; column++) {
                quarterRound(x, column, 4 + column, 8 + column, 12 + column);
            }
            for (int d = 0; d < 4; d++) {
                quarterRound(x, d, 4 + (d + 1) % 4, 8 + (d + 2) % 4, 12 + (d + 3) % 4);
            }
        }
        byte[] subkey = new byte[KEY_LENGTH];
        for (int i = 0; i < 4; i++) {
            INT.set(subkey, 4 * i, x[i]);
            INT.set(subkey, 16 + 4 * i, x[12 + i]);
        }
        Arrays.fill(x, 0);
        return subkey;
    }

    private static void quarterRound(int[] x, int a, int b, int c, int d) {
        x[a] += x[b];
        x[d] = Integer.rotateLeft(x[d] ^ x[a], 16);
        x[c] += x[d];
        x[b] = Integer.rotateLeft(x[b] ^ x[c], 12);
        x[a] += x[b];
        x[d] = Integer.rotateLeft(x[d] ^ x[a], 8);
        x[c] += x[d];
        x[b] = Integer.rotateLeft(x[b] ^ x[c], 7);
    }
}
