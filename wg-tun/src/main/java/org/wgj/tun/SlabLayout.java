// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.lang.foreign.MemorySegment;

/**
 * How packets lie in a slab: records one behind the other, each at a multiple of 16.
 *
 * <pre>
 *   | headroom | packet | tailroom | up to 15 bytes | headroom | packet ...
 * </pre>
 */
final class SlabLayout {
    private SlabLayout() {}

    private static final int ALIGNMENT = 16;

    /** Where the last record may begin that has room for the longest packet. */
    static long lastRecord(MemorySegment slab, int headroom, int tailroom) {
        checkNative(slab);
        if (headroom < 0 || tailroom < 0) {
            throw new IllegalArgumentException("room of " + headroom + " and " + tailroom);
        }
        long last =
                Math.min(slab.byteSize(), Integer.MAX_VALUE) - headroom - Tun.MAX_PACKET - tailroom;
        if (last < 0) {
            throw new IllegalArgumentException(
                    "no room for one packet in a slab of " + slab.byteSize());
        }
        return last;
    }

    /** Where the next record begins when the one before it ends there. */
    static long nextRecord(long end) {
        return (end + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static void checkNative(MemorySegment slab) {
        if (!slab.isNative()) {
            throw new IllegalArgumentException("the slab is not native memory");
        }
    }
}
