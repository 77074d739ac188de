// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Column;
import org.wgj.benchmarks.lab.Spread;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** Writes a report as a Markdown table with what belongs to it. */
final class MarkdownTable {
    private static final String NOTHING = "–";

    private MarkdownTable() {}

    static String of(BenchReport report) {
        StringBuilder out = new StringBuilder();
        cold(out, report);
        tunnels(out, report);
        out.append(
                """

                Medians of %d rounds, least and most in brackets; ratios are taken within a round. ↑ more is better, ↓ less is.
                """
                        .formatted(report.results().rounds()));
        report.missing()
                .forEach(
                        (implementation, why) ->
                                out.append(
                                        "\n**%s is missing**: %s\n"
                                                .formatted(implementation.label(), why)));
        crypto(out, report);
        if (!report.failures().isEmpty()) {
            out.append("\nFailed measurements, which the table leaves out:\n\n");
            report.failures().forEach(failure -> out.append("- ").append(failure).append('\n'));
        }
        out.append('\n');
        report.environment()
                .forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        return out.toString();
    }

    private static void cold(StringBuilder out, BenchReport report) {
        ColdStart cold = report.cold();
        if (cold.results().samples().isEmpty()) {
            return;
        }
        out.append("Daemons that have just started:\n\n");
        table(
                out,
                report,
                cold.results(),
                List.of(ColdFigure.values()),
                cold.pairs(),
                ColdPair.WGJ,
                cold.pairs().stream().filter(pair -> pair == ColdPair.WIREGUARD_GO).toList());
        out.append("\nEach second of the stream, medians in ")
                .append(report.unit(ColdFigure.FIRST_3))
                .append(":\n\n");
        List<String> head = new ArrayList<>(List.of("second"));
        for (int second = 1; second <= cold.seconds(); second++) {
            head.add(Integer.toString(second));
        }
        row(out, head);
        row(out, head.stream().map(cell -> "---").toList());
        for (ColdPair pair : cold.pairs()) {
            List<String> cells = new ArrayList<>(List.of(pair.label()));
            for (int second = 0; second < cold.seconds(); second++) {
                OptionalDouble median = cold.median(pair, second);
                cells.add(median.isEmpty() ? NOTHING : number(median.getAsDouble()));
            }
            row(out, cells);
        }
        out.append("\nWarm daemons:\n\n");
    }

    private static void tunnels(StringBuilder out, BenchReport report) {
        List<Carrier> others =
                report.measured().stream()
                        .filter(i -> i != Carrier.WGJ && i != Carrier.NONE)
                        .toList();
        table(
                out,
                report,
                report.results(),
                List.of(Figure.values()),
                report.measured(),
                Carrier.WGJ,
                others);
    }

    private static void crypto(StringBuilder out, BenchReport report) {
        Crypto crypto = report.crypto();
        if (crypto.measured().isEmpty()) {
            return;
        }
        out.append("\nChaCha20-Poly1305 in batches of 64, processor time of one core:\n\n");
        table(
                out,
                report,
                crypto.results(),
                List.of(CryptoFigure.values()),
                crypto.measured(),
                CryptoEngine.WGJ,
                crypto.measured().stream().filter(engine -> engine != CryptoEngine.WGJ).toList());
        out.append('\n');
        crypto.names()
                .forEach(
                        (engine, name) -> out.append("- %s: %s\n".formatted(engine.label(), name)));
        crypto.missing()
                .forEach(
                        (engine, why) ->
                                out.append(
                                        "- **%s is missing**: %s\n"
                                                .formatted(engine.label(), why)));
    }

    /** A column of each that was measured, and one of the ratio of "one" to each of the others. */
    private static void table(
            StringBuilder out,
            BenchReport report,
            Results results,
            List<? extends ReportRow> figures,
            List<? extends Column> measured,
            Column one,
            List<? extends Column> others) {
        boolean compared = measured.contains(one);
        List<String> head = new ArrayList<>(List.of("", "unit"));
        measured.forEach(i -> head.add(i == Carrier.NONE ? "no tunnel" : i.label()));
        if (compared) {
            others.forEach(other -> head.add(one.label() + " / " + other.label()));
        }
        row(out, head);
        row(out, head.stream().map(cell -> "---").toList());
        for (ReportRow figure : figures) {
            List<String> cells =
                    new ArrayList<>(
                            List.of(
                                    figure.title() + (figure.moreIsBetter() ? " ↑" : " ↓"),
                                    report.unit(figure)));
            measured.forEach(i -> cells.add(cell(results.of(figure, i), "")));
            if (compared) {
                others.forEach(other -> cells.add(cell(results.ratio(figure, one, other), " x")));
            }
            row(out, cells);
        }
    }

    private static void row(StringBuilder out, List<String> cells) {
        out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String cell(Optional<Spread> spread, String unit) {
        return spread.map(
                        s ->
                                s.count() == 1
                                        ? number(s.median()) + unit
                                        : "%s%s (%s–%s)"
                                                .formatted(
                                                        number(s.median()),
                                                        unit,
                                                        number(s.least()),
                                                        number(s.most())))
                .orElse(NOTHING);
    }

    /** Three digits that say something, more only before the point. */
    static String number(double value) {
        double size = Math.abs(value);
        int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
