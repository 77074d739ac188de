// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.lang.foreign.MemorySegment;

/**
 * The layout of packets in a slab: records one behind the other, each at a multiple of 16.
 *
 * <pre>
 *   | headroom | packet | tailroom | up to 15 bytes | headroom | packet ...
 * </pre>
 */
final class SlabLayout {
    private SlabLayout() {}

    private static final int ALIGNMENT = 16;

    /**
     * Returns where the last record with room for the longest packet may begin.
     *
     * @throws IllegalArgumentException if the slab has no room for one record
     */
    static long lastRecord(MemorySegment slab, int headroom, int tailroom) {
        checkNative(slab);
        if (headroom < 0 || tailroom < 0) {
            throw new IllegalArgumentException(
                    "headroom " + headroom + " or tailroom " + tailroom + " is negative");
        }
        long last =
                Math.min(slab.byteSize(), Integer.MAX_VALUE) - headroom - Tun.MAX_PACKET - tailroom;
        if (last < 0) {
            throw new IllegalArgumentException(
                    "a slab of " + slab.byteSize() + " bytes has no room for one packet");
        }
        return last;
    }

    /** Returns where the next record begins if the record before ends there. */
    static long nextRecord(long end) {
        return (end + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static void checkNative(MemorySegment slab) {
        if (!slab.isNative()) {
            throw new IllegalArgumentException("the slab is not native memory");
        }
    }
}
