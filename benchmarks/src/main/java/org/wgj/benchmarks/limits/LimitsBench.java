// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.limits;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Child;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MeasuredDaemon;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Measures the cost of thousands of peers and their allowed IPs in a daemon: bin/limits. */
@Command(
        name = "limits",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures what many peers cost a daemon.")
public final class LimitsBench implements Callable<Integer> {
    private static final int KEEPALIVE_SECONDS = 25;
    private static final int PATIENCE_SECONDS = 180;
    private static final int WARM_UP_SECONDS = 12;

    @Option(names = "--peers", description = "How many (default: ${DEFAULT-VALUE}).")
    private int peers = 10_000;

    @Option(
            names = "--seconds",
            description = "Of each figure that is taken over time (default: ${DEFAULT-VALUE}).")
    private int seconds = 5;

    @Option(
            names = "--idle-seconds",
            description =
                    "With all peers idle, longer than a keepalive (default: ${DEFAULT-VALUE}).")
    private int idleSeconds = 50;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Where limits.md goes (default: target/limits).")
    private Path output = Repository.folder().resolve("target/limits");

    /** By row, then by implementation. */
    private final Map<String, Map<Carrier, String>> rows = new LinkedHashMap<>();

    private final Map<Carrier, String> missing = new EnumMap<>(Carrier.class);

    private LimitsBench() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new LimitsBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Map<String, String> environment = Environment.describe();
        for (Carrier one : List.of(Carrier.WGJ, Carrier.WIREGUARD_GO)) {
            if (one.missing().isPresent()) {
                missing.put(one, one.missing().get());
            } else {
                try (MeasuredTunnel tunnel = MeasuredTunnel.open(one)) {
                    measure(tunnel);
                }
            }
        }
        Files.createDirectories(output);
        Files.writeString(output.resolve("limits.md"), markdown(environment));
        System.out.printf("%n%s%nin %s: limits.md%n", markdown(environment), output);
        return 0;
    }

    /**
     * The near host has the peers, the far host is the crowd, and beside it the peer with traffic.
     */
    private void measure(MeasuredTunnel tunnel) throws IOException {
        Host near = tunnel.near();
        MeasuredDaemon daemon = tunnel.nearDaemon();
        Roster roster = new Roster(peers);
        near.sh("ip route add 10.64.0.0/16 via 192.0.2.2");
        tunnel.far().sh("ip route add local 10.64.0.0/16 dev lo");
        Files.writeString(near.path("/run/crowd.conf"), roster.sections(KEEPALIVE_SECONDS));
        Iperf.run(tunnel, MeasuredTunnel.FAR_4, WARM_UP_SECONDS, "--bidir");
        double rateBefore = rate(tunnel);
        keep(tunnel, "resident memory with one peer, MB", daemon.residentMegabytes());

        keep(
                tunnel,
                "`wg addconf` of all peers, s",
                seconds(near, "wg addconf wg0 /run/crowd.conf"));
        keep(tunnel, "`wg show`, s", seconds(near, "wg show wg0 >/dev/null"));
        keep(tunnel, "resident memory with all peers, MB", daemon.residentMegabytes());
        double cpuBefore = daemon.cpuSeconds();
        String arguments =
                "%s 192.0.2.1 %d %d"
                        .formatted(near.sh("wg show wg0 public-key"), peers, PATIENCE_SECONDS);
        try (Child crowd =
                new Child(tunnel.far(), 3_600, Crowd.class, arguments, roster.privateKeys())) {
            String[] up = crowd.await("up ").split(" ");
            keep(tunnel, "peers with a session after all called at once", Integer.parseInt(up[1]));
            keep(tunnel, "until the last had one, s", Double.parseDouble(up[2]));
            keep(tunnel, "processor time for that, s", daemon.cpuSeconds() - cpuBefore);
            keep(tunnel, "resident memory with all sessions, MB", daemon.residentMegabytes());
            double idleBefore = daemon.cpuSeconds();
            near.sh(idleSeconds + 20, "sleep " + idleSeconds);
            keep(
                    tunnel,
                    "processor time of all peers idle, keepalive of 25 s, % of a core",
                    (daemon.cpuSeconds() - idleBefore) / idleSeconds * 100);
            keep(
                    tunnel,
                    "throughput of one more peer, of that without the others",
                    rate(tunnel) / rateBefore);
        }
        String one =
                """
                { echo '[Interface]'; echo "PrivateKey = $(cat /run/key)"; echo 'ListenPort = 51820'
                  echo '[Peer]'; echo 'PublicKey = %s'; echo 'Endpoint = 192.0.2.2:51820'
                  echo 'AllowedIPs = %s/32, %s/128'
                } >/run/one.conf; wg syncconf wg0 /run/one.conf\
                """
                        .formatted(
                                tunnel.far().sh("wg show wg0 public-key"),
                                MeasuredTunnel.FAR_4,
                                MeasuredTunnel.FAR_6);
        keep(tunnel, "removing all but that one, s", seconds(near, one));
        keep(
                tunnel,
                "throughput after they were removed, of that before",
                rate(tunnel) / rateBefore);
        keep(tunnel, "resident memory after that, MB", daemon.residentMegabytes());
    }

    private double rate(MeasuredTunnel tunnel) throws IOException {
        return Iperf.run(tunnel, MeasuredTunnel.FAR_4, seconds, "").gigabitsPerSecond();
    }

    private static double seconds(Host host, String script) throws IOException {
        long begin = System.nanoTime();
        host.sh(PATIENCE_SECONDS, script);
        return (System.nanoTime() - begin) / 1e9;
    }

    private void keep(MeasuredTunnel tunnel, String row, double value) {
        String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.2f", value);
        System.out.printf("%-13s %s: %s%n", tunnel.carrier().label(), row, text);
        rows.computeIfAbsent(row, _ -> new EnumMap<>(Carrier.class)).put(tunnel.carrier(), text);
    }

    private String markdown(Map<String, String> environment) {
        StringBuilder out =
                new StringBuilder(
                        """
                        # %,d peers with %,d allowed IPs

                        |  | wgj | wireguard-go |
                        |---|---|---|
                        """
                                .formatted(peers, peers * Roster.RANGES));
        rows.forEach(
                (row, values) ->
                        out.append(
                                "| %s | %s | %s |\n"
                                        .formatted(
                                                row,
                                                values.getOrDefault(Carrier.WGJ, "–"),
                                                values.getOrDefault(Carrier.WIREGUARD_GO, "–"))));
        missing.forEach(
                (one, why) -> out.append("\n**%s is missing**: %s\n".formatted(one.label(), why)));
        out.append('\n');
        environment.forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        return out.toString();
    }
}
