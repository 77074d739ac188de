// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final int AT_ONCE = 12;
    private static final long EVERY_NS = 10_000_000_000L;

    private final Pace<Long> pace = new Pace<>(AT_ONCE, EVERY_NS, 1_000);
    private long nowNs = Long.MAX_VALUE - 5; // it may wrap around, as System.nanoTime

    private boolean take(long node) {
        return pace.take(node, nowNs);
    }

    @Test
    void aMemberHasSomeChangesAtOnceAndThenOneAtATime() {
        for (int i = 0; i < AT_ONCE; i++) {
            assertTrue(take(2));
        }
        assertFalse(take(2));
        assertTrue(take(3), "another member");
        nowNs += EVERY_NS - 1;
        assertFalse(take(2));
        nowNs += 1;
        assertTrue(take(2));
        assertFalse(take(2));
    }

    @Test
    void membersThatChangeNothingAreForgotten() {
        for (long node = 0; node < 5_000; node++) {
            assertTrue(take(node));
        }
        nowNs += EVERY_NS;
        for (int i = 0; i < AT_ONCE; i++) {
            assertTrue(take(7));
        }
        assertFalse(take(7));
    }

    @Test
    void theCallerThatAskedLongestAgoIsForgottenFirst() {
        Pace<Integer> small = new Pace<>(1, EVERY_NS, 2);
        assertTrue(small.take(1, nowNs));
        assertTrue(small.take(2, nowNs));
        assertFalse(small.take(1, nowNs)); // a refused question counts as the newest
        assertTrue(small.take(3, nowNs)); // so 2 is forgotten
        assertFalse(small.take(1, nowNs));
        assertTrue(small.take(2, nowNs));
    }
}
