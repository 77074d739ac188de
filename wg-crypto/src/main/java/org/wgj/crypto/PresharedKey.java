// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.primitive.ConstantTime;
import org.wgj.crypto.secret.SecretBytes;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A preshared key, 32 bytes, which a handshake mixes in besides Curve25519 (whitepaper 5.2). A key
 * of zeros means that there is no preshared key; the handshake then mixes in those zeros.
 *
 * <p>{@link #wipe} overwrites the key. Afterwards it can no longer be read, so a wiped key is never
 * taken for a key of zeros. Safe for several threads, even while one of them wipes.
 */
public final class PresharedKey {
    /** Bytes of a preshared key. */
    public static final int LENGTH = 32;

    /** No preshared key: 32 zero bytes. Wiping it does nothing. */
    public static final PresharedKey NONE = new PresharedKey(new byte[LENGTH]);

    private final SecretBytes secret;

    /** Copies the bytes and wipes the array. */
    private PresharedKey(byte[] bytes) {
        secret = SecretBytes.copyOf(bytes);
        Arrays.fill(bytes, (byte) 0);
    }

    /**
     * Generates a key with a new SecureRandom.
     *
     * @return a new key
     */
    public static PresharedKey generate() {
        return generate(new SecureRandom());
    }

    /**
     * Generates a key.
     *
     * @param random a SecureRandom, except in tests
     * @return a new key
     */
    public static PresharedKey generate(RandomGenerator random) {
        byte[] bytes = new byte[LENGTH];
        random.nextBytes(bytes);
        return new PresharedKey(bytes);
    }

    /**
     * Makes a key from its bytes.
     *
     * @param bytes 32 bytes, which are copied
     * @return the key
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public static PresharedKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException(
                    "a preshared key must have 32 bytes, not " + bytes.length);
        }
        return new PresharedKey(bytes.clone());
    }

    /**
     * Reads a key in base64.
     *
     * @param text exactly 44 characters
     * @return the key
     * @throws IllegalArgumentException if the text is not a key; the message does not repeat it
     */
    public static PresharedKey fromBase64(CharSequence text) {
        return new PresharedKey(KeyText.fromBase64(text));
    }

    /**
     * Reads a key in hexadecimal.
     *
     * @param text exactly 64 digits
     * @return the key
     * @throws IllegalArgumentException if the text is not a key; the message does not repeat it
     */
    public static PresharedKey fromHex(CharSequence text) {
        return new PresharedKey(KeyText.fromHex(text));
    }

    /**
     * Returns another object with the same key, which is wiped separately.
     *
     * @return a copy
     * @throws IllegalStateException if the key has been wiped
     */
    public PresharedKey copy() {
        return new PresharedKey(bytes());
    }

    /**
     * Returns a copy of the bytes, which the caller must wipe.
     *
     * @return 32 bytes
     * @throws IllegalStateException if the key has been wiped
     */
    public byte[] bytes() {
        return secret.copy();
    }

    /**
     * Returns whether all bytes are zero, which means no preshared key.
     *
     * @return true if all bytes are zero
     * @throws IllegalStateException if the key has been wiped
     */
    public boolean isNone() {
        byte[] bytes = bytes();
        boolean none = ConstantTime.isZero(bytes);
        Arrays.fill(bytes, (byte) 0);
        return none;
    }

    /**
     * Writes the key in base64. A String cannot be wiped.
     *
     * @return 44 characters
     * @throws IllegalStateException if the key has been wiped
     */
    public String toBase64() {
        byte[] bytes = bytes();
        String text = KeyText.toBase64(bytes);
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    /**
     * Writes the key in hexadecimal. A String cannot be wiped.
     *
     * @return 64 digits in lower case
     * @throws IllegalStateException if the key has been wiped
     */
    public String toHex() {
        byte[] bytes = bytes();
        String text = KeyText.toHex(bytes);
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    /**
     * Writes the key in hexadecimal as bytes, which the caller can wipe, unlike a String.
     *
     * @return 64 digits in lower case, in ASCII; the caller wipes them
     * @throws IllegalStateException if the key has been wiped
     */
    public byte[] toHexBytes() {
        byte[] bytes = bytes();
        byte[] text = KeyText.toHexBytes(bytes);
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    /** Overwrites the key, unless it is {@link #NONE}. */
    public void wipe() {
        if (this != NONE) {
            secret.wipe();
        }
    }

    /**
     * Returns whether the key has been wiped.
     *
     * @return true after {@link #wipe}
     */
    public boolean isWiped() {
        return secret.isWiped();
    }

    /** Compares two keys in constant time. A wiped key equals only itself. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PresharedKey key && secret.sameAs(key.secret);
    }

    /**
     * Returns the same number for all keys. It must agree with equals, stay the same after a wipe
     * and reveal nothing of the key.
     */
    @Override
    public int hashCode() {
        return PresharedKey.class.hashCode();
    }

    @Override
    public String toString() {
        return "(preshared key)";
    }
}
