// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Root makes a place without TUN device, and runs the example there as a user without rights. */
@Tag("root")
class UnprivilegedTest {
    /** Takes the java, a class path and a class. */
    private static final String SCRIPT =
            """
            set -e
            mount -t tmpfs -o mode=755 tmpfs /dev/net
            exec setpriv --reuid nobody --regid 65534 --clear-groups --no-new-privs \
                --inh-caps=-all --bounding-set=-all \
                "$1" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
                --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
                -cp "$2" "$3"
            """;

    @TempDir Path folder;

    @Test
    void itRunsAsNobodyWithoutATunDevice() throws Exception {
        assertEquals(
                List.of("user nobody, /dev/net/tun is missing", "packet arrived"),
                runAsNobody("org.wgj.examples.Unprivileged", Example.libraries()));
    }

    /** Sockets through a tunnel: the network stack needs no right either. */
    @Test
    void socketsOfATunnelWorkAsNobodyWithoutATunDevice() throws Exception {
        assertEquals(
                List.of("hello 10.0.0.2, your key is known: true"),
                runAsNobody("org.wgj.examples.net.PlainSockets", Example.netLibraries()));
    }

    private List<String> runAsNobody(String example, List<Path> libraries) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<Path> classPath = new ArrayList<>();
        classPath.add(openCopy(Path.of("target", "classes"), folder.resolve("classes")));
        for (Path library : libraries) {
            classPath.add(openCopy(library, folder.resolve("library" + classPath.size())));
        }
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> lines =
                output(
                        "unshare",
                        "--mount",
                        "bash",
                        "-c",
                        SCRIPT,
                        "bash",
                        java.toString(),
                        Example.join(classPath),
                        example);
        return Example.withoutSlf4jWarning(lines);
    }

    /** Copies a file or folder to where all users can read it. */
    private static Path openCopy(Path from, Path to) throws Exception {
        output("cp", "-r", from.toString(), to.toString());
        output("chmod", "-R", "a+rX", to.toString());
        return to;
    }

    private static List<String> output(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().readAllLines();
        assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
        return lines;
    }
}
