// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.benchmarks.lab.Environment;
import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Measures sockets in user space, and writes tables: bin/netstack-bench.
 *
 * <ul>
 *   <li>{@link TunnelRows}: through a tunnel, beside gVisor's stack and the kernel's sockets;
 *   <li>{@link ForwardRows}: as a forward without a tunnel, beside gvproxy and slirp4netns;
 *   <li>in memory and on a virtual clock, alone: {@link StacksInMemory}, {@link StacksOverLink},
 *       {@link IdleConnections}, {@link HandOver}.
 * </ul>
 *
 * <p>The programs take turns, and ratios are taken within a round.
 */
@CommandLine.Command(
        name = "netstack-bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures sockets in user space beside gVisor's, the kernel's, gvproxy and"
                        + " slirp4netns.")
public final class NetstackBench implements Callable<Integer> {
    private static final Duration ALONE = Duration.ofMinutes(5);

    @Option(names = "--rounds", description = "How many (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--seconds",
            description = "How long each figure is measured (default: ${DEFAULT-VALUE}).")
    private int seconds = 3;

    @Option(
            names = "--warm-up",
            description = "Seconds of the same before, for Java (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds = 8;

    @Option(names = "--quick", description = "One round of a second: shows that it works, no more.")
    private boolean quick;

    private final List<String> failures = new ArrayList<>();

    /**
     * Measures.
     *
     * @param arguments see --help
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new NetstackBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        if (quick) {
            rounds = 1;
            seconds = 1;
            warmUpSeconds = 1;
        }
        String alone = alone();
        TunnelRows tunnels = new TunnelRows(warmUpSeconds, seconds);
        ForwardRows forwards = new ForwardRows(warmUpSeconds, seconds);
        for (int round = 1; round <= rounds; round++) {
            tunnels.round(round);
            forwards.round(round);
        }
        failures.addAll(tunnels.table().failures());
        failures.addAll(forwards.table().failures());
        String report = report(tunnels.table(), forwards.table(), alone);
        Path folder = Repository.folder().resolve("target/bench");
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("netstack.md"), report);
        System.out.println(report);
        return failures.isEmpty() ? 0 : 1;
    }

    /** Measures what needs no other program, and returns the rows of a table. */
    private String alone() {
        StringBuilder rows = new StringBuilder();
        run(rows, StacksInMemory.class, quick ? "1.5" : "9");
        run(rows, StacksOverLink.class, quick ? "3" : "60");
        run(rows, IdleConnections.class, "");
        run(rows, HandOver.class, "");
        return rows.toString();
    }

    /** Runs a program whose lines are a title, a tab and a figure. */
    private void run(StringBuilder rows, Class<?> program, String arguments) {
        Command.Result result =
                Command.run(ALONE, "", List.of("bash", "-c", TunnelRows.java(program, arguments)));
        System.err.print(result.out());
        result.out()
                .lines()
                .filter(line -> line.contains("\t"))
                .map(line -> line.split("\t"))
                .forEach(row -> rows.append("| %s | %s |\n".formatted(row[0], row[1])));
        if (result.exit() != 0) {
            failures.add(program.getSimpleName() + ": " + result.err());
            System.err.println(failures.getLast());
        }
    }

    private String report(ResultTable tunnels, ResultTable forwards, String alone) {
        StringBuilder out = new StringBuilder();
        out.append("Through a tunnel:\n\n").append(tunnels.markdown());
        out.append("\nForwards without a tunnel:\n\n").append(forwards.markdown());
        out.append(
                """

                Medians of %d rounds of %d s, after %d s of warm-up for Java, least and most in brackets; \
                ratios are taken within a round. ↑ more is better, ↓ less is.
                """
                        .formatted(rounds, seconds, warmUpSeconds));
        out.append("\nThe stack alone, in memory:\n\n| figure | value |\n| --- | --- |\n")
                .append(alone);
        failures.forEach(failure -> out.append("\nFailed: ").append(failure).append('\n'));
        out.append('\n');
        Environment.describe()
                .forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        return out.toString();
    }
}
