// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class NetReportTest {
    private static final NetVitals CALM =
            new NetVitals(0.1, 20, 300, 12, 49, 0, 100, 0, 0, NetEnd.OWN_UDP_PORTS, 9, 9, 1, 3);

    private final NetReport report = new NetReport(Map.of("machine", "this"));

    private void fill(int count, double recoverySeconds, NetVitals vitals) {
        for (int i = 0; i < count; i++) {
            report.add(new NetCycle(0.5, NetFault.CABLE_CUT, recoverySeconds, vitals, vitals));
        }
    }

    @Test
    void aCalmRunHasNoFindings() {
        fill(20, 0.1, CALM);
        report.tally(Kind.SHORT, new NetReport.Tally(1_000, 2, 3_000_000));

        assertEquals(List.of(), report.findings());
        String text = report.markdown();
        assertTrue(text.contains("**Nothing found.**"), text);
        assertTrue(text.contains("| short connections | 1,000 | 2 | 3 |"), text);
        assertTrue(text.contains("| cable cut | 20 | 0.1 (0.1–0.1) | 0.1 (0.1–0.1) |"), text);
    }

    @Test
    void slowRecoveryIsFound() {
        fill(1, NetReport.RECOVERY_SECONDS + 1, CALM);

        assertEquals(List.of("no packets for 23.0 s after: cable cut"), report.findings());
    }

    @Test
    void whatIsStillHeldIsFound() {
        report.add(
                new NetCycle(
                        0.5,
                        NetFault.JUNK,
                        0,
                        CALM,
                        new NetVitals(90, 20, 300, 12, 49, 2, 0, 16_384, 100, 3, 9, 9, 1, 3)));

        assertEquals(
                List.of(
                        "0.50 h: far holds 2 connections, 16384 bytes of TCP, 100 bytes of"
                                + " fragments, 3 UDP ports long after: junk"),
                report.findings());
    }

    @Test
    void growthIsFound() {
        fill(18, 0, CALM);
        fill(2, 0, new NetVitals(0, 26, 361, 19, 60, 0, 0, 0, 0, 2, 9, 9, 1, 3));

        assertEquals(
                List.of(
                        "heap after a collection, MB grew from 20.0 to 26.0",
                        "resident memory, MB grew from 300.0 to 361.0",
                        "descriptors grew from 49.0 to 60.0",
                        "threads grew from 12.0 to 19.0"),
                report.findings());
    }

    @Test
    void vitalsReadAsTheyWereWritten() {
        assertEquals(CALM, NetVitals.parse(CALM.text()));
    }
}
