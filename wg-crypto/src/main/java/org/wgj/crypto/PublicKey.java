// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.util.Arrays;

/**
 * A Curve25519 public key, 32 bytes. Immutable.
 *
 * <p>Any 32 bytes are a public key. As in every WireGuard implementation, non-canonical encodings
 * and points of low order are not refused here; {@code X25519.sharedSecret} refuses the points that
 * do harm. Two keys are equal if their bytes are equal, so two encodings of one point are different
 * keys.
 */
public final class PublicKey {
    /** Bytes of a public key. */
    public static final int LENGTH = 32;

    private final byte[] bytes;

    private PublicKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Makes a key from its bytes.
     *
     * @param bytes 32 bytes, which are copied
     * @return the key
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public static PublicKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException(
                    "a public key must have 32 bytes, not " + bytes.length);
        }
        return new PublicKey(bytes.clone());
    }

    /**
     * Reads a key in base64.
     *
     * @param text exactly 44 characters
     * @return the key
     * @throws IllegalArgumentException if the text is not a key; the message does not repeat it
     */
    public static PublicKey fromBase64(String text) {
        return new PublicKey(KeyText.fromBase64(text));
    }

    /**
     * Reads a key in hexadecimal.
     *
     * @param text exactly 64 digits
     * @return the key
     * @throws IllegalArgumentException if the text is not a key; the message does not repeat it
     */
    public static PublicKey fromHex(String text) {
        return new PublicKey(KeyText.fromHex(text));
    }

    /**
     * Returns the bytes of the key.
     *
     * @return a copy of the 32 bytes
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Writes the 32 bytes of the key.
     *
     * @param out receives the bytes
     * @param offset the index of the first byte
     */
    public void copyTo(byte[] out, int offset) {
        System.arraycopy(bytes, 0, out, offset, LENGTH);
    }

    /**
     * Writes the key in base64.
     *
     * @return 44 characters
     */
    public String toBase64() {
        return KeyText.toBase64(bytes);
    }

    /**
     * Writes the key in hexadecimal.
     *
     * @return 64 digits in lower case
     */
    public String toHex() {
        return KeyText.toHex(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PublicKey key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /**
     * Returns the first and last four characters of the base64, enough to tell peers apart in a
     * log.
     */
    @Override
    public String toString() {
        String text = toBase64();
        return text.substring(0, 4) + "…" + text.substring(text.length() - 4);
    }
}
