// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Spread;

import java.util.Optional;

/** Medians, spreads and ratios. */
class ResultsTest {
    private final Results results = new Results();

    @Test
    void anOddNumberOfFiguresHasAMiddleOne() {
        assertEquals(new Spread(3, 1, 9, 3), Spread.of(9, 1, 3));
    }

    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
        assertEquals(new Spread(2.5, 1, 100, 4), Spread.of(100, 2, 1, 3));
    }

    @Test
    void noFiguresHaveNoSpread() {
        assertThrows(IllegalArgumentException.class, Spread::of);
        assertEquals(Optional.empty(), results.of(Figure.TCP_1, Carrier.WGJ));
    }

    @Test
    void ratiosAreTakenWithinARoundAndNotBetweenMedians() {
        // The machine got four times slower for both: the ratio stays 2 throughout.
        sample(1, Carrier.WGJ, 8);
        sample(1, Carrier.WIREGUARD_GO, 4);
        sample(2, Carrier.WGJ, 2);
        sample(2, Carrier.WIREGUARD_GO, 1);
        // Without its partner a figure has no ratio.
        sample(3, Carrier.WGJ, 100);

        assertEquals(
                Optional.of(new Spread(2, 2, 2, 2)),
                results.ratio(Figure.TCP_1, Carrier.WGJ, Carrier.WIREGUARD_GO));
        assertEquals(3, results.rounds());
    }

    @Test
    void figuresOfOthersDoNotMix() {
        sample(1, Carrier.WGJ, 8);
        results.add(new Results.Sample(1, Figure.TCP_4, Carrier.WGJ, 5));
        sample(1, Carrier.NONE, 20);

        assertEquals(8, results.of(Figure.TCP_1, Carrier.WGJ).orElseThrow().most());
        assertEquals(Optional.empty(), results.ratio(Figure.TCP_4, Carrier.WGJ, Carrier.NONE));
    }

    @Test
    void nothingHasNoRatioToNothing() {
        sample(1, Carrier.WGJ, 0);
        sample(1, Carrier.KERNEL, 0);

        assertEquals(Optional.empty(), results.ratio(Figure.TCP_1, Carrier.WGJ, Carrier.KERNEL));
    }

    @Test
    void whatIsNotANumberIsNotKept() {
        sample(1, Carrier.KERNEL, Double.NaN);

        assertEquals(0, results.samples().size());
    }

    private void sample(int round, Carrier implementation, double value) {
        results.add(new Results.Sample(round, Figure.TCP_1, implementation, value));
    }
}
