// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.
 *
 * <p>Sums are kept in a {@code long} and folded late, so they can be added freely. The sum in one
 * byte order is the byte-swapped sum in the other (RFC 1071, 2 B). So the bytes are added eight at
 * a time, in the machine's order.
 */
public final class Checksum {
    private Checksum() {}

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long LOW = 0xffffffffL;

    /** The sum of intact data that includes its checksum. */
    public static final int INTACT = 0xffff;

    /**
     * Returns the sum of up to 2^31 bytes, folded to 16 bits. An odd last byte is padded with zero.
     * The result is 0 only if all bytes are zero.
     *
     * @param bytes the memory
     * @param offset where the data begins, aligned or not
     * @param length the data's length in bytes
     * @return the sum, 0 to 0xffff, as if the words were read in network byte order
     */
    public static int sum(MemorySegment bytes, long offset, int length) {
        int whole = length & ~7;
        long sum =
                bytes.isNative()
                        ? sumOfNative(bytes, offset, whole)
                        : sumOfArray(bytes, offset, whole);
        if (whole < length) {
            long word = 0;
            for (int i = whole; i < length; i++) {
                int place = LITTLE_ENDIAN ? i - whole : 7 - (i - whole);
                word |= (bytes.get(JAVA_BYTE, offset + i) & 0xffL) << 8 * place;
            }
            sum += (word & LOW) + (word >>> 32);
        }
        int folded = fold(sum);
        return LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) folded)) : folded;
    }

    // The same loop twice: the JIT compiler uses vectors only if a loop has met one kind of memory.

    private static long sumOfNative(MemorySegment bytes, long offset, int length) {
        long sum = 0;
        for (int i = 0; i < length; i += 8) {
            long word = bytes.get(JAVA_LONG_UNALIGNED, offset + i);
            sum += (word & LOW) + (word >>> 32);
        }
        return sum;
    }

    private static long sumOfArray(MemorySegment bytes, long offset, int length) {
        long sum = 0;
        for (int i = 0; i < length; i += 8) {
            long word = bytes.get(JAVA_LONG_UNALIGNED, offset + i);
            sum += (word & LOW) + (word >>> 32);
        }
        return sum;
    }

    /**
     * Folds a sum to 16 bits.
     *
     * @param sum a sum of words, not negative
     * @return the same sum, 0 to 0xffff
     */
    public static int fold(long sum) {
        sum = (sum & LOW) + (sum >>> 32);
        sum = (sum & 0xffff) + (sum >>> 16); // at most 0x2fffe
        sum = (sum & 0xffff) + (sum >>> 16);
        return (int) ((sum & 0xffff) + (sum >>> 16));
    }

    /**
     * Returns the checksum for a packet whose other data has this sum.
     *
     * @param sum a sum of words, not negative
     * @return the complement, 0 to 0xffff
     */
    public static int of(long sum) {
        return ~fold(sum) & 0xffff;
    }

    /**
     * Returns the same, except 0xffff instead of 0, which in UDP means "no checksum" (RFC 768);
     * elsewhere both are right.
     *
     * @param sum a sum of words, not negative
     * @return the complement, 1 to 0xffff
     */
    public static int ofNeverZero(long sum) {
        int checksum = of(sum);
        return checksum == 0 ? 0xffff : checksum;
    }
}
