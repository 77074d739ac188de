// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Checks the dependencies of a program that depends on the library alone: this module is such a
 * program.
 */
class LibraryDependenciesTest {
    /** Complete: a new dependency of the library is a decision, and an embedder pays for it. */
    private static final List<String> EXPECTED =
            List.of(
                    "bcprov-jdk18on",
                    "jna-jpms",
                    "netty-buffer",
                    "netty-common",
                    "netty-resolver",
                    "netty-transport",
                    "netty-transport-classes-epoll",
                    "netty-transport-native-epoll",
                    "netty-transport-native-unix-common",
                    "slf4j-api",
                    "wg-crypto",
                    "wg-protocol",
                    "wg-tun",
                    "wg-tunnel");

    @Test
    void itGetsNoCommandLineNoJsonAndNoLoggingBackEnd() throws IOException {
        TreeSet<String> found = new TreeSet<>();
        for (Path library : Example.libraries()) {
            found.add(artifact(library));
        }
        assertEquals(EXPECTED, new ArrayList<>(found));
    }

    /** The artifact of a jar, or of a module that was compiled and not packaged. */
    private static String artifact(Path library) {
        String name = library.getFileName().toString();
        return name.equals("classes")
                ? library.getParent().getParent().getFileName().toString()
                : name.replaceFirst("-\\d.*\\.jar$", "");
    }
}
