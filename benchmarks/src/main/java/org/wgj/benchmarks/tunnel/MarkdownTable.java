package org.wgj.benchmarks.tunnel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes a report as a Markdown table with what belongs to it. */
final class MarkdownTable {
    private static final String NOTHING = "–";

    private MarkdownTable() {}

    static String of(Report report) {
        StringBuilder out = new StringBuilder();
        Results results = report.results();
        List<Implementation> others =
                report.measured().stream()
                        .filter(i -> i != Implementation.WGJ && i != Implementation.NONE)
                        .toList();
        boolean compared = report.measured().contains(Implementation.WGJ);

        List<String> head = new ArrayList<>(List.of("", "unit"));
        report.measured()
                .forEach(i -> head.add(i == Implementation.NONE ? "no tunnel" : i.label()));
        if (compared) {
            others.forEach(other -> head.add("wgj / " + other.label()));
        }
        row(out, head);
        row(out, head.stream().map(cell -> "---").toList());
        for (Figure figure : Figure.values()) {
            List<String> cells =
                    new ArrayList<>(
                            List.of(
                                    figure.title() + (figure.moreIsBetter() ? " ↑" : " ↓"),
                                    figure.unit()));
            report.measured().forEach(i -> cells.add(cell(results.of(figure, i), "")));
            if (compared) {
                others.forEach(
                        other ->
                                cells.add(
                                        cell(
                                                results.ratio(figure, Implementation.WGJ, other),
                                                " x")));
            }
            row(out, cells);
        }
        out.append(
                """

                Medians of %d rounds, least and most in brackets; ratios are taken within a round. ↑ more is better, ↓ less is.
                """
                        .formatted(results.rounds()));
        report.missing()
                .forEach(
                        (implementation, why) ->
                                out.append(
                                        "\n**%s is missing**: %s\n"
                                                .formatted(implementation.label(), why)));
        if (!report.failures().isEmpty()) {
            out.append("\nFailed measurements, which the table leaves out:\n\n");
            report.failures().forEach(failure -> out.append("- ").append(failure).append('\n'));
        }
        out.append('\n');
        report.environment()
                .forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        return out.toString();
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
