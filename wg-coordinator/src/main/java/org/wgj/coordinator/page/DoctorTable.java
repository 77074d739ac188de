// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.doctor.Verdict;

import java.util.Comparator;
import java.util.List;

/** The table of what the doctor finds, what does not work first. */
final class DoctorTable {
    /** The most rows. */
    static final int MAX_ROWS = 50;

    private final Html html;
    private final List<Verdict> verdicts;

    DoctorTable(Html html, List<Verdict> verdicts) {
        this.html = html;
        this.verdicts = verdicts;
    }

    void write() {
        html.open("section", "id", "doctor", "aria-labelledby", "doctor-title");
        html.element("h2", "Doctor", "id", "doctor-title");
        List<Verdict> found =
                verdicts.stream()
                        .filter(v -> v.level() == Verdict.Level.FAIL || isWarning(v))
                        .sorted(Comparator.comparing(DoctorTable::isWarning))
                        .toList();
        long passed = verdicts.stream().filter(v -> v.level() == Verdict.Level.PASS).count();
        if (!found.isEmpty()) {
            TableFrame.begin(html, "doctor-title", "Result", "Check", "Of", "Seen", "What to do");
            found.stream().limit(MAX_ROWS).forEach(this::row);
            TableFrame.end(html);
        }
        html.element(
                "p",
                (found.isEmpty() ? "Nothing found; " : "Besides, ")
                        + passed
                        + (passed == 1 ? " check passed." : " checks passed.")
                        + " On a node, wgj mesh doctor also tries that machine's firewall,"
                        + " networks and links.",
                "class",
                "note");
        if (found.size() > MAX_ROWS) {
            html.element(
                    "p",
                    (found.size() - MAX_ROWS) + " more are left out: wgj mesh doctor shows all.",
                    "class",
                    "left-out");
        }
        html.close();
    }

    private static boolean isWarning(Verdict verdict) {
        return verdict.level() == Verdict.Level.WARN;
    }

    private void row(Verdict verdict) {
        html.open("tr");
        html.element(
                "td", verdict.level().name(), "class", isWarning(verdict) ? "relay" : "broken");
        html.element("td", verdict.fault().id() + " " + verdict.fault().topic());
        html.element("th", verdict.subject(), "scope", "row");
        html.element("td", verdict.seen());
        html.element("td", verdict.fixOrNull() == null ? "-" : verdict.fixOrNull());
        html.close();
    }
}
