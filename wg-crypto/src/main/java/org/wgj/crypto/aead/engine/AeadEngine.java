// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.crypto.secret.SecretBytes;

/**
 * One implementation of ChaCha20-Poly1305 for transport data. It can make a key from a secret that
 * another engine uses too, so a session can continue with another engine. All engines share the
 * checks here.
 */
public interface AeadEngine extends TransportAead {
    /** The most bytes that a packet has before it is sealed. */
    int MAX_PLAINTEXT_LENGTH = 65_535;

    /**
     * Checks the length of a packet.
     *
     * @param length in bytes
     * @param max the greatest length allowed
     * @return the length
     * @throws IllegalArgumentException if the length is negative or greater than max
     */
    static int checkLength(int length, int max) {
        if (length < 0 || length > max) {
            throw new IllegalArgumentException(
                    "a packet must have 0 to " + max + " bytes, not " + length);
        }
        return length;
    }

    /**
     * Makes a key that uses the secret itself, not a copy: wiping either wipes both.
     *
     * @param secret 32 bytes
     * @return a key that seals and opens with those bytes
     */
    TransportKey key(SecretBytes secret);

    @Override
    default TransportKey key(byte[] key32) {
        if (key32.length != ChaCha20Poly1305.KEY_LENGTH) {
            throw new IllegalArgumentException("a key must have 32 bytes, not " + key32.length);
        }
        return key(SecretBytes.copyOf(key32));
    }
}
