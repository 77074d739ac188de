// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.benchmarks.lab.Spread;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All cycles of one run, what is wrong with them, and the Markdown of both. */
final class NetReport {
    /**
     * By the protocol a lost session is noticed after 15 s without an answer, tried again after 5
     * to 5.3 s (whitepaper 6.1, 6.5), and the ping that sees it takes 0.2 s.
     */
    static final double RECOVERY_SECONDS = 22;

    /** By how much memory may grow, from the second tenth of the time to the last. */
    static final double GROWTH = 1.2;

    /** Platform threads come and go with the carriers of virtual ones. */
    private static final int THREADS = 4;

    private static final int ROWS = 12;

    /** What one kind of traffic did so far. */
    record Tally(long done, long excused, long bytes) {}

    private final Map<String, String> environment;
    private final List<NetCycle> cycles = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<Kind, Tally> tallies = new EnumMap<>(Kind.class);

    NetReport(Map<String, String> environment) {
        this.environment = environment;
    }

    void add(NetCycle cycle) {
        cycles.add(cycle);
        check(cycle, "near", cycle.near());
        check(cycle, "far", cycle.far());
        if (cycle.recoverySeconds() > RECOVERY_SECONDS) {
            fail(
                    "no packets for %.1f s after: %s"
                            .formatted(cycle.recoverySeconds(), cycle.fault().title()));
        }
    }

    private void check(NetCycle cycle, String name, NetVitals vitals) {
        String left = vitals.leftOver(NetEnd.OWN_UDP_PORTS);
        if (!left.isEmpty()) {
            fail(
                    text(
                            "%.2f h: %s holds %s long after: %s",
                            cycle.hours(), name, left, cycle.fault().title()));
        }
    }

    void tally(Kind kind, Tally tally) {
        tallies.put(kind, tally);
    }

    void fail(String what) {
        System.err.println(what);
        failures.add(what);
    }

    /** Returns the faults that were found, a line each. */
    List<String> findings() {
        List<String> findings = new ArrayList<>(failures);
        int tenth = cycles.size() / 10;
        if (tenth > 0) {
            grown(findings, "heap after a collection, MB", NetVitals::heapMegabytes, 1);
            grown(findings, "resident memory, MB", NetVitals::residentMegabytes, 0);
            grown(findings, "descriptors", NetVitals::descriptors, 0);
            grown(findings, "threads", NetVitals::threads, THREADS);
        }
        return findings;
    }

    private void grown(
            List<String> findings, String what, ToDoubleFunction<NetVitals> figure, double slack) {
        int tenth = cycles.size() / 10;
        double first = median(tenth, 2 * tenth, figure); // after the start
        double last = median(cycles.size() - tenth, cycles.size(), figure);
        if (last > GROWTH * first + slack) {
            findings.add(text("%s grew from %.1f to %.1f", what, first, last));
        }
    }

    private double median(int from, int to, ToDoubleFunction<NetVitals> figure) {
        return Spread.of(
                        cycles.subList(from, to).stream()
                                .mapToDouble(cycle -> figure.applyAsDouble(cycle.near()))
                                .toArray())
                .median();
    }

    String markdown() {
        StringBuilder out =
                new StringBuilder("# Sockets in user space under churn, rekeys and faults\n\n");
        environment.forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        if (cycles.isEmpty()) {
            return out.append("\nNo cycle ended.\n").toString();
        }
        NetVitals last = cycles.getLast().near();
        out.append(
                text(
                        "\n"
                            + "%.2f hours, %d faults, %.1f GB of data, every byte of it checked."
                            + " The near process is one all the time: it opened %d connections, had"
                            + " %d sessions of WireGuard, and sent %d TCP segments again.\n",
                        cycles.getLast().hours(),
                        cycles.size(),
                        tallies.values().stream().mapToLong(Tally::bytes).sum() / 1e9,
                        last.opened(),
                        last.sessions(),
                        last.retransmissions()));
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
                """

                A fault excuses lost datagrams, pings and lookups; the end of the far process also connections.

                | traffic | done | failed with an excuse | MB |
                |---|---|---|---|
                """);
        tallies.forEach(
                (kind, tally) ->
                        out.append(
                                text(
                                        "| %s | %,d | %d | %.0f |\n",
                                        kind.title(),
                                        tally.done(),
                                        tally.excused(),
                                        tally.bytes() / 1e6)));
    }

    private void faults(StringBuilder out) {
        out.append(
                "\n| fault | times | s until a ping passed again (least–most) | s until nothing was"
                        + " held (least–most) |\n|---|---|---|---|\n");
        for (NetFault fault : NetFault.values()) {
            List<NetCycle> of = cycles.stream().filter(cycle -> cycle.fault() == fault).toList();
            if (!of.isEmpty()) {
                out.append(
                        text(
                                "| %s | %d | %s | %s |\n",
                                fault.title(),
                                of.size(),
                                spread(of, NetCycle::recoverySeconds),
                                spread(of, cycle -> cycle.near().quietSeconds())));
            }
        }
    }

    private static String spread(List<NetCycle> cycles, ToDoubleFunction<NetCycle> figure) {
        Spread spread = Spread.of(cycles.stream().mapToDouble(figure).toArray());
        return text("%.1f (%.1f–%.1f)", spread.median(), spread.least(), spread.most());
    }

    private void vitals(StringBuilder out) {
        out.append(
                """

                At quiet moments, near / far; the far process is a new one after some faults. No connection, buffer, fragment or port was held
                in any, unless it is among what was found.

                | hours | heap MB | resident MB | threads | descriptors | in TIME-WAIT |
                |---|---|---|---|---|---|
                """);
        int rows = Math.min(ROWS, cycles.size());
        for (int row = 0; row < rows; row++) {
            NetCycle cycle = cycles.get(rows == 1 ? 0 : row * (cycles.size() - 1) / (rows - 1));
            NetVitals near = cycle.near();
            NetVitals far = cycle.far();
            out.append(
                    text(
                            "| %.2f | %.1f / %.1f | %.0f / %.0f | %d / %d | %d / %d | %d / %d |\n",
                            cycle.hours(),
                            near.heapMegabytes(),
                            far.heapMegabytes(),
                            near.residentMegabytes(),
                            far.residentMegabytes(),
                            near.threads(),
                            far.threads(),
                            near.descriptors(),
                            far.descriptors(),
                            near.timeWaiting(),
                            far.timeWaiting()));
        }
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
