// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * The figures of sockets through a tunnel between two hosts: our stack in both programs,
 * wireguard-go with gVisor's stack in both, and programs that use the kernel's sockets over our
 * daemon's TUN. For each figure every program runs anew and warms up.
 */
final class TunnelRows {
    private static final int DEADLINE_SECONDS = 60;

    /** How much longer the last figure is warmed up. */
    private static final int LATER = 4;

    /** The figures to measure. */
    private enum Figure {
        STREAM("stream", "TCP, 1 stream ↑", "Gbit/s", 1e-9),
        PING_PONG("pingpong", "request and response of 1 byte, median ↓", "µs", 1),
        CONNECT("connect", "connect, 1 byte there and back, close: 1 thread ↑", "1/s", 1),
        CONNECT_8("connect8", "connect, 1 byte there and back, close: 8 threads ↑", "1/s", 1),
        /** Both JVMs need longer to compile what connecting runs, while it keeps them busy. */
        CONNECT_8_LATER(
                "connect8", "the same after " + LATER + " times the warm-up ↑", "1/s", 1, LATER);

        private final String argument;
        private final String title;
        private final String unit;
        private final double factor;
        private final int warmUps;

        Figure(String argument, String title, String unit, double factor) {
            this(argument, title, unit, factor, 1);
        }

        Figure(String argument, String title, String unit, double factor, int warmUps) {
            this.argument = argument;
            this.title = title;
            this.unit = unit;
            this.factor = factor;
            this.warmUps = warmUps;
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

    private final double warmUpSeconds;
    private final double seconds;
    private final ResultTable table =
            new ResultTable(
                    Stream.of(Program.values()).map(program -> program.title).toList(),
                    List.of("gVisor's", "the kernel's"));

    TunnelRows(double warmUpSeconds, double seconds) {
        this.warmUpSeconds = warmUpSeconds;
        this.seconds = seconds;
    }

    ResultTable table() {
        return table;
    }

    void round(int number) {
        for (Figure figure : Figure.values()) {
            for (Program program : Program.values()) {
                table.take(
                        number,
                        figure.title,
                        figure.unit,
                        program.ordinal(),
                        () -> measure(figure, program) * figure.factor);
            }
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
                                                        figure.warmUps * warmUpSeconds,
                                                        seconds));
                String out = hosts.near().sh(DEADLINE_SECONDS, client);
                return Double.parseDouble(out.lines().toList().getLast());
            } finally {
                far.destroy();
            }
        }
    }

    /** Reads what a program prints until it says "ready". */
    static void awaitReady(Process server) throws IOException {
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        StringBuilder before = new StringBuilder();
        String line = out.readLine();
        while (line != null && !line.equals("ready")) {
            before.append(line).append('\n');
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("the server ended: " + before);
        }
    }

    /** Writes the configuration of both ends, in both forms, into each host's /run. */
    private static void writeKeys(MeasuredTunnel hosts) throws IOException {
        List<Host> both = List.of(hosts.near(), hosts.far());
        List<KeyPair> keys = List.of(KeyPair.generate(), KeyPair.generate());
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
                                    .formatted(
                                            keys.get(i).privateKey(),
                                            i + 1,
                                            keys.get(1 - i).publicKey(),
                                            other));
        }
    }

    private static String command(Program program, String end, String arguments) {
        String address = end.equals("near") ? "10.9.0.1" : "10.9.0.2";
        return switch (program) {
            case OURS -> java(NetstackPeer.class, "/run/stack.conf " + arguments);
            case KERNEL -> java(NetstackPeer.class, "kernel " + arguments);
            case GVISOR ->
                    "exec '%s' %s 1420 %s </run/stack.uapi"
                            .formatted(
                                    Repository.folder().resolve("target/peers/netstack-peer"),
                                    address,
                                    arguments);
        };
    }

    /** Returns the command of a shell that becomes a main class of this module. */
    static String java(Class<?> main, String arguments) {
        return ("exec '%s/bin/java' -Xmx1g -XX:+UseSerialGC --add-modules jdk.incubator.vector"
                        + " --enable-native-access=ALL-UNNAMED"
                        + " --sun-misc-unsafe-memory-access=allow -cp '%s' %s %s")
                .formatted(
                        System.getProperty("java.home"),
                        System.getProperty("java.class.path"),
                        main.getName(),
                        arguments);
    }
}
