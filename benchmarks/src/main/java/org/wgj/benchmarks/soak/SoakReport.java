// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import org.wgj.benchmarks.lab.GcLog;
import org.wgj.benchmarks.lab.Spread;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All cycles of one run, what is wrong with them, and the Markdown of both. */
final class SoakReport {
    /**
     * By the protocol a lost session is noticed after 15 s without an answer, tried again after 5
     * to 5.3 s (whitepaper 6.1, 6.5), and the ping that sees it goes every 0.1 s.
     */
    static final double RECOVERY_SECONDS = 22;

    /** The share of lost pings beside the traffic. */
    static final double LOSS = 0.005;

    /** By how much memory may grow, from the first tenth of the time to the last. */
    static final double GROWTH = 1.2;

    private static final int ROWS = 12;
    private static final int LOG_LINES = 20;

    private final Map<String, String> environment;
    private final List<Cycle> cycles = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private String log = "";
    private GcLog collections = new GcLog(0, 0, 0);

    SoakReport(Map<String, String> environment) {
        this.environment = environment;
    }

    void add(Cycle cycle) {
        cycles.add(cycle);
    }

    void fail(String what) {
        System.err.println(what);
        failures.add(what);
    }

    /** Everything that the daemons logged so far, at the level "error". */
    void logged(String near, String far) {
        log = near + far;
    }

    /** Sets the garbage collections of the near daemon so far. */
    void collected(GcLog collections) {
        this.collections = collections;
    }

    /** Returns the faults that were found, a line each. */
    List<String> findings() {
        List<String> findings = new ArrayList<>(failures);
        for (Cycle cycle : cycles) {
            if (cycle.recoverySeconds() > RECOVERY_SECONDS) {
                findings.add(
                        text(
                                "%.2f h: no packets for %.1f s after: %s",
                                cycle.hours(), cycle.recoverySeconds(), cycle.fault().title()));
            }
        }
        if (unanswered() > LOSS * pings()) {
            findings.add("pings without an answer between the faults: " + unanswered());
        }
        if (cycles.size() > 1) {
            Vitals first = cycles.get(1).near(); // the first has seen no fault yet
            Vitals last = cycles.getLast().near();
            if (last.descriptors() > first.descriptors()) {
                findings.add(
                        "descriptors grew from %d to %d"
                                .formatted(first.descriptors(), last.descriptors()));
            }
            if (last.threads() > first.threads()) {
                findings.add(
                        "threads grew from %d to %d".formatted(first.threads(), last.threads()));
            }
        }
        int tenth = cycles.size() / 10;
        if (tenth > 0) {
            double first = resident(tenth, 2 * tenth); // after the start
            double last = resident(cycles.size() - tenth, cycles.size());
            if (last > GROWTH * first) {
                findings.add(text("resident memory grew from %.0f to %.0f MB", first, last));
            }
        }
        log.lines().limit(LOG_LINES).forEach(line -> findings.add("logged: " + line));
        return findings;
    }

    private double resident(int from, int to) {
        return spread(cycles.subList(from, to), cycle -> cycle.near().residentMegabytes()).median();
    }

    private int pings() {
        return cycles.stream().mapToInt(Cycle::pings).sum();
    }

    private int unanswered() {
        return cycles.stream().mapToInt(Cycle::unanswered).sum();
    }

    private static Spread spread(List<Cycle> cycles, ToDoubleFunction<Cycle> figure) {
        return Spread.of(cycles.stream().mapToDouble(figure).toArray());
    }

    String markdown() {
        StringBuilder out = new StringBuilder("# Two daemons under traffic, rekeys and faults\n\n");
        environment.forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        if (cycles.isEmpty()) {
            return out.append("\nNo cycle ended.\n").toString();
        }
        double gigabytes = cycles.stream().mapToDouble(c -> c.traffic().megabytes()).sum() / 1_000;
        out.append(
                text(
                        "\n"
                            + "%.2f hours, %d faults, %.1f GB of traffic, %d of %d pings beside it"
                            + " unanswered. The near daemon is one process all the time. Its heap:"
                            + " %d collections, %.0f ms of pauses altogether, the least that was"
                            + " allocated: %.0f MB. Lines logged: %d.\n",
                        cycles.getLast().hours(),
                        cycles.size(),
                        gigabytes,
                        unanswered(),
                        pings(),
                        collections.collections(),
                        collections.pauseMilliseconds(),
                        collections.allocatedBytes() / 1e6,
                        log.lines().count()));
        List<String> findings = findings();
        out.append(findings.isEmpty() ? "\n**Nothing found.**\n" : "\n**Found:**\n\n");
        findings.forEach(finding -> out.append("- ").append(finding).append('\n'));
        traffic(out);
        faults(out);
        vitals(out);
        return out.toString();
    }

    private void traffic(StringBuilder out) {
        out.append(
                "\n| traffic | spells | Mbit/s (least–most) | packets lost |\n|---|---|---|---|\n");
        for (SoakTraffic traffic : SoakTraffic.values()) {
            List<Cycle> of = cycles.stream().filter(c -> c.traffic().traffic() == traffic).toList();
            if (!of.isEmpty()) {
                Spread rate = spread(of, c -> c.traffic().megabytes() * 8 / c.traffic().seconds());
                double lost = of.stream().mapToDouble(c -> c.traffic().lost()).sum();
                double arrived = of.stream().mapToDouble(c -> c.traffic().packets()).sum();
                out.append(
                        text(
                                "| %s | %d | %.0f (%.0f–%.0f) | %s |\n",
                                traffic.title(),
                                rate.count(),
                                rate.median(),
                                rate.least(),
                                rate.most(),
                                Double.isNaN(lost)
                                        ? "–"
                                        : text("%.0f of %.0f", lost, lost + arrived)));
            }
        }
    }

    private void faults(StringBuilder out) {
        out.append(
                "\n| fault | times | s until packets passed again (least–most) |\n|---|---|---|\n");
        for (SoakFault fault : SoakFault.values()) {
            List<Cycle> of = cycles.stream().filter(cycle -> cycle.fault() == fault).toList();
            if (!of.isEmpty()) {
                Spread time = spread(of, Cycle::recoverySeconds);
                out.append(
                        text(
                                "| %s | %d | %.2f (%.2f–%.2f) |\n",
                                fault.title(),
                                time.count(),
                                time.median(),
                                time.least(),
                                time.most()));
            }
        }
    }

    private void vitals(StringBuilder out) {
        out.append(
                """

                | hours | resident MB, near / far | threads | descriptors | processor s of near |
                |---|---|---|---|---|
                """);
        int rows = Math.min(ROWS, cycles.size());
        for (int row = 0; row < rows; row++) {
            Cycle cycle = cycles.get(rows == 1 ? 0 : row * (cycles.size() - 1) / (rows - 1));
            out.append(
                    text(
                            "| %.2f | %.0f / %.0f | %d / %d | %d / %d | %.0f |\n",
                            cycle.hours(),
                            cycle.near().residentMegabytes(),
                            cycle.far().residentMegabytes(),
                            cycle.near().threads(),
                            cycle.far().threads(),
                            cycle.near().descriptors(),
                            cycle.far().descriptors(),
                            cycle.near().cpuSeconds()));
        }
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
