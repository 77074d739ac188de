// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.benchmarks.lab.Iperf;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The figures of forwards from TCP of the kernel through a stack in user space to a socket of the
 * host, without WireGuard: ours, gVisor's in gvproxy, and libslirp in slirp4netns.
 *
 * <pre>
 * iperf3 -- kernel -- TUN or TAP -- stack -- socket -- loopback -- iperf3
 * </pre>
 *
 * <p>All of it is in one network namespace. Ours has a TUN with the kernel's segmentation offloads;
 * the two others know Ethernet frames one by one, for gvproxy through a relay in C.
 */
final class ForwardRows {
    private static final int MTU = 1500;
    private static final int PORT = 5201;
    private static final int SLACK_SECONDS = 30;
    private static final int NATIVE_WARM_UP_SECONDS = 1;

    /** The programs to measure: how to start one, the own address, and where the host is. */
    private enum Program {
        OURS("wgj's forward", "10.7.0.1/24", "10.7.0.2"),
        GVPROXY("gvproxy", "192.168.127.2/24", "192.168.127.254"),
        SLIRP("slirp4netns", "10.0.2.100/24", "10.0.2.2");

        private final String title;
        private final String own;
        private final String host;

        Program(String title, String own, String host) {
            this.title = title;
            this.own = own;
            this.host = host;
        }
    }

    private final int warmUpSeconds;
    private final int seconds;
    private final Path peers = Repository.folder().resolve("target/peers");
    private final ResultTable table =
            new ResultTable(
                    Stream.of(Program.values()).map(program -> program.title).toList(),
                    List.of("gvproxy", "slirp4netns"));

    ForwardRows(int warmUpSeconds, int seconds) {
        this.warmUpSeconds = warmUpSeconds;
        this.seconds = seconds;
    }

    ResultTable table() {
        return table;
    }

    void round(int number) {
        for (boolean back : new boolean[] {false, true}) {
            String title =
                    back
                            ? "TCP, 1 stream, host socket to kernel, MTU %d ↑"
                            : "TCP, 1 stream, kernel to host socket, MTU %d ↑";
            for (Program program : Program.values()) {
                table.take(
                        number,
                        title.formatted(MTU),
                        "Gbit/s",
                        program.ordinal(),
                        () -> measure(program, back));
            }
        }
    }

    private double measure(Program program, boolean back) throws IOException {
        List<Process> started = new ArrayList<>();
        try (Host host = new Host("forward")) {
            try {
                start(program, host, started);
                host.sh("ip link set tap0 mtu %d up".formatted(MTU));
                host.address("tap0", program.own);
                host.sh(
                        """
                        iperf3 -s -D -1 -B 127.0.0.1 -p %1$d
                        until ss -Hltn 'sport = :%1$d' | grep -q .; do sleep 0.02; done\
                        """
                                .formatted(PORT));
                return stream(program, host, back);
            } finally {
                started.forEach(Process::destroy);
            }
        }
    }

    private double stream(Program program, Host host, boolean back) throws IOException {
        int before = program == Program.OURS ? warmUpSeconds : NATIVE_WARM_UP_SECONDS;
        String client =
                "iperf3 -c %s -p %d -O %d -t %d -J%s"
                        .formatted(program.host, PORT, before, seconds, back ? " -R" : "");
        String json = host.sh(before + seconds + SLACK_SECONDS, client);
        return Iperf.Stream.of(json).gigabitsPerSecond();
    }

    private void start(Program program, Host host, List<Process> started) throws IOException {
        int deadline = warmUpSeconds + seconds + 2 * SLACK_SECONDS;
        switch (program) {
            case OURS -> {
                String arguments = "tap0 %d %s %d".formatted(MTU, program.host, PORT);
                started.add(host.start(deadline, TunnelRows.java(TunForward.class, arguments)));
                TunnelRows.awaitReady(started.getLast());
            }
            case GVPROXY -> {
                String gvproxy =
                        "exec '%s' -listen-bess unixpacket:///run/gvproxy -mtu %d -ssh-port 22022"
                                .formatted(peers.resolve("gvproxy/usr/bin/gvproxy"), MTU);
                started.add(host.start(deadline, gvproxy + " >/run/gvproxy.log 2>&1"));
                host.sh("until [ -S /run/gvproxy ]; do sleep 0.02; done");
                String relay = "exec '%s' tap0 /run/gvproxy".formatted(peers.resolve("tap-relay"));
                started.add(host.start(deadline, relay));
                TunnelRows.awaitReady(started.getLast());
            }
            case SLIRP -> {
                Path slirp = peers.resolve("slirp4netns");
                String command =
                        "LD_LIBRARY_PATH='%s' exec '%s' -m %d -r 3 --netns-type=path"
                                        .formatted(
                                                libraries(slirp),
                                                slirp.resolve("usr/bin/slirp4netns"),
                                                MTU)
                                + " /proc/self/ns/net tap0 3>/run/slirp.ready >/run/slirp.log 2>&1";
                started.add(host.start(deadline, command));
                host.sh("until [ -s /run/slirp.ready ]; do sleep 0.02; done");
            }
        }
    }

    /** Returns the folders of libraries below a folder, for the loader. */
    private static String libraries(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().contains(".so"))
                    .map(file -> file.getParent().toString())
                    .distinct()
                    .collect(Collectors.joining(":"));
        }
    }
}
