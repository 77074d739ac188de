// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Attacks wgj and wireguard-go in turns while a peer of theirs pushes traffic: bin/flood. */
@Command(
        name = "flood",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Floods wgj and wireguard-go in turns while a peer of theirs pushes traffic.",
            "Fails if wgj was worse in every round, or a new peer did not get in."
        })
public final class Flood implements Callable<Integer> {
    private static final int WARM_UP_SECONDS = 5;
    private static final int WARM_UPS = 8;

    /** The share of its rate that the stream must reach in the warm-up. */
    private static final double WARM = 0.95;

    @Option(names = "--quick", description = "A round of seconds, to see that it runs.")
    private boolean quick;

    @Option(names = "--rounds", description = "How many (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--seconds",
            description =
                    "Of traffic before and after an attack, and half of what is measured during it"
                            + " (default: ${DEFAULT-VALUE}).")
    private int seconds = 3;

    @Option(
            names = "--rate",
            description =
                    "Datagrams a second, at most 500 of a peer's own (default: ${DEFAULT-VALUE}).")
    private int rate = 20_000;

    @Option(
            names = "--megabits",
            description =
                    "Of the legitimate stream, a second; 0 for as much as will go (default:"
                            + " ${DEFAULT-VALUE}).")
    private int megabits = 200;

    @Option(
            names = "--attacks",
            split = ",",
            description = "Some of ${COMPLETION-CANDIDATES} (default: all).")
    private List<Attack> attacks = List.of(Attack.values());

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Where flood.md and flood.json go (default: target/flood).")
    private Path output = Repository.folder().resolve("target/flood");

    private Flood() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Flood()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(output);
        Settings settings =
                quick
                        ? new Settings(1, 1, rate, megabits)
                        : new Settings(rounds, seconds, rate, megabits);
        Map<String, String> environment = Environment.describe();
        environment.put(
                "settings",
                "%d rounds, %d s before and after, %d s during; up to %d datagrams a second; the legitimate stream: %s"
                        .formatted(
                                settings.rounds(),
                                settings.seconds(),
                                2 * settings.seconds(),
                                rate,
                                megabits == 0 ? "unlimited" : megabits + " Mbit/s"));
        FloodReport report = new FloodReport(environment);
        Map<Carrier, Field> fields = new EnumMap<>(Carrier.class);
        try {
            for (Carrier implementation : implementations(report)) {
                Field field = new Field(implementation);
                fields.put(implementation, field);
                warmUp(field.tunnel());
            }
            for (int round = 0; round < settings.rounds(); round++) {
                for (Attack attack : attacks) {
                    fields.forEach((i, field) -> engage(field, i, attack, settings, report));
                }
                Files.writeString(output.resolve("flood.md"), report.markdown());
                Files.writeString(output.resolve("flood.json"), report.json());
            }
        } finally {
            fields.values().forEach(Field::close);
        }
        System.out.printf("%n%s%nin %s: flood.md, flood.json%n", report.markdown(), output);
        return report.findings().isEmpty() ? 0 : 1;
    }

    /** The first seconds of a JVM, or many on a busy machine, are not what it is like. */
    private void warmUp(MeasuredTunnel tunnel) throws IOException {
        double wanted = megabits == 0 ? Double.POSITIVE_INFINITY : WARM * megabits;
        for (int i = 0; i < (quick ? 1 : WARM_UPS); i++) {
            if (Phase.run(tunnel, quick ? 1 : WARM_UP_SECONDS, megabits).megabitsPerSecond()
                    >= wanted) {
                return;
            }
        }
    }

    private static List<Carrier> implementations(FloodReport report) {
        List<Carrier> there = new ArrayList<>();
        for (Carrier i : List.of(Carrier.WGJ, Carrier.WIREGUARD_GO)) {
            i.missing().ifPresentOrElse(report::fail, () -> there.add(i));
        }
        return there;
    }

    private static void engage(
            Field field,
            Carrier implementation,
            Attack attack,
            Settings settings,
            FloodReport report) {
        try {
            Engagement engagement = Engagement.run(field, implementation, attack, settings);
            report.add(engagement);
            System.out.printf(
                    "%s, %s: %.0f datagrams/s; %.0f Mbit/s, %.2f ms during it; %d new peers in,"
                            + " after %.2f s; %.0f MB; %s%n",
                    attack.title(),
                    implementation.label(),
                    engagement.perSecond(),
                    engagement.during().megabitsPerSecond(),
                    engagement.during().pingMilliseconds(),
                    engagement.newcomerSeconds().size(),
                    engagement.newcomerMedian(),
                    engagement.megabytesAfter(),
                    engagement.drops());
        } catch (IOException | AssertionError e) {
            report.fail(
                    "%s, %s: %s".formatted(attack.title(), implementation.label(), e.getMessage()));
            System.out.println(report.findings().getLast());
        }
    }
}
