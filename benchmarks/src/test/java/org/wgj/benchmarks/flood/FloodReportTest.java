// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.benchmarks.lab.Carrier;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

class FloodReportTest {
    private final FloodReport report = new FloodReport(Map.of("machine", "one"));

    private void add(Carrier implementation, double megabits, double... newcomers) {
        Phase calm = new Phase(200, 0.4, 0, 0.1);
        report.add(
                new Engagement(
                        Attack.JUNK,
                        implementation,
                        20_000,
                        10,
                        calm,
                        new Phase(megabits, 1.5, 0, 0.5),
                        calm,
                        Arrays.stream(newcomers).boxed().toList(),
                        100,
                        101,
                        implementation == Carrier.WGJ ? Map.of("cookie_sent", 7L) : Map.of()));
    }

    private void addGood(Carrier implementation, double megabits) {
        add(implementation, megabits, 5.1, 5.2, 5.3, 5.4);
    }

    @Test
    void asGoodAsTheOtherIsNoFinding() {
        for (double megabits : new double[] {200, 198}) {
            addGood(Carrier.WGJ, megabits - 3);
            addGood(Carrier.WIREGUARD_GO, megabits);
        }
        assertEquals(List.of(), report.findings());
        assertTrue(
                report.markdown()
                        .contains(
                                "| wgj | 20,000 | 200 → 196 → 200 | 0.40 → 1.50 → 0.40 | 0.0 % |"
                                        + " 0.50 | 8 of 8, 5.25 s | 100 → 101 |"),
                report.markdown());
        assertTrue(report.markdown().contains("{cookie_sent=14}"), report.markdown());
    }

    @Test
    void worseInEveryRoundIsAFinding() {
        for (double megabits : new double[] {100, 180}) {
            addGood(Carrier.WGJ, megabits);
            addGood(Carrier.WIREGUARD_GO, 200);
        }
        assertEquals(
                List.of(Attack.JUNK.title() + ": goodput worse in every round"), report.findings());
    }

    @Test
    void worseInOneRoundIsNone() {
        for (double megabits : new double[] {100, 200}) {
            addGood(Carrier.WGJ, megabits);
            addGood(Carrier.WIREGUARD_GO, 200);
        }
        assertEquals(List.of(), report.findings());
    }

    @Test
    void aNewPeerThatDoesNotGetInIsAFindingAlsoOfOneRound() {
        add(Carrier.WGJ, 200, 5.1, 5.2, 5.3);
        assertEquals(
                List.of(Attack.JUNK.title() + ": a new peer did not get in"), report.findings());
    }
}
