// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateReductionTest {
    private static final int MSS = 1000;

    /**
     * One of 100 segments is lost, the threshold is 70: about seven segments leave for ten
     * delivered, and 70 are in flight at the end.
     */
    @Test
    void theFlightFallsEvenlyToTheThreshold() {
        RateReduction prr = new RateReduction();
        prr.start(100L * MSS);
        long threshold = 70L * MSS;
        long flight = 98L * MSS;
        long sent = 0;
        for (int i = 0; i < 99; i++) {
            long cwnd = prr.acked(MSS, flight, threshold, MSS, i > 0);
            while (flight + MSS <= cwnd) {
                prr.sent(MSS);
                flight += MSS;
                sent++;
            }
            if (i > 5 && i < 60) {
                assertTrue(Math.abs(sent - 0.7 * (i + 1)) < 2, "after " + i + " sent " + sent);
            }
            flight -= MSS;
        }
        assertEquals(threshold, flight + MSS, MSS);
    }

    @Test
    void theFirstAcknowledgementAlwaysLetsOneSegmentOut() {
        RateReduction prr = new RateReduction();
        prr.start(100L * MSS);
        assertEquals(95L * MSS + MSS, prr.acked(0, 95L * MSS, 70L * MSS, MSS, false));
    }

    @Test
    void heavyLossIsFollowedByPacketConservationOrSlowStart() {
        RateReduction prr = new RateReduction();
        prr.start(100L * MSS);
        assertEquals(11L * MSS, prr.acked(MSS, 10L * MSS, 70L * MSS, MSS, false));
        prr.sent(MSS);
        assertEquals(
                11L * MSS,
                prr.acked(MSS, 10L * MSS, 70L * MSS, MSS, false),
                "one for one while more is lost");
        prr.sent(MSS);
        assertEquals(
                12L * MSS,
                prr.acked(MSS, 10L * MSS, 70L * MSS, MSS, true),
                "one more when nothing else is lost");
    }

    @Test
    void hugeWindowsDoNotOverflow() {
        RateReduction prr = new RateReduction();
        prr.start(1L << 40);
        long cwnd = prr.acked(1L << 39, 1L << 39, 1L << 38, MSS, true);
        assertEquals((1L << 39) + (1L << 37), cwnd);
    }
}
