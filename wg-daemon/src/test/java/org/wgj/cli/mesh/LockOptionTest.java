// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;

class LockOptionTest {
    private static final long NOW = 1_790_000_000_000L;

    @Test
    void signaturesAreOfNowOrJustAfterTheLatest() throws Exception {
        assertEquals(NOW, LockOption.timeMs(0, NOW));
        assertEquals(NOW, LockOption.timeMs(NOW - 1, NOW));
        assertEquals(NOW + 1, LockOption.timeMs(NOW, NOW));
        assertEquals(NOW + 5_001, LockOption.timeMs(NOW + 5_000, NOW));
    }

    @Test
    void aCoordinatorCannotMoveThemFarAhead() {
        long far = NOW + Duration.ofDays(2).toMillis();
        IOException e = assertThrows(IOException.class, () -> LockOption.timeMs(far, NOW));
        assertTrue(e.getMessage().contains("clock"), e.getMessage());
    }
}
