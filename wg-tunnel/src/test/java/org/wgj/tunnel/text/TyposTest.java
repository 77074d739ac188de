// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TyposTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "'', abc, 3",
        "show, show, 0",
        "sow, show, 1",
        "shoow, show, 1",
        "shaw, show, 1",
        "shwo, show, 1",
        "hsow, show, 1",
        "hswo, show, 2",
        "bogus, show, 5",
        "ca, abc, 3",
    })
    void countsInBothDirections(String a, String b, int typos) {
        assertEquals(typos, Typos.between(a, b));
        assertEquals(typos, Typos.between(b, a));
    }
}
