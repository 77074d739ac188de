// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.secret.SecretBytes;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A Curve25519 private key, 32 bytes, clamped (RFC 7748 section 5) when it is made, so that two
 * spellings of one scalar are one key and {@link #toBase64} shows what the other WireGuard
 * implementations show.
 *
 * <p>{@link #wipe} overwrites the secret; the public key stays. Safe for several threads, also
 * while one of them wipes. Text and copies that were handed out are their owner's to care for, and
 * a String cannot be wiped.
 */
public final class PrivateKey {
    public static final int LENGTH = 32;

    private final SecretBytes secret;
    private final PublicKey publicKey;

    /** Clamps and then wipes the array it is given. */
    private PrivateKey(byte[] scalar) {
        scalar[0] &= (byte) 0xf8;
        scalar[31] = (byte) (scalar[31] & 0x7f | 0x40);
        secret = SecretBytes.copyOf(scalar);
        publicKey = X25519.publicKey(scalar);
        Arrays.fill(scalar, (byte) 0);
    }

    private PrivateKey(SecretBytes secret, PublicKey publicKey) {
        this.secret = secret;
        this.publicKey = publicKey;
    }

    /** From the system's secure source of randomness. */
    public static PrivateKey generate() {
        return generate(new SecureRandom());
    }

    /**
     * @param random a SecureRandom, except in tests
     */
    public static PrivateKey generate(RandomGenerator random) {
        byte[] scalar = new byte[LENGTH];
        random.nextBytes(scalar);
        return new PrivateKey(scalar);
    }

    /**
     * @param bytes 32 bytes, clamped or not, which are copied
     */
    public static PrivateKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a private key has 32 bytes, not " + bytes.length);
        }
        return new PrivateKey(bytes.clone());
    }

    /**
     * @param text exactly 44 characters, otherwise an IllegalArgumentException that does not repeat
     *     them
     */
    public static PrivateKey fromBase64(CharSequence text) {
        return new PrivateKey(KeyText.fromBase64(text));
    }

    /**
     * @param text exactly 64 digits, otherwise an IllegalArgumentException that does not repeat
     *     them
     */
    public static PrivateKey fromHex(CharSequence text) {
        return new PrivateKey(KeyText.fromHex(text));
    }

    /**
     * Another object with the same key, to be wiped by itself; an IllegalStateException once wiped.
     */
    public PrivateKey copy() {
        byte[] bytes = bytes();
        PrivateKey copy = new PrivateKey(SecretBytes.copyOf(bytes), publicKey);
        Arrays.fill(bytes, (byte) 0);
        return copy;
    }

    /** Computed when this key was made; available after a wipe, too. */
    public PublicKey publicKey() {
        return publicKey;
    }

    /** A copy of the clamped scalar, the caller's to wipe; an IllegalStateException once wiped. */
    public byte[] bytes() {
        return secret.copy();
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
        secret.wipe();
    }

    public boolean isWiped() {
        return secret.isWiped();
    }

    /** In constant time. A wiped key equals itself only. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PrivateKey key && secret.sameAs(key.secret);
    }

    /** The public key's, so that a hash table learns nothing that is not public. */
    @Override
    public int hashCode() {
        return publicKey.hashCode();
    }

    @Override
    public String toString() {
        return "(private key)";
    }
}
