// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Column;
import org.wgj.benchmarks.lab.Spread;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All figures that were taken. */
final class Results {
    private final List<Sample> samples = new ArrayList<>();

    /** One figure of one implementation or engine in one round. */
    record Sample(int round, ReportRow figure, Column column, double value) {}

    /** Keeps a figure unless it is not a number. */
    void add(Sample sample) {
        if (!Double.isNaN(sample.value())) {
            samples.add(sample);
        }
    }

    List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** Over all rounds; empty if there is no figure. */
    Optional<Spread> of(ReportRow figure, Column column) {
        return spread(
                of(figure)
                        .filter(sample -> sample.column == column)
                        .mapToDouble(Sample::value)
                        .toArray());
    }

    /**
     * Returns the spread of the ratios of two columns, each of two figures of the same round; no
     * ratios if the second is missing.
     */
    Optional<Spread> ratio(ReportRow figure, Column one, Column other) {
        return spread(
                of(figure)
                        .filter(sample -> sample.column == one)
                        .flatMap(
                                sample ->
                                        of(figure)
                                                .filter(s -> s.column == other)
                                                .filter(
                                                        s ->
                                                                s.round == sample.round
                                                                        && s.value != 0)
                                                .map(s -> sample.value / s.value))
                        .mapToDouble(Double::doubleValue)
                        .toArray());
    }

    private Stream<Sample> of(ReportRow figure) {
        return samples.stream().filter(sample -> sample.figure == figure);
    }

    private static Optional<Spread> spread(double[] values) {
        return values.length == 0 ? Optional.empty() : Optional.of(Spread.of(values));
    }

    int rounds() {
        return samples.stream().mapToInt(Sample::round).max().orElse(0);
    }
}
