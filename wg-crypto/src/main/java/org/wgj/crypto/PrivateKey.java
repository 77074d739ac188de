// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.primitive.X25519;
import org.wgj.crypto.secret.SecretBytes;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A Curve25519 private key, 32 bytes. It is clamped (RFC 7748 section 5) when it is made, so two
 * encodings of one scalar are the same key, and {@link #toBase64} returns what other WireGuard
 * implementations show.
 *
 * <p>{@link #wipe} overwrites the secret; the public key stays. Safe for several threads, even
 * while one of them wipes. The caller is responsible for text and copies that it took from the key;
 * a String cannot be wiped.
 */
public final class PrivateKey {
    /** Bytes of a private key. */
    public static final int LENGTH = 32;

    private final SecretBytes secret;
    private final PublicKey publicKey;

    /** Clamps the scalar, copies it and wipes the array. */
    private PrivateKey(byte[] scalar) {
        scalar[0] &= (byte) 0xf8;
        scalar[31] = (byte) (scalar[31] & 0x7f | 0x40);
        secret = SecretBytes.copyOf(scalar);
        publicKey = PublicKey.of(X25519.publicKey(scalar));
        Arrays.fill(scalar, (byte) 0);
    }

    private PrivateKey(SecretBytes secret, PublicKey publicKey) {
        this.secret = secret;
        this.publicKey = publicKey;
    }

    /**
     * Generates a key with a new SecureRandom.
     *
     * @return a new key
     */
    public static PrivateKey generate() {
        return generate(new SecureRandom());
    }

    /**
     * Generates a key.
     *
     * @param random a SecureRandom, except in tests
     * @return a new key
     */
    public static PrivateKey generate(RandomGenerator random) {
        byte[] scalar = new byte[LENGTH];
        random.nextBytes(scalar);
        return new PrivateKey(scalar);
    }

    /**
     * Makes a key from its bytes.
     *
     * @param bytes 32 bytes, clamped or not, which are copied
     * @return the key
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public static PrivateKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException(
                    "a private key must have 32 bytes, not " + bytes.length);
        }
        return new PrivateKey(bytes.clone());
    }

    /**
     * Reads a key in base64.
     *
     * @param text exactly 44 characters
     * @return the key
     * @throws IllegalArgumentException if the text is not a key; the message does not repeat it
     */
    public static PrivateKey fromBase64(CharSequence text) {
        return new PrivateKey(KeyText.fromBase64(text));
    }

    /**
     * Reads a key in hexadecimal.
     *
     * @param text exactly 64 digits
     * @return the key
     * @throws IllegalArgumentException if the text is not a key; the message does not repeat it
     */
    public static PrivateKey fromHex(CharSequence text) {
        return new PrivateKey(KeyText.fromHex(text));
    }

    /**
     * Returns another object with the same key, which is wiped separately.
     *
     * @return a copy
     * @throws IllegalStateException if the key has been wiped
     */
    public PrivateKey copy() {
        byte[] bytes = bytes();
        PrivateKey copy = new PrivateKey(SecretBytes.copyOf(bytes), publicKey);
        Arrays.fill(bytes, (byte) 0);
        return copy;
    }

    /**
     * Returns the public key, which was computed when this key was made.
     *
     * @return the public key, also after a wipe
     */
    public PublicKey publicKey() {
        return publicKey;
    }

    /**
     * Returns a copy of the clamped scalar, which the caller must wipe.
     *
     * @return 32 bytes
     * @throws IllegalStateException if the key has been wiped
     */
    public byte[] bytes() {
        return secret.copy();
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

    /** Overwrites the secret. Afterwards only the public key can be asked for. */
    public void wipe() {
        secret.wipe();
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
        return other instanceof PrivateKey key && secret.sameAs(key.secret);
    }

    /** Returns the hash of the public key, so that a hash table depends on nothing secret. */
    @Override
    public int hashCode() {
        return publicKey.hashCode();
    }

    @Override
    public String toString() {
        return "(private key)";
    }
}
