// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import org.wgj.crypto.secret.JdkCipher;

import java.util.Arrays;

/**
 * ChaCha20-Poly1305 (RFC 8439) for the sealed fields of handshake messages: one small message at a
 * time, with associated data. For transport data see {@code TransportKey}.
 *
 * <p>The nonce is that of the whitepaper's AEAD(): four zero bytes and the counter, little-endian.
 * The caller must not seal twice with the same key and counter. This class does not check that: a
 * handshake key is used for a single message.
 *
 * <p>The time depends on lengths only, as far as that is true of the JDK's Cipher, which consists
 * of additions, rotations and multiplications of fixed width.
 */
public final class ChaCha20Poly1305 {
    /** Bytes of a key. */
    public static final int KEY_LENGTH = 32;

    /** Bytes by which a sealed message is longer than its plaintext. */
    public static final int TAG_LENGTH = 16;

    private ChaCha20Poly1305() {}

    /**
     * Seals a message.
     *
     * @param key 32 bytes
     * @param counter unsigned
     * @param associatedData authenticated but not part of the message
     * @param plaintext the message; any length
     * @return ciphertext and tag, 16 bytes longer than the plaintext
     * @throws IllegalArgumentException if the key does not have 32 bytes
     */
    public static byte[] seal(byte[] key, long counter, byte[] associatedData, byte[] plaintext) {
        return seal(key, JdkCipher.nonce(counter), associatedData, plaintext);
    }

    /**
     * Opens a message.
     *
     * @param key 32 bytes
     * @param counter unsigned
     * @param associatedData the same as for sealing
     * @param sealed ciphertext and tag
     * @return the plaintext, 16 bytes shorter; null if the tag is wrong or sealed is shorter than a
     *     tag
     * @throws IllegalArgumentException if the key does not have 32 bytes
     */
    public static byte[] open(byte[] key, long counter, byte[] associatedData, byte[] sealed) {
        return open(key, JdkCipher.nonce(counter), associatedData, sealed);
    }

    /** Seals with any nonce of 12 bytes. */
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

    /** Opens with any nonce of 12 bytes. */
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
