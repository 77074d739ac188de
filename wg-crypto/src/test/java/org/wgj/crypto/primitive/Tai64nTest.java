// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Arrays;
import java.util.Random;

class Tai64nTest {
    @Test
    void theLabelCountsFromTwoToThe62AndTenSeconds() {
        assertEquals("400000000000000a00000000", hex(Tai64n.of(Instant.EPOCH).bytes()));
        // 2021-03-04T05:06:07Z is 1614834367 = 0x60406abf seconds after the epoch.
        assertEquals(
                "4000000060406ac900000000",
                hex(Tai64n.of(Instant.parse("2021-03-04T05:06:07Z")).bytes()));
        assertEquals(
                "400000000000000900000000", hex(Tai64n.of(Instant.EPOCH.minusSeconds(1)).bytes()));
    }

    @Test
    void nanosecondsAreRoundedDownTo16777216() {
        assertEquals(0, nanoseconds(0));
        assertEquals(0, nanoseconds(16_777_215));
        assertEquals(16_777_216, nanoseconds(16_777_216));
        assertEquals(16_777_216, nanoseconds(33_554_431));
        assertEquals(989_855_744, nanoseconds(999_999_999)); // 59 * 2^24
    }

    private static int nanoseconds(int nanoseconds) {
        byte[] bytes = Tai64n.of(Instant.ofEpochSecond(1_000_000, nanoseconds)).bytes();
        return Integer.parseInt(hex(Arrays.copyOfRange(bytes, 8, 12)), 16);
    }

    @Test
    void aTimestampIsReadFromTheMiddleOfAMessageUnchanged() {
        byte[] message = hex("ffff 4000000060406ac93b9aca01 ffff");
        Tai64n timestamp = Tai64n.of(message, 2);
        assertEquals("4000000060406ac93b9aca01", hex(timestamp.bytes()));
        assertThrows(IndexOutOfBoundsException.class, () -> Tai64n.of(message, 5));
        assertThrows(IndexOutOfBoundsException.class, () -> Tai64n.of(message, -1));
    }

    @Test
    void timestampsCompareAsTheirBytes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 10_000; round++) {
            byte[] one = new byte[12];
            random.nextBytes(one);
            byte[] other = one.clone();
            if (random.nextInt(10) > 0) {
                other[random.nextInt(12)] = (byte) random.nextInt();
            }
            Tai64n first = Tai64n.of(one, 0);
            Tai64n second = Tai64n.of(other, 0);
            int expected = Integer.signum(Arrays.compareUnsigned(one, other));
            assertEquals(expected, Integer.signum(first.compareTo(second)), "seed " + seed);
            assertEquals(expected == 0, first.equals(second));
            if (expected == 0) {
                assertEquals(first.hashCode(), second.hashCode());
            }
        }
    }

    @Test
    void theHighestBitsMakeATimestampGreater() {
        Tai64n now = Tai64n.of(Instant.parse("2026-01-01T00:00:00Z"));
        assertTrue(Tai64n.of(hex("800000000000000000000000"), 0).compareTo(now) > 0);
        assertTrue(
                Tai64n.of(hex("400000000000000a80000000"), 0)
                                .compareTo(Tai64n.of(hex("400000000000000a7fffffff"), 0))
                        > 0);
        assertNotEquals(now, Tai64n.of(new byte[12], 0));
    }

    @Test
    void aTimestampBecomesTheNearestInstant() {
        Instant instant = Instant.parse("2024-02-29T12:34:56.789Z");
        Instant whitened = Tai64n.of(instant).toInstant();
        assertEquals(instant.getEpochSecond(), whitened.getEpochSecond());
        assertEquals(788_529_152, whitened.getNano()); // 47 * 2^24
        assertEquals("1970-01-01T00:00:00Z", Tai64n.of(Instant.EPOCH).toString());
        // More than 10^9 nanoseconds, which no honest peer sends.
        assertEquals(
                Instant.ofEpochSecond(4, 294_967_295),
                Tai64n.of(hex("400000000000000affffffff"), 0).toInstant());
        assertEquals(Instant.MIN, Tai64n.of(new byte[12], 0).toInstant());
        assertEquals(Instant.MAX, Tai64n.of(hex("ff".repeat(12)), 0).toInstant());
        assertEquals(Instant.MAX, Tai64n.of(hex("bfffffffffffffffffffffff"), 0).toInstant());
        assertEquals(Instant.MAX, Tai64n.of(hex("c00000000000000a00000000"), 0).toInstant());
    }
}
