// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HyStartTest {
    private static final int MSS = 1000;
    private static final long MS = 1_000_000L;

    private final HyStart start = new HyStart();
    private final CongestionWindow window = new CongestionWindow(MSS);
    private long position = 1;

    /** One round of samples, all with the same round-trip time. */
    private void round(long rttNs, int samples) {
        long next = position + samples;
        for (int i = 0; i < samples; i++) {
            start.roundTrip(window, rttNs, position, next);
            position++;
        }
    }

    @Test
    void aRiseByAnEighthLeadsToConservativeSlowStart() {
        round(80 * MS, 10);
        round(89 * MS, 10);
        assertFalse(start.conservative(), "an eighth of 80 ms is 10 ms");
        round(80 * MS, 10);
        round(91 * MS, 10);
        assertTrue(start.conservative());
        assertEquals(500, start.growth(2 * MSS, MSS), "a quarter of the growth");
    }

    @Test
    void theRiseIsBetweenFourAndSixteenMilliseconds() {
        round(1 * MS, 10);
        round(4 * MS, 10);
        assertFalse(start.conservative());
        round(1000 * MS, 10);
        start.reset();
        position = 1;
        round(1000 * MS, 10);
        round(1017 * MS, 10);
        assertTrue(start.conservative());
    }

    @Test
    void fewerThanEightSamplesProveNothing() {
        round(10 * MS, 10);
        round(100 * MS, 7);
        assertFalse(start.conservative());
    }

    @Test
    void jitterGoesBackToSlowStart() {
        round(10 * MS, 10);
        round(50 * MS, 10);
        assertTrue(start.conservative());
        round(20 * MS, 10);
        assertFalse(start.conservative());
        assertEquals(2 * MSS, start.growth(2 * MSS, MSS));
        assertEquals(CongestionWindow.UNLIMITED, window.threshold());
    }

    @Test
    void fiveConservativeRoundsEndSlowStart() {
        window.setSize(123_456);
        round(10 * MS, 10);
        round(50 * MS, 10);
        for (int i = 0; i < 4; i++) {
            round(50 * MS, 10);
            assertEquals(CongestionWindow.UNLIMITED, window.threshold(), "round " + i);
        }
        round(50 * MS, 10);
        assertEquals(123_456, window.threshold());
    }

    @Test
    void oneAcknowledgementGrowsByEightSegmentsAtMost() {
        assertEquals(8 * MSS, start.growth(100 * MSS, MSS));
    }
}
