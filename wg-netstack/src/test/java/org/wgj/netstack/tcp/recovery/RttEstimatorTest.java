// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class RttEstimatorTest {
    private static final long MS = 1_000_000L;

    @Test
    void beginsWithOneSecondOrThreeAfterALostSyn() {
        RttEstimator rtt = new RttEstimator();
        assertFalse(rtt.hasSample());
        assertEquals(1000 * MS, rtt.rtoNs());
        rtt.start(true);
        assertEquals(3000 * MS, rtt.rtoNs());
        rtt.sample(100 * MS, 1, 1);
        rtt.start(true);
        assertEquals(300 * MS, rtt.rtoNs(), "a sample replaces the first guess");
    }

    @Test
    void timeoutIsTheRoundTripPlusAtLeastTwoHundredMilliseconds() {
        RttEstimator rtt = new RttEstimator();
        for (int i = 0; i < 1000; i++) {
            rtt.sample(10_000, i, i);
        }
        assertEquals(10_000, rtt.srttNs(), 8);
        assertEquals(200 * MS + rtt.srttNs(), rtt.rtoNs());
    }

    @Test
    void backoffDoublesUpToTwoMinutes() {
        RttEstimator rtt = new RttEstimator();
        rtt.sample(1, 1, 1);
        assertEquals(2 * rtt.rtoNs(), rtt.rtoNs(1));
        for (int i = 0; i < 100; i++) {
            assertTrue(rtt.rtoNs(i) <= RttEstimator.MAX_RTO_NS);
            assertTrue(rtt.rtoNs(i) >= rtt.rtoNs(Math.max(0, i - 1)));
        }
        assertEquals(RttEstimator.MAX_RTO_NS, rtt.rtoNs(Integer.MAX_VALUE));
    }

    @Test
    void survivesSenselessSamples() {
        RttEstimator rtt = new RttEstimator();
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            long sample =
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextLong();
                        case 1 -> 0;
                        case 2 -> Long.MAX_VALUE;
                        default -> random.nextLong(1_000_000_000L);
                    };
            rtt.sample(sample, i, i + 10);
            assertTrue(rtt.srttNs() >= 1 && rtt.srttNs() <= RttEstimator.MAX_RTO_NS);
            assertTrue(
                    rtt.rtoNs() >= RttEstimator.MIN_RTO_NS
                            && rtt.rtoNs() <= RttEstimator.MAX_RTO_NS);
        }
    }

    @Test
    void manySamplesInARoundDoNotWashOutTheVariation() {
        RttEstimator rtt = new RttEstimator();
        SplittableRandom random = new SplittableRandom(1);
        long below = 0;
        for (int i = 0; i < 100_000; i++) {
            long sample = 10 * MS + random.nextLong(300 * MS);
            if (i > 1000 && sample > rtt.rtoNs()) {
                below++;
            }
            rtt.sample(sample, i, i + 500);
        }
        assertEquals(0, below, "no round trip of this path is longer than the timeout");
    }
}
