// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;

class OpenSslTest {
    @Test
    void openSslsBytesPerSecondBecomeNanosecondsPerPacket() throws IOException {
        String output =
                """
                +H:1440
                +F:25:ChaCha20-Poly1305:2400000000.00
                """;

        assertEquals(600, OpenSsl.nanoseconds(output, 1_440), 1e-9);
        assertThrows(IOException.class, () -> OpenSsl.nanoseconds("", 1_440));
    }
}
