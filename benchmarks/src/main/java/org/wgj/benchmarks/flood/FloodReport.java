// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import com.google.gson.GsonBuilder;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Spread;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Reports the results of all attacks: a table, JSON, and a verdict. */
final class FloodReport {
    /** Resident memory goes up and down by this much of itself. */
    private static final double NOISE_MEGABYTES = 8;

    /** A paced stream never has quite the same rate. */
    private static final double RELATIVE_SLACK = 0.05;

    /** A single round has no spread, so it shows nothing. */
    private static final int ROUNDS_TO_COMPARE = 2;

    private static final List<Measure> COMPARED =
            List.of(
                    new Measure("goodput", true, 0, e -> e.during().megabitsPerSecond()),
                    new Measure("round trip", false, 0.5, e -> e.during().pingMilliseconds()),
                    new Measure("unanswered pings", false, 0.02, e -> e.during().unanswered()),
                    new Measure("a new peer's session", false, 0.5, Engagement::newcomerMedian),
                    new Measure(
                            "memory growth", false, NOISE_MEGABYTES, Engagement::grownMegabytes));

    /**
     * @param slack what is no difference in any case, in the measure's own unit
     */
    private record Measure(
            String name, boolean moreIsBetter, double slack, ToDoubleFunction<Engagement> of) {
        boolean worse(List<Engagement> ours, List<Engagement> theirs) {
            Spread our = spread(ours, of);
            Spread their = spread(theirs, of);
            return moreIsBetter
                    ? our.most() < their.least() * (1 - RELATIVE_SLACK) - slack
                    : our.least() > their.most() * (1 + RELATIVE_SLACK) + slack;
        }
    }

    private final Map<String, String> environment;
    private final List<Engagement> engagements = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    FloodReport(Map<String, String> environment) {
        this.environment = environment;
    }

    void add(Engagement engagement) {
        engagements.add(engagement);
    }

    void fail(String what) {
        failures.add(what);
    }

    private static Spread spread(List<Engagement> of, ToDoubleFunction<Engagement> measure) {
        return Spread.of(of.stream().mapToDouble(measure).toArray());
    }

    private List<Engagement> of(Attack attack, Carrier implementation) {
        return engagements.stream()
                .filter(e -> e.attack() == attack && e.implementation() == implementation)
                .toList();
    }

    /**
     * Returns the attacks in which wgj was worse than wireguard-go in every round, and those that
     * kept new peers of wgj out.
     */
    List<String> findings() {
        List<String> findings = new ArrayList<>(failures);
        for (Attack attack : Attack.values()) {
            List<Engagement> ours = of(attack, Carrier.WGJ);
            List<Engagement> theirs = of(attack, Carrier.WIREGUARD_GO);
            if (!ours.stream().allMatch(Engagement::allIn)) {
                findings.add(attack.title() + ": a new peer did not get in");
            }
            if (Math.min(ours.size(), theirs.size()) >= ROUNDS_TO_COMPARE) {
                for (Measure measure : COMPARED) {
                    if (measure.worse(ours, theirs)) {
                        findings.add(
                                attack.title() + ": " + measure.name() + " worse in every round");
                    }
                }
            }
        }
        return findings;
    }

    String markdown() {
        StringBuilder out = new StringBuilder("# Floods\n\n");
        environment.forEach(
                (name, value) ->
                        out.append("- ").append(name).append(": ").append(value).append('\n'));
        out.append(
                """

                Medians. Goodput in Mbit/s and round trips in ms of the legitimate peer, before → during → after.

                | attack | victim | datagrams/s | goodput | round trip | unanswered | processors | new peers in, after | memory, MB |
                |---|---|---:|---:|---:|---:|---:|---:|---:|
                """);
        for (Attack attack : Attack.values()) {
            for (Carrier implementation : List.of(Carrier.WGJ, Carrier.WIREGUARD_GO)) {
                List<Engagement> some = of(attack, implementation);
                if (!some.isEmpty()) {
                    out.append(row(attack, implementation, some));
                }
            }
        }
        out.append("\nDropped by wgj, by what it counts:\n\n");
        for (Attack attack : Attack.values()) {
            Map<String, Long> drops = new TreeMap<>();
            of(attack, Carrier.WGJ)
                    .forEach(e -> e.drops().forEach((k, v) -> drops.merge(k, v, Long::sum)));
            if (!drops.isEmpty()) {
                out.append("- ").append(attack.title()).append(": ").append(drops).append('\n');
            }
        }
        List<String> findings = findings();
        out.append("\n## Findings\n\n");
        out.append(
                findings.isEmpty()
                        ? "None.\n"
                        : findings.stream()
                                .map(f -> "- " + f + "\n")
                                .collect(Collectors.joining()));
        return out.toString();
    }

    private static String row(Attack attack, Carrier victim, List<Engagement> some) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %,.0f | %.0f → %.0f → %.0f | %.2f → %.2f → %.2f | %.1f %% | %.2f | %d"
                        + " of %d, %.2f s | %.0f → %.0f |%n",
                attack.title(),
                victim.label(),
                spread(some, Engagement::perSecond).median(),
                spread(some, e -> e.before().megabitsPerSecond()).median(),
                spread(some, e -> e.during().megabitsPerSecond()).median(),
                spread(some, e -> e.after().megabitsPerSecond()).median(),
                spread(some, e -> e.before().pingMilliseconds()).median(),
                spread(some, e -> e.during().pingMilliseconds()).median(),
                spread(some, e -> e.after().pingMilliseconds()).median(),
                spread(some, e -> e.during().unanswered()).median() * 100,
                spread(some, e -> e.during().cpu()).median(),
                some.stream().mapToInt(e -> e.newcomerSeconds().size()).sum(),
                some.size() * Engagement.NEWCOMERS,
                spread(some, Engagement::newcomerMedian).median(),
                spread(some, Engagement::megabytesBefore).median(),
                spread(some, Engagement::megabytesAfter).median());
    }

    String json() {
        return new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .serializeSpecialFloatingPointValues()
                        .create()
                        .toJson(
                                Map.of(
                                        "environment",
                                        environment,
                                        "engagements",
                                        engagements,
                                        "findings",
                                        findings()))
                + "\n";
    }
}
