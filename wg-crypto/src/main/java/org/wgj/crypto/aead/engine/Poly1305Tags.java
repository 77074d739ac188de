// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.lang.foreign.MemorySegment;

/**
 * Poly1305 (RFC 8439, 2.5) over the ciphertexts of several packets, each with a one-time key of its
 * own. Implementations are stateless: what they compute with is in the batch.
 */
interface Poly1305Tags {
    /** Room for so many packets, which are numbered from 0. */
    Poly1305Workspace batch(int packets);

    /**
     * Sets the tags of that many packets, whose r and s have been set, as transport data has them:
     * without associated data (RFC 8439, 2.8).
     *
     * @param offsets of the ciphertexts
     * @param lengths of the ciphertexts
     */
    void compute(
            Poly1305Workspace batch,
            int packets,
            MemorySegment segment,
            int[] offsets,
            int[] lengths);
}
