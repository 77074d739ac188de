// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.benchmarks.lab.GcLog;
import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MachineLoad;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Measures whole tunnels of all implementations, taking turns, and writes the report: bin/bench.
 *
 * <p>In each round every implementation gets new daemons, which are warmed up and stay for the
 * round; then figure by figure is taken of one after the other. So a machine that gets slower, or
 * busier, does it for all of them.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures whole tunnels: wgj, wireguard-go, the kernel and the bare cable.")
public final class Bench implements Callable<Integer> {
    private static final int CRYPTO_ROUNDS = 5;

    private static final int CRYPTO_WARM_UP_SECONDS = 3;

    /** After which the processor time of idle daemons is taken. */
    private static final int IDLE_SECONDS = 60;

    @Option(
            names = "--quick",
            description = "One round of a second for each figure: shows that it works, no more.")
    private boolean quick;

    @Option(names = "--rounds", description = "At most so many (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--seconds",
            description = "How long each figure is measured (default: ${DEFAULT-VALUE}).")
    private int seconds = 4;

    @Option(
            names = "--warm-up",
            description =
                    "Seconds of traffic through new daemons before (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds = 12;

    @Option(
            names = "--cold-rounds",
            description =
                    "How often new daemons are watched from their start; 0 for never (default:"
                            + " ${DEFAULT-VALUE}).")
    private int coldRounds = 3;

    @Option(
            names = "--cold-seconds",
            description = "How long they are watched (default: ${DEFAULT-VALUE}).")
    private int coldSeconds = 12;

    @Option(
            names = "--minutes",
            description =
                    "Begins no round that would not be over by then (default: ${DEFAULT-VALUE});"
                            + " with the defaults all is over in less than 15.")
    private int minutes = 6;

    @Option(
            names = "--gc-seconds",
            description =
                    "TCP through wgj with its collections logged; 0 for none (default:"
                            + " ${DEFAULT-VALUE}).")
    private int gcSeconds = 60;

    @Option(
            names = "--no-crypto",
            description = "Leaves out the cryptography without a tunnel, which takes a minute.")
    private boolean noCrypto;

    @Option(
            names = "--emulated",
            description = "Says so with every figure; bin/bench --vm sets it where it is true.")
    private boolean emulated;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "IMPLEMENTATION",
            description = "Of wgj, wireguard-go, kernel and none only these.")
    private List<String> only = List.of("wgj", "wireguard-go", "kernel", "none");

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description =
                    "Where bench.json, bench.md, bench.svg and cold.svg go (default:"
                            + " target/bench).")
    private Path output = Repository.folder().resolve("target/bench");

    private final Map<Carrier, String> missing = new EnumMap<>(Carrier.class);
    private final List<Carrier> measured = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Results results = new Results();

    private Bench() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, RunnerException {
        if (quick) {
            rounds = 1;
            seconds = 1;
            warmUpSeconds = 2;
            gcSeconds = Math.min(gcSeconds, 5);
            coldRounds = Math.min(coldRounds, 1);
            coldSeconds = 3;
            System.setProperty("jmh.ignoreLock", "true"); // its figures mean nothing anyway
        }
        Map<String, String> environment = Environment.describe();
        MachineLoad load = MachineLoad.begin();
        for (String label : new LinkedHashSet<>(only)) {
            Carrier implementation = Carrier.labelled(label);
            implementation
                    .missing()
                    .ifPresentOrElse(
                            why -> missing.put(implementation, why),
                            () -> measured.add(implementation));
        }
        missing.forEach((i, why) -> System.out.println(i.label() + " is missing: " + why));

        Crypto crypto = Crypto.none();
        if (!noCrypto) {
            System.out.println("cryptography alone: warming up and measuring");
            crypto = Crypto.measure(quick ? 1 : CRYPTO_ROUNDS, quick ? 0 : CRYPTO_WARM_UP_SECONDS);
        }
        ColdStart cold = new ColdStart(measured, coldSeconds, Bench::print);
        measure(cold);
        long begin = System.nanoTime();
        for (int round = 1; round <= rounds && fits(round, begin); round++) {
            round(round, environment);
        }
        if (gcSeconds > 0 && measured.contains(Carrier.WGJ)) {
            measureCollections(environment);
        }
        cold.compareWith(results);
        environment.put("load", load.sinceThen());
        environment.put(
                "settings",
                "%d s a figure, %d s of warm-up for new daemons in each round"
                        .formatted(seconds, warmUpSeconds));
        write(
                new BenchReport(
                        environment, emulated, measured, missing, failures, results, cold, crypto));
        return failures.isEmpty() && !results.samples().isEmpty() ? 0 : 1;
    }

    /** The pairs take turns, so that other load on the machine affects all of them. */
    private void measure(ColdStart cold) {
        for (int round = 1; round <= coldRounds; round++) {
            System.out.printf("new daemons, round %d of %d%n", round, coldRounds);
            for (ColdPair pair : cold.pairs()) {
                try {
                    cold.measure(round, pair);
                } catch (IOException | AssertionError e) {
                    fail(round, "new daemons, %s: %s".formatted(pair.label(), e.getMessage()));
                }
            }
        }
        if (coldRounds > 0) {
            int seconds = quick ? 5 : IDLE_SECONDS;
            System.out.printf("idle daemons: %d s%n", seconds);
            try {
                cold.idle(seconds);
            } catch (IOException | AssertionError e) {
                fail(1, "idle daemons: " + e.getMessage());
            }
        }
    }

    /** Returns whether one more round, as long as those before, ends in time. */
    private boolean fits(int round, long begin) {
        long elapsed = System.nanoTime() - begin;
        long next = round == 1 ? 0 : elapsed / (round - 1);
        if (elapsed + next <= Duration.ofMinutes(minutes).toNanos()) {
            return true;
        }
        System.out.printf("the time is up after %d rounds%n", round - 1);
        return false;
    }

    private void round(int round, Map<String, String> environment)
            throws IOException, RunnerException {
        System.out.printf("round %d of %d: starting and warming up%n", round, rounds);
        List<String> notOpened = new ArrayList<>();
        try (OpenTunnels tunnels = new OpenTunnels(measured, warmUpSeconds, notOpened)) {
            notOpened.forEach(why -> fail(round, why));
            MeasuredTunnel wgj = OpenTunnels.shared(Carrier.WGJ);
            if (wgj != null) {
                environment.put("settings of wgj", wgj.settings());
            }
            for (String method : methods()) {
                for (Carrier implementation : tunnels.implementations()) {
                    measure(round, method, implementation);
                }
            }
        }
    }

    /** Takes as long as it takes to see whether an allocation comes with every packet. */
    private void measureCollections(Map<String, String> environment) {
        System.out.printf("collections of wgj: %d s of TCP%n", gcSeconds);
        try (MeasuredTunnel tunnel =
                OpenTunnels.openWarm(Carrier.WGJ, warmUpSeconds, "-Xlog:gc:file=/run/gc.log")) {
            environment.put("collections of wgj", collections(tunnel));
        } catch (IOException | AssertionError e) {
            fail(results.rounds(), "collections of wgj: " + e.getMessage());
        }
    }

    private String collections(MeasuredTunnel tunnel) throws IOException {
        int nearBefore = gcLog(tunnel.near()).length();
        int farBefore = gcLog(tunnel.far()).length();
        Iperf.Stream stream = Iperf.run(tunnel, MeasuredTunnel.FAR_4, gcSeconds, "");
        double packets = stream.bytes() / MeasuredTunnel.TCP_PAYLOAD;
        return "sender "
                + GcLog.of(gcLog(tunnel.near()), nearBefore).describe(stream.seconds(), packets)
                + "; receiver "
                + GcLog.of(gcLog(tunnel.far()), farBefore).describe(stream.seconds(), packets);
    }

    private static String gcLog(Host host) throws IOException {
        return Files.readString(host.path("/run/gc.log"));
    }

    private static Iterable<String> methods() {
        LinkedHashSet<String> methods = new LinkedHashSet<>();
        for (Figure figure : Figure.values()) {
            methods.add(figure.method());
        }
        return methods;
    }

    /** One call of one method, in this JVM, where the tunnels of the round are. */
    private void measure(int round, String method, Carrier implementation) throws RunnerException {
        var options =
                new OptionsBuilder()
                        .include(
                                TunnelBenchmark.class.getName().replace(".", "\\.")
                                        + "\\."
                                        + method
                                        + "$")
                        .param("implementation", implementation.label())
                        .param("seconds", Integer.toString(seconds))
                        .param("warmUpSeconds", Integer.toString(warmUpSeconds))
                        .forks(0)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build();
        try {
            for (RunResult run : new Runner(options).run()) {
                keep(round, method, implementation, run);
            }
        } catch (RunnerException e) {
            if (e.getCause() == null && e.getSuppressed().length == 0) {
                throw e; // not the benchmark's but JMH's own, such as another JMH at work
            }
            fail(round, "%s of %s: %s".formatted(method, implementation.label(), reason(e)));
        }
    }

    /** JMH wraps what a benchmark throws, more than once, and may only suppress it. */
    private static String reason(Throwable thrown) {
        Throwable inner = thrown.getCause();
        if (inner == null && thrown.getSuppressed().length > 0) {
            inner = thrown.getSuppressed()[0];
        }
        return inner == null ? String.valueOf(thrown.getMessage()) : reason(inner);
    }

    private void fail(int round, String what) {
        String failure = "round %d, %s".formatted(round, what);
        System.err.println(failure);
        failures.add(failure);
    }

    private void keep(int round, String method, Carrier implementation, RunResult run) {
        for (Figure figure : Figure.values()) {
            Result<?> counter = run.getSecondaryResults().get(figure.counter());
            if (figure.method().equals(method) && counter != null) {
                Results.Sample sample =
                        new Results.Sample(round, figure, implementation, counter.getScore());
                results.add(sample);
                print(sample);
            }
        }
    }

    private static void print(Results.Sample sample) {
        if (!Double.isNaN(sample.value())) {
            System.out.printf(
                    "%-50s %-20s %10s %s%n",
                    sample.figure().title(),
                    sample.column().label(),
                    MarkdownTable.number(sample.value()),
                    sample.figure().unit());
        }
    }

    private void write(BenchReport report) throws IOException {
        Files.createDirectories(output);
        String table = MarkdownTable.of(report);
        Files.writeString(output.resolve("bench.md"), table);
        Files.writeString(output.resolve("bench.json"), JsonFile.of(report));
        Files.writeString(output.resolve("bench.svg"), BarChart.of(report));
        Files.writeString(
                output.resolve("cold.svg"),
                Timeline.of(report.cold(), report.unit(ColdFigure.FIRST_3)));
        System.out.printf("%n%s%nin %s: bench.md and .json, bench.svg, cold.svg%n", table, output);
    }
}
