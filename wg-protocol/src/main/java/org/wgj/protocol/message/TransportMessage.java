// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Transport data: one packet, sealed (whitepaper 5.4.6).
 *
 * <pre>
 *   0    type = 4                                          4
 *   4    receiver index                                    4
 *   8    counter                                           8
 *  16    packet and padding, sealed       n + 16 for the tag
 * </pre>
 *
 * Static methods on a slab, because a packet a microsecond deserves no object.
 */
public final class TransportMessage {
    private TransportMessage() {}

    public static final int TYPE = 4;
    public static final int HEADER_LENGTH = 16;
    public static final int TAG_LENGTH = 16;

    /** A keepalive: nothing, sealed. */
    public static final int MIN_LENGTH = HEADER_LENGTH + TAG_LENGTH;

    public static final int PADDING_UNIT = 16;

    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public static int receiverIndex(MemorySegment slab, int offset) {
        return slab.get(LE_INT, offset + 4L);
    }

    public static long counter(MemorySegment slab, int offset) {
        return slab.get(LE_LONG, offset + 8L);
    }

    public static void writeHeader(
            MemorySegment slab, int offset, int receiverIndex, long counter) {
        slab.set(LE_INT, offset, TYPE);
        slab.set(LE_INT, offset + 4L, receiverIndex);
        slab.set(LE_LONG, offset + 8L, counter);
    }

    /**
     * How long a packet of {@code length} bytes is when padded: up to a multiple of 16, which hides
     * its exact length, but never beyond the MTU, which would make datagrams longer than the path
     * was configured for. A packet longer than the MTU (a superpacket) is padded as its last
     * segment is.
     *
     * @param mtu of the interface, 0 for no limit
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
