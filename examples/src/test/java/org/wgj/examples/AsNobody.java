// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Root makes a place without TUN device, and runs an example there as a user without rights. */
public final class AsNobody {
    /** Takes the java, a class path, a class and its arguments. */
    private static final String SCRIPT =
            """
            set -e
            mount -t tmpfs -o mode=755 tmpfs /dev/net
            java=$1 libraries=$2
            shift 2
            exec setpriv --reuid nobody --regid 65534 --clear-groups --no-new-privs \
                --inh-caps=-all --bounding-set=-all \
                "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
                --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
                -cp "$libraries" "$@"
            """;

    private AsNobody() {}

    /**
     * Runs an example with the library alone.
     *
     * @param folder a new one; it gets a copy of the class path
     */
    static List<String> run(Path folder, String example) throws Exception {
        return run(folder, Example.libraries(), "org.wgj.examples." + example);
    }

    /** Runs an example of the package "net", with the network stack and the clients. */
    public static List<String> runNet(Path folder, String example, String... arguments)
            throws Exception {
        return run(folder, Example.netLibraries(), "org.wgj.examples.net." + example, arguments);
    }

    private static List<String> run(
            Path folder, List<Path> libraries, String example, String... arguments)
            throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<Path> classPath = new ArrayList<>();
        classPath.add(openCopy(Path.of("target", "classes"), folder.resolve("classes")));
        for (Path library : libraries) {
            classPath.add(openCopy(library, folder.resolve("library" + classPath.size())));
        }
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String[] command = {
            "unshare",
            "--mount",
            "bash",
            "-c",
            SCRIPT,
            "bash",
            java.toString(),
            Example.join(classPath),
            example
        };
        return Example.withoutSlf4jWarning(
                output(
                        Stream.concat(Stream.of(command), Stream.of(arguments))
                                .toArray(String[]::new)));
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
