// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.secret.SecretBytes;

/**
 * Seals and opens single packets in place, at the start of a byte array, without associated data.
 * Between {@link #load} and {@link #forget} it holds one key. Not thread safe.
 */
interface PacketCipher {
    /** Takes a key of 32 bytes; returns false, and nothing has changed, if it has been wiped. */
    boolean load(SecretBytes secret);

    /**
     * Seals a packet.
     *
     * @param counter of the nonce, unsigned
     * @param buffer the plaintext; receives ciphertext and tag, 16 bytes longer
     * @param length of the plaintext, in bytes
     */
    void seal(long counter, byte[] buffer, int length);

    /**
     * Opens a packet.
     *
     * @param counter of the nonce, unsigned
     * @param buffer ciphertext and tag; receives the plaintext, 16 bytes shorter
     * @param length of ciphertext and tag, in bytes
     * @return false, and the buffer is unchanged, if the tag is wrong or length is less than 16
     */
    boolean open(long counter, byte[] buffer, int length);

    /** Overwrites everything secret. */
    void forget();
}
