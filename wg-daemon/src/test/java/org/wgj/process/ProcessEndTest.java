// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tests each end in a process of its own. */
class ProcessEndTest {
    private static Command.Result run(String... arguments) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.add("-XX:TieredStopAtLevel=1");
        words.add("-cp");
        words.add(System.getProperty("java.class.path"));
        words.add(EndlessProgram.class.getName());
        words.addAll(List.of(arguments));
        return Command.run(Command.DEADLINE, "", words);
    }

    @Test
    void whatWaitsForEverIsNamedAndTheProcessHalts() {
        Command.Result ended = run();
        assertEquals(1, ended.exit(), ended::toString);
        assertEquals("undone\n", ended.out(), "a step after one that failed");
        String line =
                "wgj: the end takes longer than 1 s, so the process halts. Still at work: wgj-end"
                        + " in org.wgj.process.EndlessProgram.waitForEver";
        assertTrue(ended.err().lines().anyMatch(line::equals), ended::toString);
    }

    @Test
    void everyUnitWaitsLonger() throws IOException {
        Pattern wait = Pattern.compile("TimeoutStopSec=(\\d+)");
        int units = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Repository.folder().resolve("dist"), "*.service")) {
            for (Path file : files) {
                Matcher seconds = wait.matcher(Files.readString(file));
                if (seconds.find()) { // otherwise systemd waits for 90 s
                    units++;
                    assertTrue(
                            Integer.parseInt(seconds.group(1))
                                    > ProcessEnd.BOUND_OF_UNDOING.toSeconds(),
                            file::toString);
                }
            }
        }
        assertTrue(units > 0);
    }

    @Test
    void aProgramHasTheTimeThatItNeeds() {
        Command.Result ended = run("program");
        assertEquals(0, ended.exit(), ended::toString);
        assertEquals("undone\nover\n", ended.out());
    }
}
