// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.twins;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two stacks over bad links, at random: both streams arrive whole and in order, no packet breaks an
 * invariant, and afterwards nothing is left. A failure names the seed; {@code -Dtwins.seed=N} runs
 * that one alone.
 */
class TwinsTest {
    private static final long FIRST = 1;

    @Test
    void streamsArriveWholeOverBadLinks() {
        Long only = Long.getLong("twins.seed");
        if (only != null) {
            new TwinRun(only).play();
            return;
        }
        long packets = 0;
        long end = System.nanoTime() + Integer.getInteger("twins.seconds", 20) * 1_000_000_000L;
        long seed = FIRST;
        while (seed < FIRST + 100 || System.nanoTime() < end) {
            packets += new TwinRun(seed++).play();
        }
        assertTrue(packets > 10_000, "packets " + packets);
    }

    @Test
    @Tag("slow")
    void streamsArriveWholeOverBadLinksForMillionsOfPackets() {
        long packets = 0;
        long wanted = Long.getLong("twins.packets", 5_000_000);
        long seed = 1_000_000;
        while (packets < wanted) {
            packets += new TwinRun(seed++).play();
        }
    }
}
