// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads and writes numbers in network byte order, aligned or not. */
public final class BigEndian {
    private BigEndian() {}

    private static final ValueLayout.OfShort SHORT =
            JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /**
     * Reads a byte.
     *
     * @param bytes the memory
     * @param at its offset
     * @return 0 to 255
     */
    public static int get8(MemorySegment bytes, long at) {
        return bytes.get(JAVA_BYTE, at) & 0xff;
    }

    /**
     * Writes a byte.
     *
     * @param bytes the memory
     * @param at its offset
     * @param value the low 8 bits are written
     */
    public static void set8(MemorySegment bytes, long at, int value) {
        bytes.set(JAVA_BYTE, at, (byte) value);
    }

    /**
     * Reads a 16-bit number.
     *
     * @param bytes the memory
     * @param at its offset
     * @return 0 to 65535
     */
    public static int get16(MemorySegment bytes, long at) {
        return bytes.get(SHORT, at) & 0xffff;
    }

    /**
     * Writes a 16-bit number.
     *
     * @param bytes the memory
     * @param at its offset
     * @param value the low 16 bits are written
     */
    public static void set16(MemorySegment bytes, long at, int value) {
        bytes.set(SHORT, at, (short) value);
    }

    /**
     * Reads a 32-bit number.
     *
     * @param bytes the memory
     * @param at its offset
     * @return all 32 bits, perhaps negative
     */
    public static int get32(MemorySegment bytes, long at) {
        return bytes.get(INT, at);
    }

    /**
     * Writes a 32-bit number.
     *
     * @param bytes the memory
     * @param at its offset
     * @param value the low 32 bits are written
     */
    public static void set32(MemorySegment bytes, long at, int value) {
        bytes.set(INT, at, value);
    }

    /**
     * Reads a 64-bit number.
     *
     * @param bytes the memory
     * @param at its offset
     * @return all 64 bits, perhaps negative
     */
    public static long get64(MemorySegment bytes, long at) {
        return bytes.get(LONG, at);
    }

    /**
     * Writes a 64-bit number.
     *
     * @param bytes the memory
     * @param at its offset
     * @param value all 64 bits are written
     */
    public static void set64(MemorySegment bytes, long at, long value) {
        bytes.set(LONG, at, value);
    }
}
