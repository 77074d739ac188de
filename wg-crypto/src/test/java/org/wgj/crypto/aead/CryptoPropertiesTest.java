// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CryptoPropertiesTest {
    private final String before = System.getProperty("wgj.workers");

    @BeforeEach
    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty("wgj.workers");
        } else {
            System.setProperty("wgj.workers", before);
        }
    }

    @Test
    void theNumberOfWorkersIsRead() {
        System.setProperty("wgj.workers", "7");
        assertEquals(7, CryptoProperties.workers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "65", "two"})
    void otherNumbersAreRefusedWithTheNameOfTheProperty(String setting) {
        System.setProperty("wgj.workers", setting);
        String message =
                assertThrows(IllegalArgumentException.class, CryptoProperties::workers)
                        .getMessage();
        assertTrue(message.startsWith("wgj.workers: ") && message.contains("0 to 64"), message);
    }
}
