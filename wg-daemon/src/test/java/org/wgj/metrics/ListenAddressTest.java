// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:9586, 127.0.0.1:9586, false",
        "9586, 127.0.0.1:9586, false",
        ":9586, 127.0.0.1:9586, false",
        "localhost:9586, 127.0.0.1:9586, false",
        "[::1]:9586, [0:0:0:0:0:0:0:1]:9586, false",
        "0.0.0.0:9586, 0.0.0.0:9586, true",
        "[::]:0, [0:0:0:0:0:0:0:0]:0, true",
        "192.0.2.1:65535, 192.0.2.1:65535, true",
        "unix:/run/wgj/metrics.sock, unix:/run/wgj/metrics.sock, false"
    })
    void reads(String text, String address, boolean warns) {
        ListenAddress read = ListenAddress.parse(text);
        assertEquals(address, read.toString());
        assertEquals(warns, read.warningOrNull() != null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "unix:",
                "host.example:9586",
                "::1:9586",
                "127.0.0.1",
                "127.0.0.1:",
                "1:65536",
                "127.0.0.1:-1",
                "[::1]",
                "[127.0.0.1:1"
            })
    void refuses(String text) {
        assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(text));
    }
}
