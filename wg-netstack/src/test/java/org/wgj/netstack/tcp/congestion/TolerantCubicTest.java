// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TolerantCubicTest {
    private static final int MSS = 1000;
    private static final long MS = 1_000_000L;

    private final CongestionControl control = CongestionControl.tolerantCubic();
    private final CongestionWindow window = new CongestionWindow(MSS);
    private long position = 1;
    private long now = 1000 * MS;

    /** Acknowledges segments in rounds of a hundred. */
    private void run(int segments, long rttNs) {
        for (int i = 0; i < segments; i++) {
            now += rttNs / 100;
            position += MSS;
            control.roundTrip(window, rttNs, position, position + 100 * MSS, now);
        }
    }

    @Test
    void rareLossesWithoutAQueueAreTolerated() {
        run(1000, 100 * MS);
        for (int i = 0; i < 100; i++) {
            assertTrue(control.tolerates(window, MSS, now), "loss " + i);
            run(2001, 100 * MS);
        }
    }

    @Test
    void frequentLossesAreNot() {
        run(1000, 100 * MS);
        int tolerated = 0;
        for (int i = 0; i < 100; i++) {
            tolerated += control.tolerates(window, MSS, now) ? 1 : 0;
            run(200, 100 * MS);
        }
        assertEquals(18, tolerated, 2, "eight by chance and one in two thousand");
    }

    @Test
    void aBurstIsNot() {
        run(100_000, 100 * MS);
        assertFalse(control.tolerates(window, 9 * MSS, now));
    }

    @Test
    void aLossBehindAQueueIsNot() {
        run(1000, 100 * MS);
        run(300, 110 * MS);
        assertFalse(control.tolerates(window, MSS, now));
        run(300, 101 * MS);
        assertTrue(control.tolerates(window, MSS, now));
    }

    @Test
    void nothingIsToleratedBeforeARoundWasSeen() {
        assertFalse(control.tolerates(window, MSS, now));
    }

    @Test
    void theOtherRulesTolerateNothing() {
        assertFalse(CongestionControl.cubic().tolerates(window, 1, now));
        assertFalse(CongestionControl.newReno().tolerates(window, 1, now));
    }
}
