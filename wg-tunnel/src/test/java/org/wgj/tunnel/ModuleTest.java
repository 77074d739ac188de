// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.ClassReferences;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks the dependencies of the library that no compiler checks. */
class ModuleTest {
    private static final String BASE = "org.wgj.tunnel";

    /** The command line, JSON, a logging backend, and everything of the daemon. */
    private static final List<String> FORBIDDEN =
            List.of(
                    "picocli.",
                    "com.google.gson",
                    "org.slf4j.simple",
                    "java.lang.System.out",
                    "java.lang.System.err",
                    "java.lang.System.exit",
                    "org.wgj.cli.",
                    "org.wgj.doctor.",
                    "org.wgj.process.",
                    "org.wgj.quick.",
                    "org.wgj.request.",
                    "org.wgj.run.",
                    "org.wgj.show.",
                    "org.wgj.uapi.");

    @Test
    void theLibraryKnowsNoCommandLineNoJsonAndNothingOfTheDaemon() throws IOException {
        List<ClassReferences> classes = ClassReferences.of(Tunnel.class);
        assertTrue(classes.size() > 60, classes.size() + " classes");
        List<String> found = new ArrayList<>();
        for (ClassReferences type : classes) {
            for (String reference : type.references()) {
                if (FORBIDDEN.stream().anyMatch(reference::startsWith)) {
                    found.add(type.name() + " uses " + reference);
                }
            }
        }
        assertEquals(List.of(), found);
    }

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws IOException {
        ClassReferences.assertDependencies(
                ClassReferences.of(Tunnel.class),
                BASE,
                Map.of(
                        BASE + ".closing",
                        Set.of(),
                        BASE + ".text",
                        Set.of(),
                        BASE + ".config",
                        Set.of(BASE + ".text"),
                        BASE + ".settings",
                        Set.of(),
                        BASE + ".udp",
                        Set.of(BASE + ".settings"),
                        BASE + ".jfr",
                        Set.of(BASE + ".udp"),
                        BASE,
                        Set.of(BASE + ".closing", BASE + ".config", BASE + ".jfr", BASE + ".udp"),
                        BASE + ".warmup",
                        Set.of(BASE, BASE + ".settings")));
    }
}
