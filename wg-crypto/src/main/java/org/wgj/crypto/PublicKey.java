// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.util.Arrays;

/**
 * A Curve25519 public key, 32 bytes. Any 32 bytes are one: non-canonical encodings and points of
 * low order are not refused here but where they do harm, by {@link X25519#sharedSecret}, as
 * WireGuard does everywhere. Equality is that of the bytes, so two encodings of one point are two
 * keys. Immutable.
 */
public final class PublicKey {
    public static final int LENGTH = 32;

    private final byte[] bytes;

    private PublicKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * @param bytes 32 bytes, which are copied
     */
    public static PublicKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a public key has 32 bytes, not " + bytes.length);
        }
        return new PublicKey(bytes.clone());
    }

    /**
     * @param text exactly 44 characters, otherwise an IllegalArgumentException that does not repeat
     *     them
     */
    public static PublicKey fromBase64(String text) {
        return new PublicKey(KeyText.fromBase64(text));
    }

    /**
     * @param text exactly 64 digits, otherwise an IllegalArgumentException that does not repeat
     *     them
     */
    public static PublicKey fromHex(String text) {
        return new PublicKey(KeyText.fromHex(text));
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Writes 32 bytes at out[offset]. */
    public void copyTo(byte[] out, int offset) {
        System.arraycopy(bytes, 0, out, offset, LENGTH);
    }

    public String toBase64() {
        return KeyText.toBase64(bytes);
    }

    /** 64 digits in lower case. */
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

    /** Enough of the base64 to tell peers apart in a log: its first and last four characters. */
    @Override
    public String toString() {
        String text = toBase64();
        return text.substring(0, 4) + "…" + text.substring(text.length() - 4);
    }

    /** The array itself: read only, for this package. */
    byte[] shared() {
        return bytes;
    }
}
