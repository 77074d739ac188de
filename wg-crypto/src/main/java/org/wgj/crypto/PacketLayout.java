// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.lang.foreign.MemorySegment;

/**
 * The places of the packets that a {@link TransportKey} seals or opens: parallel arrays with one
 * entry for each packet.
 *
 * <p>A layout holds references and copies nothing. Its owner makes it once for its buffers, changes
 * the entries of the arrays as packets come and go, and passes the same object to every call, so
 * the data path allocates nothing.
 *
 * <p>The target of a packet is either the place of its source (same segment and same offset) or a
 * place that overlaps no other packet. Segments are native memory. The owner keeps segments and
 * arrays alive and unchanged by others while a call uses them.
 *
 * @param source the memory that packets are read from
 * @param sourceOffsets where in source each packet begins, in bytes
 * @param lengths the length of each packet as it is read, in bytes: of the plaintext for sealing,
 *     of ciphertext and tag for opening
 * @param target the memory that results are written to
 * @param targetOffsets where in target each result begins, in bytes
 */
public record PacketLayout(
        MemorySegment source,
        int[] sourceOffsets,
        int[] lengths,
        MemorySegment target,
        int[] targetOffsets) {
    /**
     * Returns the layout of packets whose results replace them.
     *
     * @param memory the memory that packets are read from and results are written to
     * @param offsets where each packet and its result begin, in bytes
     * @param lengths the length of each packet as it is read, in bytes
     * @return a layout whose source is its target
     */
    public static PacketLayout inPlace(MemorySegment memory, int[] offsets, int[] lengths) {
        return new PacketLayout(memory, offsets, lengths, memory, offsets);
    }
}
