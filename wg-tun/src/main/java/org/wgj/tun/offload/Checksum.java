// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.
 *
 * <p>Sums are kept in a {@code long} and folded late, so they may be added up freely. The sum of
 * bytes in either order is the other's with its bytes swapped (RFC 1071, 2 B), so they are taken
 * eight at a time as the machine reads them.
 */
final class Checksum {
    private Checksum() {}

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long LOW = 0xffffffffL;

    /** The sum of what intact data with its checksum in it adds up to. */
    static final int INTACT = 0xffff;

    /**
     * The sum of up to 2^31 bytes, a last odd one padded with zero, folded to 16 bits; 0 only when
     * all of them are zero.
     */
    static int sum(MemorySegment bytes, long offset, int length) {
        long sum = 0;
        int whole = length & ~7;
        for (int i = 0; i < whole; i += 8) {
            long word = bytes.get(JAVA_LONG_UNALIGNED, offset + i);
            sum += (word & LOW) + (word >>> 32);
        }
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

    /** A sum, not negative, in 16 bits. */
    static int fold(long sum) {
        sum = (sum & LOW) + (sum >>> 32);
        sum = (sum & 0xffff) + (sum >>> 16); // at most 0x2fffe
        sum = (sum & 0xffff) + (sum >>> 16);
        return (int) ((sum & 0xffff) + (sum >>> 16));
    }

    /** What goes into the packet for the sum of the rest. */
    static int of(long sum) {
        return ~fold(sum) & 0xffff;
    }

    /** The same where zero would mean that there is none (RFC 768); harmless elsewhere. */
    static int ofNeverZero(long sum) {
        int checksum = of(sum);
        return checksum == 0 ? 0xffff : checksum;
    }
}
