// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Transport data: one encrypted packet (whitepaper 5.4.6).
 *
 * <pre>
 *   0    type = 4                                          4
 *   4    receiver index                                    4
 *   8    counter                                           8
 *  16    packet and padding, sealed       n + 16 for the tag
 * </pre>
 *
 * Static methods on a slab: with a packet each microsecond, an object for each would cost too much.
 */
public final class TransportMessage {
    private TransportMessage() {}

    /** The message type. */
    public static final int TYPE = 4;

    /** The length of type, receiver index and counter in bytes. */
    public static final int HEADER_LENGTH = 16;

    /** The length of the AEAD tag in bytes. */
    public static final int TAG_LENGTH = 16;

    /** The length of a keepalive, an encrypted packet of no bytes. */
    public static final int MIN_LENGTH = HEADER_LENGTH + TAG_LENGTH;

    /** Packets are padded to a multiple of this many bytes. */
    public static final int PADDING_UNIT = 16;

    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * Reads the receiver index.
     *
     * @param slab where the message is
     * @param offset where it begins
     * @return the index
     */
    public static int receiverIndex(MemorySegment slab, int offset) {
        return slab.get(LE_INT, offset + 4L);
    }

    /**
     * Reads the counter.
     *
     * @param slab where the message is
     * @param offset where it begins
     * @return the counter, unsigned
     */
    public static long counter(MemorySegment slab, int offset) {
        return slab.get(LE_LONG, offset + 8L);
    }

    /**
     * Writes the header.
     *
     * @param slab where the message is
     * @param offset where it begins
     * @param receiverIndex the receiver index
     * @param counter the counter, unsigned
     */
    public static void writeHeader(
            MemorySegment slab, int offset, int receiverIndex, long counter) {
        slab.set(LE_INT, offset, TYPE);
        slab.set(LE_INT, offset + 4L, receiverIndex);
        slab.set(LE_LONG, offset + 8L, counter);
    }

    /**
     * Returns the length of a packet with its padding: the next multiple of 16, which hides the
     * exact length, but at most the MTU, since datagrams must not become longer than the path was
     * configured for. A packet longer than the MTU (a superpacket) is padded as its last segment.
     *
     * @param length the length of the packet in bytes
     * @param mtu of the interface; 0 for no limit
     * @return the length with padding
     */
    public static int paddedLength(int length, int mtu) {
        if (mtu == 0) {
            return roundUp(length);
        }
        int lastUnit = length > mtu ? length % mtu : length;
        return length - lastUnit + Math.min(mtu, roundUp(lastUnit));
    }

    private static int roundUp(int length) {
        return length + PADDING_UNIT - 1 & -PADDING_UNIT;
    }
}
