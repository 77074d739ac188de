// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerCountTest {
    @Test
    void withFewProcessorsThereAreNoWorkers() {
        assertEquals(0, WorkerCount.of(null, 1));
        assertEquals(0, WorkerCount.of(null, 3));
        assertEquals(2, WorkerCount.of(null, 4));
        assertEquals(8, WorkerCount.of(null, 16));
        assertEquals(8, WorkerCount.of(null, 128));
    }

    @Test
    void theSettingAppliesToAnyNumberOfProcessors() {
        assertEquals(0, WorkerCount.of("0", 32));
        assertEquals(7, WorkerCount.of("7", 2));
        assertEquals(64, WorkerCount.of("64", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-1", "+1", "65", "two", "1.5", "1 ", "99999999999"})
    void otherSettingsAreRefused(String setting) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> WorkerCount.of(setting, 8))
                        .getMessage();
        assertTrue(message.contains("workers") && message.contains("0 to 64"), message);
    }
}
