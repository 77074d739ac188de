// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads and writes numbers in network byte order, aligned or not. */
final class BigEndian {
    private BigEndian() {}

    private static final ValueLayout.OfShort SHORT =
            JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    static int get8(MemorySegment bytes, long at) {
        return bytes.get(JAVA_BYTE, at) & 0xff;
    }

    static void set8(MemorySegment bytes, long at, int value) {
        bytes.set(JAVA_BYTE, at, (byte) value);
    }

    static int get16(MemorySegment bytes, long at) {
        return bytes.get(SHORT, at) & 0xffff;
    }

    static void set16(MemorySegment bytes, long at, int value) {
        bytes.set(SHORT, at, (short) value);
    }

    static int get32(MemorySegment bytes, long at) {
        return bytes.get(INT, at);
    }

    static void set32(MemorySegment bytes, long at, int value) {
        bytes.set(INT, at, value);
    }
}
