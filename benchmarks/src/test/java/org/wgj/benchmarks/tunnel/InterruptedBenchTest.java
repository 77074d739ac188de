// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** However a benchmark ends, nothing of it stays. */
@Tag("root")
class InterruptedBenchTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void aKilledBenchmarkLeavesNoNamespaceProcessOrInterface() throws Exception {
        Set<String> interfacesBefore = interfaces();
        Process bench =
                new ProcessBuilder(
                                System.getProperty("java.home") + "/bin/java",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Victim.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        Set<String> namespaces;
        try (BufferedReader out = bench.inputReader(StandardCharsets.US_ASCII)) {
            namespaces = Set.of(out.readLine().split(" "));
            assertEquals(2, namespaces.size());
            assertTrue(namespacesInUse().containsAll(namespaces), "the hosts are there");
        } finally {
            bench.destroyForcibly(); // SIGKILL: it cannot tidy up
        }
        bench.waitFor();

        long end = System.nanoTime() + SOON.toNanos();
        Set<String> left = namespacesInUse();
        left.retainAll(namespaces);
        while (!left.isEmpty() && System.nanoTime() < end) {
            Thread.onSpinWait();
            left = namespacesInUse();
            left.retainAll(namespaces);
        }
        // Without a process, and not mounted anywhere, a namespace and its interfaces are gone.
        assertEquals(Set.of(), left);
        assertEquals(interfacesBefore, interfaces());
    }

    /** Two hosts on a cable, the load of a measurement, and no end. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            MeasuredTunnel tunnel = MeasuredTunnel.open(Carrier.NONE);
            tunnel.far().sh("iperf3 -s </dev/null >/dev/null 2>&1 &");
            tunnel.near().start(600, "ping -q 10.0.0.2 >/dev/null");
            System.out.println(namespace(tunnel.near()) + " " + namespace(tunnel.far()));
            Thread.currentThread().join();
        }

        private static String namespace(Host host) throws IOException {
            return host.sh("readlink /proc/self/ns/net");
        }
    }

    private static Set<String> namespacesInUse() throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : (Iterable<Path>) processes::iterator) {
                if (process.getFileName().toString().matches("\\d+")) {
                    try {
                        found.add(Files.readSymbolicLink(process.resolve("ns/net")).toString());
                    } catch (IOException e) {
                        // ended meanwhile: even a zombie has none
                    }
                }
            }
        }
        return found;
    }

    private static Set<String> interfaces() throws IOException {
        return NetworkInterface.networkInterfaces()
                .map(NetworkInterface::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
