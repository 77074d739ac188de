// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Set;

class PresenceTest {
    private static final long LATER_NS = 6_000_000_000L;

    private final Presence presence = new Presence();

    private long owes(long node) {
        return presence.unansweredNs(node, System.nanoTime() + LATER_NS);
    }

    private void ask() {
        presence.asked(1);
        assertTrue(owes(1) >= LATER_NS);
    }

    @Test
    void eachWordIsAnAnswer() {
        ask();
        presence.acknowledged(1, 5);
        assertEquals(-1, owes(1));
        ask();
        presence.streamBegan(1);
        assertEquals(-1, owes(1));
        ask();
        presence.answered(1);
        assertEquals(-1, owes(1));
    }

    @Test
    void theOldestQuestionCounts() {
        ask();
        long before = owes(1);
        presence.asked(1);
        assertTrue(owes(1) >= before);
    }

    @Test
    void whoIsGoneOwesNone() {
        ask();
        presence.streamEnded(1);
        assertEquals(-1, owes(1));
        ask();
        presence.keepOnly(Set.of());
        assertEquals(-1, owes(1));
    }
}
