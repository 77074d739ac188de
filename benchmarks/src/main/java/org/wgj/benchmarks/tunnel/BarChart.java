// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Spread;

import java.util.List;
import java.util.Locale;

/**
 * Draws a report as SVG: a group of bars for each figure, in two columns; a line over a bar's end
 * goes from the least to the most. The figure of the bare cable stands beside the title, because
 * its bar would dwarf the others.
 */
final class BarChart {
    private static final int COLUMNS = 2;
    private static final int COLUMN_WIDTH = 470;
    private static final int MARGIN = 20;
    private static final int HEAD = 64;
    private static final int TITLE_HEIGHT = 22;
    private static final int BAR_HEIGHT = 15;
    private static final int BAR_PITCH = 19;
    private static final int GROUP_GAP = 14;
    private static final int LABEL_WIDTH = 92;
    private static final int VALUE_WIDTH = 70;
    private static final int BAR_WIDTH = COLUMN_WIDTH - MARGIN - LABEL_WIDTH - VALUE_WIDTH;

    private final BenchReport report;
    private final List<Carrier> tunnels;
    private final StringBuilder out = new StringBuilder();

    private BarChart(BenchReport report) {
        this.report = report;
        tunnels = report.measured().stream().filter(Carrier::isTunnel).toList();
    }

    static String of(BenchReport report) {
        return new BarChart(report).draw();
    }

    private String draw() {
        Figure[] figures = Figure.values();
        int rows = (figures.length + COLUMNS - 1) / COLUMNS;
        int groupHeight = TITLE_HEIGHT + tunnels.size() * BAR_PITCH + GROUP_GAP;
        int width = MARGIN + COLUMNS * COLUMN_WIDTH;
        int height = HEAD + rows * groupHeight + MARGIN;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                        + " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
                width, height, width, height);
        line("<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#ffffff\"/>", width, height);
        text(
                MARGIN,
                28,
                "font-size=\"17\" font-weight=\"bold\"",
                "Whole tunnels, both ends on one "
                        + (report.emulated() ? "emulated machine" : "machine"));
        text(
                MARGIN,
                48,
                "fill=\"#57606a\"",
                report.environment().getOrDefault("machine", "")
                        + ", "
                        + report.environment().getOrDefault("kernel", ""));
        for (int i = 0; i < figures.length; i++) {
            group(figures[i], MARGIN + i / rows * COLUMN_WIDTH, HEAD + i % rows * groupHeight);
        }
        line("</svg>");
        return out.toString();
    }

    private void group(Figure figure, int x, int y) {
        Results results = report.results();
        String bare =
                results.of(figure, Carrier.NONE)
                        .map(s -> ", without a tunnel " + MarkdownTable.number(s.median()))
                        .orElse("");
        text(x, y + 15, "font-weight=\"bold\"", figure.title());
        text(
                x + COLUMN_WIDTH - MARGIN,
                y + 15,
                "fill=\"#57606a\" text-anchor=\"end\" font-size=\"11\"",
                "%s, %s is better%s"
                        .formatted(
                                report.unit(figure),
                                figure.moreIsBetter() ? "more" : "less",
                                bare));
        double most =
                tunnels.stream()
                        .flatMap(i -> results.of(figure, i).stream())
                        .mapToDouble(Spread::most)
                        .max()
                        .orElse(1);
        for (int i = 0; i < tunnels.size(); i++) {
            bar(figure, tunnels.get(i), x, y + TITLE_HEIGHT + i * BAR_PITCH, BAR_WIDTH / most);
        }
    }

    private void bar(Figure figure, Carrier implementation, int x, int y, double scale) {
        int baseline = y + BAR_HEIGHT - 3;
        int left = x + LABEL_WIDTH;
        text(left - 6, baseline, "text-anchor=\"end\"", implementation.label());
        Spread spread = report.results().of(figure, implementation).orElse(null);
        if (spread == null) {
            text(
                    left,
                    baseline,
                    "fill=\"#57606a\"",
                    figure.needsDaemon() && !implementation.isDaemon()
                            ? "no process"
                            : "not measured");
            return;
        }
        line(
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>",
                left, y, spread.median() * scale, BAR_HEIGHT, colour(implementation));
        if (spread.count() > 1) {
            line(
                    "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#24292f\" stroke-width=\"1.5\"/>",
                    left + spread.least() * scale,
                    y + BAR_HEIGHT / 2.0,
                    left + spread.most() * scale);
        }
        text(
                x + COLUMN_WIDTH - MARGIN,
                baseline,
                "text-anchor=\"end\"",
                MarkdownTable.number(spread.median()));
    }

    private static String colour(Carrier implementation) {
        return switch (implementation) {
            case WGJ -> "#2da44e";
            case WIREGUARD_GO -> "#54aeff";
            case KERNEL -> "#a475f9";
            case NONE -> "#8c959f";
        };
    }

    private void text(int x, int y, String attributes, String text) {
        line(
                "<text x=\"%d\" y=\"%d\" %s>%s</text>",
                x,
                y,
                attributes,
                text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    }

    private void line(String format, Object... arguments) {
        out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
