// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import static org.wgj.benchmarks.netstack.VirtualLink.MS;
import static org.wgj.benchmarks.netstack.VirtualLink.SECOND;

import org.wgj.benchmarks.netstack.VirtualLink.Conditions;
import org.wgj.benchmarks.netstack.VirtualLink.Flow;
import org.wgj.netstack.tcp.congestion.CongestionRule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Two connections that share a bottleneck without random loss: which part of it does one of {@code
 * cubic-tolerant} take from one of CUBIC? Beside it two of CUBIC, since chance and the order in
 * which they begin matter too. Prints a table, not the rows of the other programs.
 *
 * <p>Each figure is a mean over seeds; in half of them the measured connection begins first, in the
 * others up to two seconds later. The extremes follow in brackets.
 */
public final class SharedLink {
    private static final double MEGABITS = 100;
    private static final long BEGIN_NS = 20 * SECOND;
    private static final long[] ROUND_TRIPS_MS = {10, 50, 100};
    private static final double[] QUEUES = {1, 0.25};

    /**
     * The part of the first connection, of all data; and what the queue dropped, of all packets.
     */
    private record Outcome(double share, double dropRate, double used) {}

    private SharedLink() {}

    private static Outcome run(
            CongestionRule measured, long roundTripMs, double queue, long ns, int seed)
            throws IOException {
        VirtualLink link =
                new VirtualLink(
                        new Conditions(
                                MEGABITS * 1e6,
                                (long) (queue * roundTripMs * MS),
                                roundTripMs * MS / 2,
                                0,
                                0),
                        seed);
        boolean first = seed % 2 == 0;
        Flow one = link.open(first ? measured : CongestionRule.CUBIC);
        link.run(link.nowNs() + (1 + seed * 37L % 20) * SECOND / 10);
        Flow two = link.open(first ? CongestionRule.CUBIC : measured);
        link.run(link.nowNs() + BEGIN_NS);
        long before = one.received();
        long beforeTwo = two.received();
        link.run(link.nowNs() + ns);
        double bytes = one.received() - before;
        double bytesTwo = two.received() - beforeTwo;
        return new Outcome(
                (first ? bytes : bytesTwo) / (bytes + bytesTwo),
                link.dropRate(),
                (bytes + bytesTwo) * 8e3 / ns / MEGABITS);
    }

    private static String shares(List<Outcome> outcomes) {
        return String.format(
                Locale.ROOT,
                "%.2f (%.2f–%.2f)",
                outcomes.stream().mapToDouble(Outcome::share).average().orElseThrow(),
                outcomes.stream().mapToDouble(Outcome::share).min().orElseThrow(),
                outcomes.stream().mapToDouble(Outcome::share).max().orElseThrow());
    }

    /**
     * Measures and prints.
     *
     * @param arguments the seconds of virtual time for each run, 120 by default, and the number of
     *     seeds, 6 by default
     * @throws IOException if a connection cannot be opened
     */
    public static void main(String[] arguments) throws IOException {
        long ns = SECOND * (arguments.length > 0 ? Integer.parseInt(arguments[0]) : 120);
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 6;
        System.out.println(
                """
                | round trip | queue | `cubic-tolerant` beside CUBIC | CUBIC beside CUBIC | dropped | link used |
                | --- | --- | --- | --- | --- | --- |\
                """);
        for (long roundTripMs : ROUND_TRIPS_MS) {
            for (double queue : QUEUES) {
                List<Outcome> tolerant = new ArrayList<>();
                List<Outcome> cubic = new ArrayList<>();
                for (int seed = 0; seed < seeds; seed++) {
                    tolerant.add(run(CongestionRule.TOLERANT_CUBIC, roundTripMs, queue, ns, seed));
                    cubic.add(run(CongestionRule.CUBIC, roundTripMs, queue, ns, seed));
                }
                System.out.printf(
                        Locale.ROOT,
                        "| %d ms | %.2f BDP | %s | %s | %.3f %%, %.3f %% | %.0f %%, %.0f %% |%n",
                        roundTripMs,
                        queue,
                        shares(tolerant),
                        shares(cubic),
                        100
                                * tolerant.stream()
                                        .mapToDouble(Outcome::dropRate)
                                        .average()
                                        .orElseThrow(),
                        100 * cubic.stream().mapToDouble(Outcome::dropRate).average().orElseThrow(),
                        100 * tolerant.stream().mapToDouble(Outcome::used).average().orElseThrow(),
                        100 * cubic.stream().mapToDouble(Outcome::used).average().orElseThrow());
            }
        }
    }
}
