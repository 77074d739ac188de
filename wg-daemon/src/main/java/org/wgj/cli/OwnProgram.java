// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line that started this program, to start it again. */
final class OwnProgram {
    private OwnProgram() {}

    /**
     * Returns this process's command line. The JDK does not return one longer than a page, as with
     * a long class path.
     */
    static List<String> words() throws IOException {
        String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of(line.split("\0", -1)));
        words.removeLast(); // the empty word after the last NUL
        // A first word "java" may not be found again.
        ProcessHandle.current().info().command().ifPresent(java -> words.set(0, java));
        return words;
    }

    /** Returns the words that start {@code wgj} with the same JVM, without arguments. */
    static List<String> command() throws IOException {
        List<String> words = words();
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            // java @wgj, as in the image; or a main class, which a module's name may precede
            if (word.startsWith("@") || word.endsWith(Wgj.class.getName())) {
                return words.subList(0, i + 1);
            }
        }
        // Started by other means, such as a test: use the class path.
        return List.of(
                words.getFirst(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Wgj.class.getName());
    }
}
