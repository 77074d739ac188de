// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.benchmarks.lab.Spread;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Figures of several programs in several rounds, as a Markdown table: medians, least and most, and
 * the ratios of the first program to the others, taken within a round.
 */
final class ResultTable {
    private static final String NOTHING = " – |";

    private record Row(String title, String unit) {}

    private final List<String> programs;
    private final List<String> others;
    private final Map<Row, List<Map<Integer, Double>>> rows = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    /**
     * @param programs the titles of the columns, ours first
     * @param others what the ratios call the programs behind the first
     */
    ResultTable(List<String> programs, List<String> others) {
        this.programs = List.copyOf(programs);
        this.others = List.copyOf(others);
    }

    /** A measurement of one figure. */
    @FunctionalInterface
    interface Measurement {
        double take() throws Exception;
    }

    /** Measures, and keeps the figure or the failure. */
    void take(int round, String title, String unit, int program, Measurement measurement) {
        List<Map<Integer, Double>> cells =
                rows.computeIfAbsent(
                        new Row(title, unit),
                        row -> programs.stream().map(p -> emptyCell()).toList());
        String name = "round %d: %s, %s".formatted(round, title, programs.get(program));
        try {
            double value = measurement.take();
            cells.get(program).put(round, value);
            System.err.printf(Locale.ROOT, "%s: %.3g %s%n", name, value, unit);
        } catch (Exception | AssertionError e) {
            failures.add(name + ": " + e.getMessage());
            System.err.println(failures.getLast());
        }
    }

    private static Map<Integer, Double> emptyCell() {
        return new TreeMap<>();
    }

    List<String> failures() {
        return failures;
    }

    /** Returns the table; an empty text if nothing was measured. */
    String markdown() {
        if (rows.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("|  | unit |");
        programs.forEach(program -> out.append(' ').append(program).append(" |"));
        others.forEach(other -> out.append(" ours / ").append(other).append(" |"));
        out.append("\n| --- | --- |").append(" --- |".repeat(programs.size() + others.size()));
        rows.forEach(
                (row, cells) -> {
                    out.append("\n| %s | %s |".formatted(row.title, row.unit));
                    cells.forEach(cell -> out.append(cell(List.copyOf(cell.values()))));
                    for (int i = 1; i < cells.size(); i++) {
                        out.append(cell(ratios(cells.getFirst(), cells.get(i))));
                    }
                });
        return out.append('\n').toString();
    }

    private static List<Double> ratios(Map<Integer, Double> ours, Map<Integer, Double> theirs) {
        return ours.keySet().stream()
                .filter(theirs::containsKey)
                .map(round -> ours.get(round) / theirs.get(round))
                .toList();
    }

    private static String cell(List<Double> values) {
        if (values.isEmpty()) {
            return NOTHING;
        }
        Spread spread = Spread.of(values.stream().mapToDouble(d -> d).toArray());
        return " %s (%s–%s) |"
                .formatted(number(spread.median()), number(spread.least()), number(spread.most()));
    }

    /** Three digits, and never an exponent. */
    static String number(double value) {
        int decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
