package org.wgj.crypto;

import org.bouncycastle.crypto.digests.Blake2sDigest;

import java.util.Objects;

/**
 * BLAKE2s, RFC 7693: the whitepaper's HASH() (32 bytes, no key) and MAC() (16 bytes, keyed; not to
 * be confused with its HMAC, see {@link Kdf}).
 *
 * <p>BLAKE2s has neither branches nor table lookups that depend on its input, so time tells lengths
 * only. {@link #wipe} overwrites the key and the block being filled; chaining values that Bouncy
 * Castle has already let go of stay in the heap until the collector reuses their place.
 *
 * <p>Not thread safe.
 */
public final class Blake2s {
    /** Bytes of the whitepaper's HASH(). */
    public static final int HASH_LENGTH = 32;

    /** Bytes of the whitepaper's MAC(). */
    public static final int MAC_LENGTH = 16;

    private static final int MAX_KEY_LENGTH = 32;

    private final int outputLength;
    private Blake2sDigest digest; // null: wiped

    /**
     * Without a key.
     *
     * @param outputLength 1 to 32 bytes
     */
    public Blake2s(int outputLength) {
        this(new byte[0], outputLength);
    }

    /**
     * With a key, which is copied.
     *
     * @param key 0 to 32 bytes; an empty key is no key
     * @param outputLength 1 to 32 bytes
     */
    public Blake2s(byte[] key, int outputLength) {
        if (key.length > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a BLAKE2s key has at most 32 bytes, not " + key.length);
        }
        if (outputLength < 1 || outputLength > HASH_LENGTH) {
            throw new IllegalArgumentException("BLAKE2s gives 1 to 32 bytes, not " + outputLength);
        }
        this.outputLength = outputLength;
        digest = new Blake2sDigest(key.length == 0 ? null : key, outputLength, null, null);
    }

    public Blake2s update(byte[] bytes) {
        return update(bytes, 0, bytes.length);
    }

    public Blake2s update(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        usable().update(bytes, offset, length);
        return this;
    }

    /** Finishes, and starts afresh with the same key. */
    public byte[] digest() {
        byte[] output = new byte[outputLength];
        usable().doFinal(output, 0);
        return output;
    }

    /** Overwrites key and state; afterwards every call but this one is an IllegalStateException. */
    public void wipe() {
        if (digest != null) {
            digest.doFinal(new byte[outputLength], 0); // resets everything but the key
            digest.clearKey();
            digest = null;
        }
    }

    private Blake2sDigest usable() {
        if (digest == null) {
            throw new IllegalStateException("this BLAKE2s has been wiped");
        }
        return digest;
    }

    /** The 32-byte hash of the concatenation of all parts. */
    public static byte[] hash(byte[]... parts) {
        return new Blake2s(HASH_LENGTH).finish(parts);
    }

    /**
     * The 16-byte MAC of the concatenation of all parts.
     *
     * @param key 0 to 32 bytes
     */
    public static byte[] mac(byte[] key, byte[]... parts) {
        return new Blake2s(key, MAC_LENGTH).finish(parts);
    }

    private byte[] finish(byte[]... parts) {
        for (byte[] part : parts) {
            update(part);
        }
        byte[] output = digest();
        wipe();
        return output;
    }
}
