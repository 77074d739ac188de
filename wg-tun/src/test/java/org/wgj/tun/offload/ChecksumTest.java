// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

class ChecksumTest {
    private static MemorySegment copy(byte[] bytes) {
        MemorySegment copy = Arena.ofAuto().allocate(bytes.length + 1);
        MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return copy;
    }

    /** RFC 1071 section 3. */
    @Test
    void theExampleOfRfc1071HasItsSum() {
        byte[] example = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, -10, -9};
        assertEquals(0xddf2, Checksum.sum(copy(example), 0, 8));
        assertEquals(0x220d, Checksum.of(0xddf2));
    }

    @Test
    void everyLengthAndAlignmentMatchesTheSimpleSum() {
        Random random = new Random(1);
        for (int offset = 0; offset < 9; offset++) {
            for (int length = 0; length < 300; length++) {
                byte[] bytes = TestPacket.random(random, offset + length + 1);
                int slow = TestPacket.slowSum(bytes, offset, offset + length);
                assertEquals(slow, Checksum.sum(copy(bytes), offset, length), "length " + length);
            }
        }
    }

    @Test
    void theLargestSumDoesNotOverflow() {
        byte[] ones = new byte[65535];
        Arrays.fill(ones, (byte) 0xff);
        int slow = TestPacket.slowSum(ones, 0, ones.length);
        assertEquals(slow, Checksum.sum(copy(ones), 0, ones.length));
        assertEquals(0xffff, Checksum.fold(Long.MAX_VALUE - (Long.MAX_VALUE % 0xffff)));
        assertEquals(0, Checksum.fold(0));
        assertEquals(1, Checksum.fold(0x1_0000_0000L));
    }

    @Test
    void zeroIsWrittenAs0xffffWhereItWouldMeanNoChecksum() {
        assertEquals(0, Checksum.of(0xffff));
        assertEquals(0xffff, Checksum.ofNeverZero(0xffff));
        assertEquals(0xfffe, Checksum.ofNeverZero(1));
    }
}
