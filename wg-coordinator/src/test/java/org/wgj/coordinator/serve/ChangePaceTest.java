// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.Meshes;

import java.time.Duration;

class ChangePaceTest {
    private final Meshes.Clock clock = new Meshes.Clock();
    private final ChangePace pace = new ChangePace(clock);

    @Test
    void aMemberHasSomeChangesAtOnceAndThenOneAtATime() {
        for (int i = 0; i < ChangePace.AT_ONCE; i++) {
            assertTrue(pace.take(2));
        }
        assertFalse(pace.take(2));
        assertTrue(pace.take(3), "another member");
        clock.advance(Duration.ofMillis(ChangePace.EVERY_MS - 1));
        assertFalse(pace.take(2));
        clock.advance(Duration.ofMillis(1));
        assertTrue(pace.take(2));
        assertFalse(pace.take(2));
    }

    @Test
    void membersThatChangeNothingAreForgotten() {
        for (long node = 0; node < 5_000; node++) {
            assertTrue(pace.take(node));
        }
        clock.advance(Duration.ofMillis(ChangePace.EVERY_MS));
        for (int i = 0; i < ChangePace.AT_ONCE; i++) {
            assertTrue(pace.take(7));
        }
        assertFalse(pace.take(7));
    }
}
