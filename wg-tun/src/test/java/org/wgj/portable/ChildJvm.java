// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs programs in JVMs of their own, with other classes and modules than those of the tests. */
public final class ChildJvm {
    private ChildJvm() {}

    /**
     * Runs this JVM's java; returns what it printed, warnings included. Fails unless it ends well.
     */
    public static List<String> run(String... options) throws Exception {
        return run(Path.of(System.getProperty("java.home")), options);
    }

    /** The same with the java of another runtime image. */
    public static List<String> run(Path javaHome, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        Process process = builder.start();
        try (var reader = process.inputReader()) {
            List<String> lines = reader.readAllLines();
            assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
            return lines;
        }
    }

    /** The jar or folder that a class comes from. */
    public static Path locationOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** Entries as a class path or module path. */
    public static String path(Path... entries) {
        return String.join(File.pathSeparator, Stream.of(entries).map(Path::toString).toList());
    }
}
