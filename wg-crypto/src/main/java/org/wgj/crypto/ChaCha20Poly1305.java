// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.secret.JdkCipher;

import java.util.Arrays;

/**
 * ChaCha20-Poly1305 (RFC 8439) for the sealed fields of handshake messages: small, one at a time,
 * with associated data. Transport data has {@link TransportKey}.
 *
 * <p>The nonce is that of the whitepaper's AEAD(): four zero bytes and the counter, little-endian.
 * To seal twice under one key and counter is the caller's mistake, but not one this class looks
 * for: handshake keys are used for a single message.
 *
 * <p>Constant time but for lengths, as far as the JDK's Cipher is: additions, rotations and
 * multiplications of fixed width.
 */
public final class ChaCha20Poly1305 {
    public static final int KEY_LENGTH = 32;
    public static final int TAG_LENGTH = 16;

    private ChaCha20Poly1305() {}

    /**
     * @param key 32 bytes
     * @param counter unsigned
     * @return ciphertext and tag, 16 bytes longer than the plaintext
     */
    public static byte[] seal(byte[] key, long counter, byte[] associatedData, byte[] plaintext) {
        return seal(key, JdkCipher.nonce(counter), associatedData, plaintext);
    }

    /**
     * @param key 32 bytes
     * @param counter unsigned
     * @param sealed ciphertext and tag
     * @return the plaintext, 16 bytes shorter; null if the tag is wrong or sealed is shorter than a
     *     tag
     */
    public static byte[] open(byte[] key, long counter, byte[] associatedData, byte[] sealed) {
        return open(key, JdkCipher.nonce(counter), associatedData, sealed);
    }

    /** With any nonce of 12 bytes. */
    static byte[] seal(byte[] key, byte[] nonce, byte[] associatedData, byte[] plaintext) {
        JdkCipher cipher = new JdkCipher();
        byte[] sealed = new byte[plaintext.length + TAG_LENGTH];
        try {
            cipher.load(key);
            System.arraycopy(plaintext, 0, sealed, 0, plaintext.length);
            cipher.seal(nonce, associatedData, sealed, plaintext.length);
            return sealed;
        } finally {
            cipher.forget();
        }
    }

    /** With any nonce of 12 bytes. */
    static byte[] open(byte[] key, byte[] nonce, byte[] associatedData, byte[] sealed) {
        JdkCipher cipher = new JdkCipher();
        byte[] opened = sealed.clone();
        try {
            cipher.load(key);
            return cipher.open(nonce, associatedData, opened, sealed.length)
                    ? Arrays.copyOf(opened, sealed.length - TAG_LENGTH)
                    : null;
        } finally {
            cipher.forget();
            Arrays.fill(opened, (byte) 0);
        }
    }
}
