// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.benchmarks.lab.Spread;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Measures sockets through a tunnel between two hosts: our stack in both programs, wireguard-go
 * with gVisor's stack in both, and programs that use the kernel's sockets over our daemon's TUN.
 * Writes a table: bin/netstack-bench.
 *
 * <p>In each round every program runs anew and warms up; then the figure is taken. The programs
 * take turns, and ratios are taken within a round.
 */
@Command(
        name = "netstack-bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures sockets in user space beside gVisor's and the kernel's.")
public final class NetstackBench implements Callable<Integer> {
    private static final int DEADLINE_SECONDS = 60;

    @Option(names = "--rounds", description = "How many (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--seconds",
            description = "How long each figure is measured (default: ${DEFAULT-VALUE}).")
    private double seconds = 5;

    @Option(
            names = "--warm-up",
            description = "Seconds of the same before, for Java (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds = 10;

    @Option(names = "--quick", description = "One round of a second: shows that it works, no more.")
    private boolean quick;

    /** The figures to measure. */
    private enum Figure {
        STREAM("stream", "TCP, 1 stream ↑", "Gbit/s", 1e-9),
        PING_PONG("pingpong", "request and response of 1 byte, median ↓", "µs", 1),
        CONNECT("connect", "connect, 1 byte there and back, close ↑", "1/s", 1);

        private final String argument;
        private final String title;
        private final String unit;
        private final double factor;

        Figure(String argument, String title, String unit, double factor) {
            this.argument = argument;
            this.title = title;
            this.unit = unit;
            this.factor = factor;
        }
    }

    /** The programs to measure. */
    private enum Program {
        OURS("wgj, sockets in user space"),
        GVISOR("wireguard-go, gVisor's sockets"),
        KERNEL("wgj, the kernel's sockets over its TUN");

        private final String title;

        Program(String title) {
            this.title = title;
        }
    }

    private final Map<Program, Map<Figure, List<Double>>> figures = new EnumMap<>(Program.class);
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
        for (int round = 1; round <= rounds; round++) {
            for (Figure figure : Figure.values()) {
                for (Program program : Program.values()) {
                    take(round, figure, program);
                }
            }
        }
        Path folder = Repository.folder().resolve("target/bench");
        Files.createDirectories(folder);
        String table = table();
        Files.writeString(folder.resolve("netstack.md"), table);
        System.out.println(table);
        return failures.isEmpty() ? 0 : 1;
    }

    private void take(int round, Figure figure, Program program) {
        try {
            double value = measure(figure, program) * figure.factor;
            System.err.printf(
                    Locale.ROOT,
                    "round %d: %s, %s: %.3g %s%n",
                    round,
                    figure.title,
                    program.title,
                    value,
                    figure.unit);
            figures.computeIfAbsent(program, p -> new EnumMap<>(Figure.class))
                    .computeIfAbsent(figure, f -> new ArrayList<>())
                    .add(value);
        } catch (IOException | AssertionError e) {
            failures.add(figure.title + ", " + program.title + ": " + e.getMessage());
            System.err.println(failures.getLast());
        }
    }

    private double measure(Figure figure, Program program) throws IOException {
        Carrier outside = program == Program.KERNEL ? Carrier.WGJ : Carrier.NONE;
        try (MeasuredTunnel hosts = MeasuredTunnel.open(outside)) {
            String server = program == Program.KERNEL ? MeasuredTunnel.FAR_4 : "10.9.0.2";
            if (program != Program.KERNEL) {
                writeKeys(hosts);
            }
            Process far = hosts.far().start(2 * DEADLINE_SECONDS, command(program, "far", "serve"));
            try {
                awaitReady(far);
                String client =
                        command(
                                program,
                                "near",
                                program == Program.GVISOR
                                        ? "%s %s %s".formatted(figure.argument, server, seconds)
                                        : "%s %s %s %s"
                                                .formatted(
                                                        figure.argument,
                                                        server,
                                                        warmUpSeconds,
                                                        seconds));
                String out = hosts.near().sh(DEADLINE_SECONDS, client);
                return Double.parseDouble(out.lines().toList().getLast());
            } finally {
                far.destroy();
            }
        }
    }

    private static void awaitReady(Process server) throws IOException {
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.equals("ready")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("the server ended");
        }
    }

    /** Writes the configuration of both ends, in both forms, into each host's /run. */
    private static void writeKeys(MeasuredTunnel hosts) throws IOException {
        List<Host> both = List.of(hosts.near(), hosts.far());
        List<String> keys = new ArrayList<>();
        List<String> publicKeys = new ArrayList<>();
        for (Host host : both) {
            keys.add(host.sh("wg genkey"));
            publicKeys.add(host.sh("echo %s | wg pubkey".formatted(keys.getLast())));
        }
        for (int i = 0; i < 2; i++) {
            int other = 2 - i;
            both.get(i)
                    .sh(
                            """
                            umask 077
                            hex() { base64 -d | od -An -v -tx1 | tr -d ' \\n'; }
                            cat >/run/stack.conf <<END
                            [Interface]
                            PrivateKey = %1$s
                            ListenPort = 51820
                            Address = 10.9.0.%2$d/24
                            MTU = 1420
                            [Peer]
                            PublicKey = %3$s
                            Endpoint = 192.0.2.%4$d:51820
                            AllowedIPs = 10.9.0.%4$d/32
                            END
                            { echo private_key=$(echo %1$s | hex); echo listen_port=51820
                              echo public_key=$(echo %3$s | hex); echo endpoint=192.0.2.%4$d:51820
                              echo allowed_ip=10.9.0.%4$d/32; } >/run/stack.uapi
                            """
                                    .formatted(keys.get(i), i + 1, publicKeys.get(1 - i), other));
        }
    }

    private static String command(Program program, String end, String arguments) {
        String address = end.equals("near") ? "10.9.0.1" : "10.9.0.2";
        return switch (program) {
            case OURS -> java("/run/stack.conf " + arguments);
            case KERNEL -> java("kernel " + arguments);
            case GVISOR ->
                    "exec '%s' %s 1420 %s </run/stack.uapi"
                            .formatted(
                                    Repository.folder().resolve("target/peers/netstack-peer"),
                                    address,
                                    arguments);
        };
    }

    private static String java(String arguments) {
        return ("exec '%s/bin/java' -Xmx1g -XX:+UseSerialGC --add-modules jdk.incubator.vector"
                        + " --enable-native-access=ALL-UNNAMED"
                        + " --sun-misc-unsafe-memory-access=allow -cp '%s' %s %s")
                .formatted(
                        System.getProperty("java.home"),
                        System.getProperty("java.class.path"),
                        NetstackPeer.class.getName(),
                        arguments);
    }

    private String table() {
        StringBuilder out = new StringBuilder("| | unit |");
        for (Program program : Program.values()) {
            out.append(' ').append(program.title).append(" |");
        }
        out.append(" ours / gVisor's | ours / the kernel's |\n| --- | --- |");
        out.append(" --- |".repeat(Program.values().length + 2)).append('\n');
        for (Figure figure : Figure.values()) {
            out.append("| %s | %s |".formatted(figure.title, figure.unit));
            for (Program program : Program.values()) {
                out.append(cell(values(program, figure)));
            }
            out.append(cell(ratios(Program.GVISOR, figure)));
            out.append(cell(ratios(Program.KERNEL, figure))).append('\n');
        }
        out.append("\nMedians of ").append(rounds).append(" rounds, least and most in brackets.\n");
        failures.forEach(failure -> out.append("\nFailed: ").append(failure).append('\n'));
        out.append('\n');
        Environment.describe()
                .forEach((name, value) -> out.append("- %s: %s\n".formatted(name, value)));
        return out.toString();
    }

    private List<Double> values(Program program, Figure figure) {
        return figures.getOrDefault(program, Map.of()).getOrDefault(figure, List.of());
    }

    private List<Double> ratios(Program other, Figure figure) {
        List<Double> ours = values(Program.OURS, figure);
        List<Double> theirs = values(other, figure);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
            ratios.add(ours.get(i) / theirs.get(i));
        }
        return ratios;
    }

    private static String cell(List<Double> values) {
        if (values.isEmpty()) {
            return " – |";
        }
        Spread spread = Spread.of(values.stream().mapToDouble(d -> d).toArray());
        return String.format(
                Locale.ROOT, " %.3g (%.3g–%.3g) |", spread.median(), spread.least(), spread.most());
    }
}
