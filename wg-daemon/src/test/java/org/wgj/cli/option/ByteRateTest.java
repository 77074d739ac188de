// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ByteRateTest {
    @Test
    void numbersAreBytesPerSecond() {
        assertEquals(0, ByteRate.parse("--x", null));
        assertEquals(10_000, ByteRate.parse("--x", "10000"));
        assertEquals(500_000, ByteRate.parse("--x", "500k"));
        assertEquals(20_000_000, ByteRate.parse("--x", " 20M "));
        assertEquals(1_000_000_000, ByteRate.parse("--x", "1g"));
        assertEquals(1_000_000_000_000L, ByteRate.parse("--x", "1000G"));
    }

    @Test
    void whatIsNoRateIsRefused() {
        for (String wrong :
                new String[] {"", "0", "-1", "9999", "1.5M", "M", "20MB", "1001G", "1 M"}) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> ByteRate.parse("--relay-limit", wrong))
                            .getMessage();
            assertTrue(message.startsWith("--relay-limit: bytes per second"), message);
        }
    }
}
