// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import static org.wgj.benchmarks.netstack.VirtualLink.MS;
import static org.wgj.benchmarks.netstack.VirtualLink.SECOND;

import org.wgj.benchmarks.netstack.VirtualLink.Conditions;
import org.wgj.benchmarks.netstack.VirtualLink.Flow;
import org.wgj.netstack.tcp.congestion.CongestionRule;

import java.io.IOException;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;

/** One connection with the default buffers over a {@link VirtualLink}. Prints its throughput. */
public final class StacksOverLink {
    private record Case(String title, CongestionRule rule, Conditions link) {}

    private static Case lossy(String title, CongestionRule rule) {
        // The queue takes a round trip's worth, as in routers.
        return new Case(
                "100 ms, 1 of 10,000 packets lost, 1 Gbit/s: " + title,
                rule,
                new Conditions(1e9, 100 * MS, 50 * MS, 0, 1e-4));
    }

    private static Case jitter(int megabits) {
        return new Case(
                "2 ms and 0 to 300 ms of jitter, %d Mbit/s: CUBIC".formatted(megabits),
                CongestionRule.CUBIC,
                new Conditions(megabits * 1e6, 302 * MS, MS, 300 * MS, 0));
    }

    private static final List<Case> CASES =
            List.of(
                    lossy("CUBIC, the default", CongestionRule.CUBIC),
                    lossy("cubic-tolerant", CongestionRule.TOLERANT_CUBIC),
                    jitter(10),
                    jitter(20),
                    jitter(50));

    private static final int SEEDS = 4;
    private static final long FIRST_SEED = 7;

    private StacksOverLink() {}

    /**
     * Measures and prints, one line for each link: its name, a tab, and Mbit/s of data: the mean of
     * the seeds, least and most in brackets.
     *
     * @param arguments the seconds of virtual time for each, 60 by default; the first third of them
     *     is for the window to open
     * @throws IOException if a connection cannot be opened
     */
    public static void main(String[] arguments) throws IOException {
        long ns = SECOND * (arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60);
        for (Case each : CASES) {
            DoubleSummaryStatistics seeds = new DoubleSummaryStatistics();
            for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
                seeds.accept(megabits(each, seed, ns));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s\t%.1f (%.1f to %.1f)%n",
                    each.title,
                    seeds.getAverage(),
                    seeds.getMin(),
                    seeds.getMax());
        }
    }

    private static double megabits(Case each, long seed, long ns) throws IOException {
        VirtualLink link = new VirtualLink(each.link, seed);
        Flow flow = link.open(each.rule);
        link.run(SECOND + ns / 3);
        long before = flow.received();
        link.run(SECOND + ns);
        return (flow.received() - before) * 8e3 / (ns - ns / 3);
    }
}
