// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that joins one node after the other and prints the name of each after its commit, until
 * it is killed.
 */
final class JoiningProcess {
    private static final int MAX_DELAY_US = 20_000;

    private JoiningProcess() {}

    public static void main(String[] arguments) throws IOException {
        try (Registry registry = Registry.open(Store.open(arguments[0]), InstantSource.system())) {
            PublicKey token = Meshes.token(registry, 100_000);
            while (true) {
                JoinAnswer answer = registry.join(token, Meshes.node("web"), Meshes.SOURCE);
                System.out.println(answer.nodeOrNull().name());
                System.out.flush();
            }
        }
    }

    /**
     * Starts the process, and kills it a moment after it has acknowledged this many joins, in the
     * middle of a further one most likely.
     *
     * @return the names of all nodes that it acknowledged
     */
    static List<String> killedAfter(String location, int joins) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xshare:auto",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                JoiningProcess.class.getName(),
                                location)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<String> acknowledged = new ArrayList<>();
        try (BufferedReader out = new BufferedReader(process.inputReader(StandardCharsets.UTF_8))) {
            while (acknowledged.size() < joins) {
                String name = out.readLine();
                assertTrue(name != null, "the process ended before it was killed");
                acknowledged.add(name);
            }
            LockSupport.parkNanos(
                    1_000L * ThreadLocalRandom.current().nextInt(MAX_DELAY_US)); // where it hits
            process.toHandle().destroyForcibly(); // SIGKILL; what it wrote can still be read
            for (String name = out.readLine(); name != null; name = out.readLine()) {
                acknowledged.add(name);
            }
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process did not end");
        }
        return acknowledged;
    }
}
