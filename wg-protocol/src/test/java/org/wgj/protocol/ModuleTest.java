// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.device.Device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks what no compiler checks: the protocol does no I/O, reads no clock and creates no threads,
 * and its packages depend on one another in one direction.
 */
class ModuleTest {
    private static final String BASE = "org.wgj.protocol";

    private static List<ClassReferences> classes() throws IOException {
        return ClassReferences.of(Device.class);
    }

    private static final List<String> FORBIDDEN =
            List.of(
                    "java.nio.channels.",
                    "java.nio.file.",
                    "java.io.",
                    "java.util.concurrent.",
                    "java.util.logging.",
                    "java.util.Timer",
                    "java.lang.Thread",
                    "java.lang.System.nanoTime",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.System.getProperty",
                    "java.lang.System.out",
                    "java.lang.System.err",
                    "java.lang.System$Logger",
                    "java.time.Instant.now",
                    "java.time.Clock",
                    "java.time.InstantSource.system",
                    "java.security.SecureRandom",
                    "java.util.Random",
                    "java.lang.Math.random",
                    "java.net.Socket",
                    "java.net.DatagramSocket",
                    "java.net.ServerSocket",
                    "java.net.InetAddress.getByName",
                    "java.net.InetAddress.getAllByName",
                    "java.net.InetAddress.getLocalHost",
                    "java.net.NetworkInterface",
                    "javax.",
                    "org.slf4j.",
                    "io.netty.",
                    "com.sun.");

    @Test
    void theProtocolDoesNoIoAndReadsNoClockAndMakesNoThread() throws Exception {
        List<String> found = new ArrayList<>();
        for (ClassReferences type : classes()) {
            for (String reference : type.references()) {
                for (String forbidden : FORBIDDEN) {
                    if (reference.startsWith(forbidden)) {
                        found.add(type.name() + " uses " + reference);
                    }
                }
            }
        }
        assertEquals(List.of(), found);
    }

    @Test
    void theSearchFindsWhatItLooksFor() throws Exception {
        // Otherwise the test above would also pass for an empty folder.
        assertTrue(classes().size() > 40, classes().size() + " classes");
        Set<String> all = new HashSet<>();
        for (ClassReferences type : classes()) {
            all.addAll(type.references());
        }
        assertTrue(all.contains("java.net.InetAddress.getAddress"));
        assertTrue(all.contains("java.util.random.RandomGenerator.nextBytes"));
    }

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws Exception {
        Map<String, Set<String>> allowed =
                Map.of(
                        BASE + ".message",
                        Set.of(),
                        BASE + ".routing",
                        Set.of(BASE),
                        BASE + ".session",
                        Set.of(BASE, BASE + ".message"),
                        BASE + ".noise",
                        Set.of(BASE + ".message", BASE + ".session"),
                        BASE + ".cookie",
                        Set.of(BASE + ".message"),
                        BASE,
                        Set.of(),
                        BASE + ".device",
                        Set.of(
                                BASE,
                                BASE + ".message",
                                BASE + ".routing",
                                BASE + ".session",
                                BASE + ".noise",
                                BASE + ".cookie"));
        ClassReferences.assertDependencies(classes(), BASE, allowed);
    }
}
