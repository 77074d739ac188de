// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.relay;

import org.wgj.benchmarks.lab.Child;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.crypto.PrivateKey;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Compares what the relay forwards with what a plain forwarder of datagrams does on the same
 * machine, in turns: bin/relay-bench.
 *
 * <pre>
 *   sender 10.1.1.1 ---- 10.1.1.2 middle 10.1.2.2 ---- 10.1.2.1 receiver
 * </pre>
 */
@Command(
        name = "relay-bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the blind relay beside a plain forwarder of datagrams, in turns.",
            "Both are given 1,452 bytes again and again, as fast as a socket takes them."
        })
public final class RelayBench implements Callable<Integer> {
    private static final int SLACK_SECONDS = 60 * Host.PATIENCE;

    @Option(names = "--quick", description = "One round of seconds, to see that it runs.")
    private boolean quick;

    @Option(names = "--rounds", description = "Of both (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--seconds", description = "To measure (default: ${DEFAULT-VALUE}).")
    private int seconds = 10;

    @Option(names = "--warm-up", description = "Seconds before (default: ${DEFAULT-VALUE}).")
    private int warmUp = 10;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Where relay.md goes (default: target/relay).")
    private Path output = Repository.folder().resolve("target/relay");

    /**
     * The results of one turn.
     *
     * @param arrived datagrams a second at the receiver
     * @param cpuNs processor time of the middle for each datagram that it received
     */
    private record Turn(double arrived, double cpuNs) {}

    private RelayBench() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new RelayBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        if (quick) {
            rounds = 1;
            seconds = 2;
            warmUp = 2;
        }
        StringBuilder report = new StringBuilder("# The relay beside a plain forwarder\n\n");
        Environment.describe()
                .forEach((name, value) -> report.append("- %s: %s%n".formatted(name, value)));
        report.append(
                """

                %d s after %d s of warm-up; datagrams of %d bytes of payload.

                | round | middle | datagrams/s arrived | Gbit/s | processor time of the middle, ns each |
                | --- | --- | --- | --- | --- |
                """
                        .formatted(seconds, warmUp, End.LENGTH));
        List<Double> ratios = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            // The order changes, so that what drifts meets both.
            boolean relayFirst = round % 2 == 0;
            Turn first = turn(relayFirst);
            Turn second = turn(!relayFirst);
            Turn relay = relayFirst ? first : second;
            Turn plain = relayFirst ? second : first;
            report.append(line(round, "plain forwarder", plain))
                    .append(line(round, "relay", relay));
            ratios.add(relay.arrived() / plain.arrived());
        }
        ratios.sort(null);
        report.append(
                "%nThe relay forwarded %.3f of what the plain forwarder did (median; %.3f to %.3f).%n"
                        .formatted(
                                ratios.get(ratios.size() / 2),
                                ratios.getFirst(),
                                ratios.getLast()));
        Files.createDirectories(output);
        Files.writeString(output.resolve("relay.md"), report);
        System.out.println(report);
        return 0;
    }

    private static String line(int round, String name, Turn turn) {
        return "| %d | %s | %,.0f | %.2f | %,.0f |%n"
                .formatted(
                        round,
                        name,
                        turn.arrived(),
                        turn.arrived() * End.LENGTH * 8 / 1e9,
                        turn.cpuNs());
    }

    private Turn turn(boolean relay) throws IOException {
        try (Host sender = new Host("sender");
                Host middle = new Host("middle");
                Host receiver = new Host("receiver")) {
            join(sender, middle, 1);
            join(receiver, middle, 2);
            List<PrivateKey> keys =
                    List.of(PrivateKey.generate(), PrivateKey.generate(), PrivateKey.generate());
            String times = warmUp + " " + seconds + " ";
            int deadline = warmUp + seconds + SLACK_SECONDS;
            try (Child forwarder =
                            new Child(
                                    middle,
                                    deadline,
                                    "", // it is what is measured, and runs for long
                                    Middle.class,
                                    times
                                            + keys.get(2).toBase64()
                                            + " "
                                            + keys.get(0).publicKey().toBase64()
                                            + " "
                                            + keys.get(1).publicKey().toBase64()
                                            + (relay ? "" : " 10.1.1.1 10.1.2.1"),
                                    List.of());
                    Child sink = end(receiver, 1, times, keys, relay, deadline);
                    Child source = end(sender, 0, times, keys, relay, deadline, forwarder, sink)) {
                source.await("ready");
                long[] arrived = numbers(sink.await("measured"));
                long[] forwarded = numbers(forwarder.await("measured"));
                return new Turn(
                        arrived[0] * 1e9 / arrived[1], (double) forwarded[2] / forwarded[0]);
            }
        }
    }

    /** Starts an end when the others are ready. */
    private static Child end(
            Host host,
            int number,
            String times,
            List<PrivateKey> keys,
            boolean relay,
            int deadline,
            Child... before)
            throws IOException {
        for (Child child : before) {
            child.await("ready");
        }
        return new Child(
                host,
                deadline,
                End.class,
                number
                        + " "
                        + times
                        + keys.get(number).toBase64()
                        + " "
                        + keys.get(1 - number).publicKey().toBase64()
                        + " "
                        + keys.get(2).publicKey().toBase64()
                        + " 10.1."
                        + (number + 1)
                        + ".2"
                        + (relay ? "" : " plain"),
                List.of());
    }

    private static long[] numbers(String line) {
        String[] words = line.split(" ");
        return new long[] {
            Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])
        };
    }

    private static void join(Host end, Host middle, int number) throws IOException {
        Host.connect(end, "eth0", middle, "eth" + number);
        end.sh("ip address add 10.1.%d.1/24 dev eth0".formatted(number));
        middle.sh("ip address add 10.1.%1$d.2/24 dev eth%1$d".formatted(number));
    }
}
