// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class SoakReportTest {
    private static final Vitals CALM = new Vitals(150, 18, 39, 5);

    private final SoakReport report = new SoakReport(Map.of("machine", "this"));

    @Test
    void aCalmRunHasNoFindings() {
        fill(20, CALM);
        report.logged("", "");

        assertEquals(List.of(), report.findings());
        assertTrue(report.markdown().contains("**Nothing found.**"), report.markdown());
    }

    @Test
    void slowRecoveryIsFound() {
        fill(5, CALM);
        report.add(cycle(0, SoakReport.RECOVERY_SECONDS + 1, CALM));

        assertEquals(List.of("0.50 h: no packets for 23.0 s after: cable cut"), report.findings());
    }

    @Test
    void unansweredPingsAreFound() {
        fill(10, CALM);
        report.add(cycle(6, 0.1, CALM)); // of 1,100

        assertEquals(List.of("pings without an answer between the faults: 6"), report.findings());
    }

    @Test
    void growthIsFound() {
        fill(18, CALM);
        fill(2, new Vitals(181, 19, 40, 5));

        assertEquals(
                List.of(
                        "descriptors grew from 39 to 40",
                        "threads grew from 18 to 19",
                        "resident memory grew from 150 to 181 MB"),
                report.findings());
    }

    @Test
    void whatWasLoggedAndWhatFailedIsFound() {
        fill(3, CALM);
        report.logged("one\n", "two\n");
        report.fail("cycle 3");

        assertEquals(List.of("cycle 3", "logged: one", "logged: two"), report.findings());
        assertTrue(report.markdown().contains("- logged: two"), report.markdown());
    }

    private void fill(int cycles, Vitals near) {
        for (int i = 0; i < cycles; i++) {
            report.add(cycle(0, 0.1, near));
        }
    }

    private static Cycle cycle(int unanswered, double recoverySeconds, Vitals near) {
        var traffic = new SoakTraffic.Result(SoakTraffic.TCP, 10, 250, 0, Double.NaN);
        return new Cycle(
                0.5, traffic, 100, unanswered, SoakFault.CABLE_CUT, recoverySeconds, near, CALM);
    }
}
