// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.benchmarks.lab.GcLog;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/** Two daemons with mixed traffic, rekeys and faults for a long time, and a report: bin/soak. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs two daemons with mixed traffic, rekeys and faults, and reports.")
public final class Soak implements Callable<Integer> {
    @Option(names = "--minutes", description = "How long (default: ${DEFAULT-VALUE}).")
    private int minutes = 120;

    @Option(
            names = "--seconds",
            description = "Traffic before each fault (default: ${DEFAULT-VALUE}).")
    private int seconds = 20;

    @Option(
            names = "--megabits",
            description = "Of traffic a second, all streams together (default: ${DEFAULT-VALUE}).")
    private int megabits = 200;

    @Option(
            names = "--rekey-seconds",
            description =
                    "How often sessions are renewed, 120 by the protocol (default:"
                            + " ${DEFAULT-VALUE}).")
    private int rekeySeconds = 10;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Where soak.md goes, anew after each fault (default: target/soak).")
    private Path output = Repository.folder().resolve("target/soak");

    private Soak() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Soak()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(output);
        Map<String, String> environment = Environment.describe();
        environment.put(
                "settings",
                "%d Mbit/s of traffic, %d s before each fault, new sessions every %d s"
                        .formatted(megabits, seconds, rekeySeconds));
        SoakReport report = new SoakReport(environment);
        String jvmOptions = "-Xlog:gc:file=/run/gc.log -Dwgj.rekeyAfterSeconds=" + rekeySeconds;
        try (MeasuredTunnel tunnel = MeasuredTunnel.open(Carrier.WGJ, jvmOptions)) {
            long begin = System.nanoTime();
            for (int i = 0; System.nanoTime() - begin < minutes * 60_000_000_000L; i++) {
                cycle(tunnel, begin, i, report);
                Files.writeString(output.resolve("soak.md"), report.markdown());
            }
        }
        System.out.printf("%n%s%nin %s: soak.md%n", report.markdown(), output);
        return report.findings().isEmpty() ? 0 : 1;
    }

    /** Each kind of traffic meets each fault in time, there being no common divisor but 2. */
    private void cycle(MeasuredTunnel tunnel, long begin, int i, SoakReport report)
            throws IOException {
        SoakTraffic traffic = SoakTraffic.values()[i % SoakTraffic.values().length];
        SoakFault fault = SoakFault.values()[(i + i / 30) % SoakFault.values().length];
        try {
            Cycle cycle = Cycle.run(tunnel, begin, seconds, megabits, traffic, fault);
            report.add(cycle);
            System.out.printf(
                    "%.2f h: %s %.0f MB, %d of %d pings unanswered; %s, %.1f s; %.0f MB resident%n",
                    cycle.hours(),
                    traffic.title(),
                    cycle.traffic().megabytes(),
                    cycle.unanswered(),
                    cycle.pings(),
                    fault.title(),
                    cycle.recoverySeconds(),
                    cycle.near().residentMegabytes());
        } catch (IOException | AssertionError e) {
            report.fail(
                    "cycle %d, %s and %s: %s"
                            .formatted(i, traffic.title(), fault.title(), e.getMessage()));
        }
        report.logged(log(tunnel.near(), "daemon.log"), log(tunnel.far(), "daemon.log"));
        report.collected(GcLog.of(log(tunnel.near(), "gc.log"), 0));
    }

    private static String log(Host host, String name) throws IOException {
        return Files.readString(host.path("/run/" + name));
    }
}
