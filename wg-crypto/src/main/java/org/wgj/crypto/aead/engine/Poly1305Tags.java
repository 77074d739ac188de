// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.lang.foreign.MemorySegment;

/**
 * Poly1305 (RFC 8439, 2.5) over the ciphertexts of several packets, each with its own one-time key.
 * Implementations are stateless: they compute in the workspace of the caller.
 */
interface Poly1305Tags {
    /** Returns a workspace with room for so many packets, which are numbered from 0. */
    Poly1305Workspace workspace(int packets);

    /**
     * Computes the tags of the first packets of the workspace, whose one-time keys have been set.
     * The tags are those of transport data, which has no associated data (RFC 8439, 2.8).
     *
     * @param packets how many
     * @param offsets where in segment each ciphertext begins, in bytes
     * @param lengths of the ciphertexts, in bytes
     */
    void compute(
            Poly1305Workspace workspace,
            int packets,
            MemorySegment segment,
            int[] offsets,
            int[] lengths);
}
