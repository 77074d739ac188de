// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.secret.SecretBytes;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A preshared key, 32 bytes, which a handshake mixes in beside Curve25519 (whitepaper 5.2); all
 * zero means none, and then those zeros are mixed in.
 *
 * <p>{@link #wipe} overwrites it, and from then on it answers nothing: a wiped key must never be
 * taken for none. Safe for several threads, also while one of them wipes.
 */
public final class PresharedKey {
    public static final int LENGTH = 32;

    /** 32 zero bytes. Wiping it does nothing. */
    public static final PresharedKey NONE = new PresharedKey(new byte[LENGTH]);

    private final SecretBytes secret;

    /** Wipes the array it is given. */
    private PresharedKey(byte[] bytes) {
        secret = SecretBytes.copyOf(bytes);
        Arrays.fill(bytes, (byte) 0);
    }

    /** From the system's secure source of randomness. */
    public static PresharedKey generate() {
        return generate(new SecureRandom());
    }

    /**
     * @param random a SecureRandom, except in tests
     */
    public static PresharedKey generate(RandomGenerator random) {
        byte[] bytes = new byte[LENGTH];
        random.nextBytes(bytes);
        return new PresharedKey(bytes);
    }

    /**
     * @param bytes 32 bytes, which are copied
     */
    public static PresharedKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a preshared key has 32 bytes, not " + bytes.length);
        }
        return new PresharedKey(bytes.clone());
    }

    /**
     * @param text exactly 44 characters, otherwise an IllegalArgumentException that does not repeat
     *     them
     */
    public static PresharedKey fromBase64(CharSequence text) {
        return new PresharedKey(KeyText.fromBase64(text));
    }

    /**
     * @param text exactly 64 digits, otherwise an IllegalArgumentException that does not repeat
     *     them
     */
    public static PresharedKey fromHex(CharSequence text) {
        return new PresharedKey(KeyText.fromHex(text));
    }

    /**
     * Another object with the same key, to be wiped by itself; an IllegalStateException once wiped.
     */
    public PresharedKey copy() {
        return new PresharedKey(bytes());
    }

    /** A copy, the caller's to wipe; an IllegalStateException once wiped. */
    public byte[] bytes() {
        return secret.copy();
    }

    /** Whether all bytes are zero; an IllegalStateException once wiped. */
    public boolean isNone() {
        byte[] bytes = bytes();
        boolean none = ConstantTime.isZero(bytes);
        Arrays.fill(bytes, (byte) 0);
        return none;
    }

    /** An IllegalStateException once wiped. */
    public String toBase64() {
        byte[] bytes = bytes();
        String text = KeyText.toBase64(bytes);
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    /** 64 digits in lower case; an IllegalStateException once wiped. */
    public String toHex() {
        byte[] bytes = bytes();
        String text = KeyText.toHex(bytes);
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    /** As {@link #toHex}, but as bytes, the caller's to wipe: a String cannot be wiped. */
    public byte[] toHexBytes() {
        byte[] bytes = bytes();
        byte[] text = KeyText.toHexBytes(bytes);
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    public void wipe() {
        if (this != NONE) {
            secret.wipe();
        }
    }

    public boolean isWiped() {
        return secret.isWiped();
    }

    /** In constant time. A wiped key equals itself only. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PresharedKey key && secret.sameAs(key.secret);
    }

    /** The same for all keys: it must agree with equals, survive a wipe and tell nothing. */
    @Override
    public int hashCode() {
        return PresharedKey.class.hashCode();
    }

    @Override
    public String toString() {
        return "(preshared key)";
    }
}
