// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThroughTargetTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1, 0, false",
        "10.0.0.1:80, 10.0.0.1, 80, false",
        "fd00::1, fd00::1, 0, false",
        "[fd00::1]:65535, fd00::1, 65535, false",
        "db.office, db.office, 0, true",
        "db.office:5432, db.office, 5432, true"
    })
    void hostsAndPortsAreRead(String text, String host, int port, boolean name) {
        ThroughTarget target = ThroughTarget.parse(text);
        assertEquals(new ThroughTarget(host, port), target);
        assertEquals(name, target.isName());
        assertEquals(text, target.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "db:",
                "db:0",
                "db:65536",
                "db:http",
                "db:-1",
                "fd00::g",
                "[fd00::1]x",
                "[db]:80",
                "a:b:80",
                "http://db/",
                "db office"
            })
    void othersAreRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> ThroughTarget.parse(text));
    }
}
