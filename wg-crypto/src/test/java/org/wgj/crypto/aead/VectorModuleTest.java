// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.TransportAead;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Each test starts a JVM of its own, because a module stays loaded. */
class VectorModuleTest {
    private static final String RIGHT = "vector128 seals correctly";

    @Test
    void theModuleIsLoadedLaterIfTheJdkAllowsIt() throws Exception {
        assertEquals(
                "false, " + RIGHT,
                run("--add-exports", "java.base/jdk.internal.module=ALL-UNNAMED"));
    }

    @Test
    void aModuleThatIsThereIsUsed() throws Exception {
        assertEquals("true, " + RIGHT, run("--add-modules", "jdk.incubator.vector"));
    }

    @Test
    void withoutAnyPermissionThereAreNoVectors() throws Exception {
        assertEquals("false, stream, scalar, cipher", run());
    }

    /** Runs {@link #main} and returns what it prints. */
    private static String run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        VectorModuleTest.class.getName()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), out);
        return out;
    }

    /**
     * Says whether the JVM has the module, then either what vectors seal or which engines there are
     * instead.
     */
    public static void main(String[] arguments) {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        List<String> available = TransportAead.available();
        String rest = String.join(", ", available);
        if (available.contains("vector128")) {
            boolean right =
                    AeadSelfTest.answer(TransportAead.named("vector128"))
                            == AeadSelfTest.KNOWN_ANSWER;
            rest = right ? RIGHT : "vector128 seals wrongly";
        }
        System.out.println(present + ", " + rest);
    }
}
