package org.wgj.crypto;

import java.lang.foreign.MemorySegment;

/**
 * Poly1305 (RFC 8439, 2.5) over the ciphertexts of several packets at once, each with a one-time
 * key of its own; the order of calls is prepare, absorb for each packet, finish. Implementations
 * are stateless: what they compute with is in the batch.
 */
interface Poly1305Tags {
    /** Room for so many packets, which are numbered from 0. */
    Poly1305Batch batch(int packets);

    /** After r and s of that many packets have been set. */
    void prepare(Poly1305Batch batch, int packets);

    /** Takes in a whole ciphertext; what follows it (RFC 8439, 2.8) comes with finish. */
    void absorb(Poly1305Batch batch, int packet, MemorySegment segment, long offset, int length);

    /** Sets the tags of that many packets. */
    void finish(Poly1305Batch batch, int packets);
}
