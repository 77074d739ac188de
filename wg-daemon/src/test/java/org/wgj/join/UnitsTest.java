// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The units of systemd, as systemd itself judges them without running. */
class UnitsTest {
    private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

    @TempDir private Path folder;

    /** The limits, of 100; a unit that makes interfaces is more exposed than a coordinator's. */
    @ParameterizedTest
    @CsvSource({"wgj-mesh.service, 15", "wgj@.service, 28"})
    void aUnitInDistIsRightAndClosed(String name, int exposure) throws Exception {
        String text = Files.readString(Repository.folder().resolve("dist").resolve(name));
        check(name, text.replace("/opt/wgj/", Repository.folder() + "/"), exposure);
    }

    @Test
    void theUnitThatJoinWritesIsRightAndClosed() throws Exception {
        Path launcher = Repository.folder().resolve("bin/wgj");
        String text = NodeUnit.text(launcher.toString(), Path.of("/var/lib/wgj"));
        check("wgj-node.service", text, 35);
        check("wgj-node.service", NodeUnit.text(launcher.toString(), Path.of("/srv/a $b%c")), 35);
    }

    @Test
    void aUnitThatCannotBeWrittenLeavesNothingBehind() throws IOException {
        Path unit = folder.resolve("wgj-node.service");
        Files.createDirectories(unit.resolve("in the way"));
        assertThrows(IOException.class, () -> NodeUnit.write(unit, "[Unit]\n"));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(unit), left.toList());
        }
    }

    private void check(String name, String text, int exposure) throws Exception {
        Path unit = folder.resolve(name);
        Files.writeString(unit, text);
        analyze("verify", "--man=no", unit.toString());
        analyze("security", "--offline=true", "--threshold=" + exposure, unit.toString());
    }

    private static void analyze(String... arguments) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(ANALYZE), "systemd-analyze is not installed");
        List<String> command = new ArrayList<>(List.of(ANALYZE.toString(), "--no-pager"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        assertEquals(0, exit, () -> String.join(" ", command) + ": " + told);
        if (arguments[0].equals("verify")) {
            assertEquals("", told, "a warning");
        }
    }
}
