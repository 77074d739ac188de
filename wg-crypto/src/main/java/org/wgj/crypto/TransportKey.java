// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

/**
 * The key of one direction of one session (whitepaper 5.4.6): nonces are four zero bytes and the
 * counter, little-endian; there is no associated data.
 *
 * <p>A call takes many packets of the one key, because that is what makes it quick: lanes and
 * pipelines can be filled with several packets, and what a call costs is paid once. Packet k of a
 * call (0 to count - 1) is described at index first + k of the arrays. Target is either another
 * place than source or exactly the same one, packet by packet (same segment and offset); ranges of
 * different packets must not overlap. Segments are native memory. The caller owns segments and
 * arrays and keeps them alive and to itself during the call.
 *
 * <p>Safe for several threads at once, also while one of them wipes: what a call has begun it may
 * finish, with the true key; a large batch may be part done then. Memory that is confined to the
 * calling thread is allowed, but only memory for all threads lets workers help.
 */
public interface TransportKey {
    /** Bytes by which a sealed packet is longer than its plaintext. */
    int TAG_LENGTH = 16;

    /**
     * Seals packets with the counters firstCounter, firstCounter + 1 and so on. That no counter is
     * ever used twice is the caller's promise.
     *
     * @param firstCounter unsigned
     * @param lengths of the plaintexts, padding included: 0 to 65,535; each packet's length + 16
     *     bytes are written
     * @throws IllegalStateException if the key has been wiped
     * @throws IllegalArgumentException for a length outside that range; IndexOutOfBoundsException
     *     for ranges outside segments or arrays. Other packets may have been written.
     */
    void seal(long firstCounter, PacketLayout packets, int first, int count);

    /**
     * Opens packets. Nothing of a forged one is written to target; where it was to be opened in
     * place its ciphertext stays. Replays are not looked for: the same packet twice opens twice.
     *
     * @param counters unsigned, in any order
     * @param lengths of the sealed packets, tag included: 0 to 65,551; of an authentic one length -
     *     16 bytes are written; one that is shorter than a tag is a forged one
     * @param opened receives at first + k whether packet k was authentic; all false if the key has
     *     been wiped
     * @return how many were authentic
     * @throws IllegalArgumentException for a length outside that range; IndexOutOfBoundsException
     *     for ranges outside segments or arrays. Other packets may have been written.
     */
    int open(long[] counters, PacketLayout packets, int first, int count, boolean[] opened);

    /** Overwrites the key. Afterwards seal throws IllegalStateException and open opens nothing. */
    void wipe();
}
