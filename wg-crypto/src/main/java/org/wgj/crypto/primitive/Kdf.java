// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import java.util.Arrays;

/**
 * Key derivation by HMAC-BLAKE2s: the whitepaper's Hmac() and KDF1 to KDF3 (section 5.4). They are
 * HKDF (RFC 5869) without an info string, as Noise uses it.
 *
 * <p>Chaining keys and outputs have 32 bytes. The input may have any length, even zero: the
 * transport keys of 5.4.5 are derived from an empty input. A call wipes all intermediate secrets
 * before it returns.
 */
public final class Kdf {
    private static final int KEY_LENGTH = Blake2s.HASH_LENGTH;
    private static final int BLOCK_LENGTH = 64; // of BLAKE2s, RFC 7693 section 2.1

    private Kdf() {}

    /**
     * Computes HMAC-BLAKE2s (RFC 2104) of the concatenation of all parts.
     *
     * @param key any length; the whitepaper uses 32 bytes
     * @param parts of the message, in order
     * @return 32 bytes
     */
    public static byte[] hmac(byte[] key, byte[]... parts) {
        byte[] block =
                key.length <= BLOCK_LENGTH ? Arrays.copyOf(key, BLOCK_LENGTH) : hashedKey(key);
        Blake2s blake2s = new Blake2s(Blake2s.HASH_LENGTH);
        xor(block, 0x36);
        blake2s.update(block);
        for (byte[] part : parts) {
            blake2s.update(part);
        }
        byte[] inner = blake2s.digest();
        xor(block, 0x36 ^ 0x5c);
        byte[] outer = blake2s.update(block).update(inner).digest();
        blake2s.wipe();
        wipe(block, inner);
        return outer;
    }

    /**
     * Computes KDF1.
     *
     * @param chainingKey 32 bytes
     * @param input any length
     * @return 32 bytes
     * @throws IllegalArgumentException if the chaining key does not have 32 bytes
     */
    public static byte[] kdf1(byte[] chainingKey, byte[] input) {
        byte[] output = new byte[KEY_LENGTH];
        derive(chainingKey, input, output);
        return output;
    }

    /**
     * Computes KDF2. The outputs must be different arrays; one of them may be the array of the
     * chaining key.
     *
     * @param chainingKey 32 bytes
     * @param input any length
     * @param out1 receives 32 bytes
     * @param out2 receives 32 bytes
     * @throws IllegalArgumentException if an array other than input does not have 32 bytes
     */
    public static void kdf2(byte[] chainingKey, byte[] input, byte[] out1, byte[] out2) {
        derive(chainingKey, input, out1, out2);
    }

    /**
     * Computes KDF3. The outputs must be different arrays; one of them may be the array of the
     * chaining key.
     *
     * @param chainingKey 32 bytes
     * @param input any length
     * @param out1 receives 32 bytes
     * @param out2 receives 32 bytes
     * @param out3 receives 32 bytes
     * @throws IllegalArgumentException if an array other than input does not have 32 bytes
     */
    public static void kdf3(
            byte[] chainingKey, byte[] input, byte[] out1, byte[] out2, byte[] out3) {
        derive(chainingKey, input, out1, out2, out3);
    }

    private static void derive(byte[] chainingKey, byte[] input, byte[]... outputs) {
        checkLength(chainingKey);
        for (byte[] output : outputs) {
            checkLength(output);
        }
        byte[] secret = hmac(chainingKey, input);
        // From here on the chaining key is not read, so an output may be its array.
        byte[] previous = new byte[0];
        for (int n = 1; n <= outputs.length; n++) {
            byte[] next = hmac(secret, previous, new byte[] {(byte) n});
            wipe(previous);
            System.arraycopy(next, 0, outputs[n - 1], 0, KEY_LENGTH);
            previous = next;
        }
        wipe(secret, previous);
    }

    private static byte[] hashedKey(byte[] key) {
        byte[] hash = Blake2s.hash(key);
        byte[] block = Arrays.copyOf(hash, BLOCK_LENGTH);
        wipe(hash);
        return block;
    }

    private static void xor(byte[] block, int pad) {
        for (int i = 0; i < block.length; i++) {
            block[i] ^= (byte) pad;
        }
    }

    private static void checkLength(byte[] key) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "chaining keys and outputs must have 32 bytes, not " + key.length);
        }
    }

    private static void wipe(byte[]... secrets) {
        for (byte[] secret : secrets) {
            Arrays.fill(secret, (byte) 0);
        }
    }
}
