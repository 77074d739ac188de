// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.portable.ChildJvm.locationOf;
import static org.wgj.portable.ChildJvm.path;
import static org.wgj.portable.ChildJvm.run;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs {@link OldNettyProgram} with the jars of Netty 4.1, which a framework may put in the place
 * of those that the library asks for: every way in says so in one line.
 */
class OldNettyTest {
    private static final Path OLD_NETTY = Path.of("target", "netty-4.1");

    @ParameterizedTest
    @ValueSource(strings = {"builder", "create", "shared"})
    void everyWayInNamesTheVersionAndWhatToDo(String entry) throws Exception {
        List<Path> classPath = new ArrayList<>(oldNetty());
        for (Path jar : TunnelPortabilityTest.Without.NOTHING.jars()) {
            if (!jar.getFileName().toString().startsWith("netty-")) {
                classPath.add(jar);
            }
        }
        classPath.add(locationOf(OldNettyProgram.class));
        List<String> lines =
                run(
                        "--class-path",
                        path(classPath.toArray(Path[]::new)),
                        OldNettyProgram.class.getName(),
                        entry);
        assertEquals(1, lines.size(), () -> String.join("\n", lines));
        String line = lines.getFirst();
        assertTrue(
                line.matches(
                        "wgj needs Netty 4\\.2, found 4\\.1\\.\\d+\\.Final at"
                                + " \\S+netty-transport-4\\.1\\.\\d+\\.Final\\.jar:"
                                + " import io\\.netty:netty-bom:4\\.2\\.\\d+\\.Final"
                                + " in dependencyManagement"),
                line);
    }

    private static List<Path> oldNetty() throws IOException {
        assertTrue(
                Files.isDirectory(OLD_NETTY),
                OLD_NETTY + " is missing: mvn process-test-resources");
        try (Stream<Path> jars = Files.list(OLD_NETTY)) {
            return jars.map(Path::toAbsolutePath).toList();
        }
    }
}
