// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), which cookie replies are sealed with (whitepaper
 * 5.4.7): its nonce is long enough to be drawn at random. HChaCha20 makes a key of the given one
 * and the nonce's first 16 bytes; the other eight are ChaCha20-Poly1305's nonce under that key.
 *
 * <p>Constant time but for lengths.
 */
public final class XChaCha20Poly1305 {
    public static final int KEY_LENGTH = 32;
    public static final int NONCE_LENGTH = 24;
    public static final int TAG_LENGTH = 16;

    private static final int HCHACHA_NONCE_LENGTH = 16;
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private XChaCha20Poly1305() {}

    /**
     * @param key 32 bytes
     * @param nonce 24 bytes
     * @return ciphertext and tag, 16 bytes longer than the plaintext
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
     * @param key 32 bytes
     * @param nonce 24 bytes
     * @param sealed ciphertext and tag
     * @return the plaintext, 16 bytes shorter; null if the tag is wrong or sealed is shorter than a
     *     tag
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
            throw new IllegalArgumentException("a key has 32 bytes, not " + key.length);
        }
        if (nonce.length != NONCE_LENGTH) {
            throw new IllegalArgumentException(
                    "an XChaCha20 nonce has 24 bytes, not " + nonce.length);
        }
    }

    /**
     * The nonce's last eight bytes are the counter of our other AEAD: both put four zero bytes
     * before.
     */
    private static long subnonce(byte[] nonce) {
        return (long) LONG.get(nonce, HCHACHA_NONCE_LENGTH);
    }

    /**
     * Section 2.2 of the draft: ChaCha20's rounds over constants, key and nonce, without the final
     * addition; the first and last row are the new key.
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
