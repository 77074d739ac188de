// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

/**
 * The key of one direction of one session (whitepaper 5.4.6). A packet's nonce is four zero bytes
 * and its counter, little-endian; there is no associated data.
 *
 * <p>One call takes many packets of the same key because that is faster: an implementation fills
 * its vector lanes and pipelines with several packets, and the fixed cost of a call is paid once.
 * Packet k of a call (0 to count - 1) is described at index first + k of the arrays.
 *
 * <p>Several threads may use a key at once, even while one of them wipes it. Packets whose
 * processing has begun are finished with the true key; a large batch may then be partly processed.
 * Memory that is confined to the calling thread is allowed, but workers can help only with memory
 * that all threads may access.
 */
public interface TransportKey {
    /** Bytes by which a sealed packet is longer than its plaintext. */
    int TAG_LENGTH = 16;

    /**
     * Seals packets with the counters firstCounter, firstCounter + 1 and so on. The caller must
     * never use a counter twice with the same key.
     *
     * @param firstCounter unsigned
     * @param packets where the plaintexts are and the sealed packets go; the lengths are those of
     *     the plaintexts with padding, 0 to 65,535 bytes, and length + 16 bytes of each packet are
     *     written
     * @param first the index of the first packet
     * @param count how many packets to seal
     * @throws IllegalStateException if the key has been wiped
     * @throws IllegalArgumentException if a length is outside its range; other packets may have
     *     been written
     * @throws IndexOutOfBoundsException if a packet is outside its segment, or an index outside the
     *     arrays; other packets may have been written
     */
    void seal(long firstCounter, PacketLayout packets, int first, int count);

    /**
     * Opens packets. A forged packet writes nothing to the target; if it was to be opened in place,
     * its ciphertext remains. Replays are not detected: the same packet opens twice.
     *
     * @param counters the counter of each packet, unsigned, in any order
     * @param packets where the sealed packets are and the plaintexts go; the lengths are those of
     *     the sealed packets with their tags, 0 to 65,551 bytes, and length - 16 bytes of each
     *     authentic packet are written; a packet that is shorter than a tag counts as forged
     * @param first the index of the first packet
     * @param count how many packets to open
     * @param opened receives at first + k whether packet k was authentic; all false if the key has
     *     been wiped
     * @return how many packets were authentic
     * @throws IllegalArgumentException if a length is outside its range; other packets may have
     *     been written
     * @throws IndexOutOfBoundsException if a packet is outside its segment, or an index outside the
     *     arrays; other packets may have been written
     */
    int open(long[] counters, PacketLayout packets, int first, int count, boolean[] opened);

    /** Overwrites the key. Afterwards seal throws IllegalStateException, and open opens nothing. */
    void wipe();
}
