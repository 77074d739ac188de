// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.portable.ChildJvm.locationOf;
import static org.wgj.portable.ChildJvm.path;
import static org.wgj.portable.ChildJvm.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Runs {@link NetProgram} in JVMs of its own: on the class path and on the module path, without JNA
 * and Netty's epoll transport, and under the names of other operating systems. No JVM may print a
 * warning.
 */
class NetPortabilityTest {
    private static final List<String> WORKS = List.of("carried", "closed");

    /** The library and what it needs at run time; "pure" leaves out all that is native. */
    private static Path[] jars(boolean pure) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(NetPortabilityTest::isOfTheLibrary)
                .filter(jar -> !pure || !isNative(jar.getFileName().toString()))
                .toArray(Path[]::new);
    }

    private static boolean isOfTheLibrary(Path path) {
        String name = path.getFileName().toString();
        if (name.equals("classes")) {
            return !path.toString().contains("wg-fuzz");
        }
        return name.matches(
                        "(netty|jna|bcprov|slf4j-api|wg-crypto|wg-protocol|wg-tun|wg-tunnel|wg-netstack)"
                            + "-.*[.]jar")
                && !name.endsWith("-tests.jar");
    }

    private static boolean isNative(String jar) {
        return jar.startsWith("jna") || jar.contains("epoll") || jar.contains("unix-common");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itRunsOnTheClassPath(boolean pure) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(jars(pure)));
        classPath.add(locationOf(NetProgram.class));
        assertEquals(
                WORKS,
                quiet(
                        run(
                                "--illegal-native-access=deny",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--class-path",
                                path(classPath.toArray(Path[]::new)),
                                NetProgram.class.getName())));
    }

    @Test
    void itRunsOnTheModulePath() throws Exception {
        assertEquals(
                WORKS,
                quiet(
                        run(
                                "--illegal-native-access=deny",
                                "--enable-native-access=io.netty.common",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--module-path",
                                path(jars(true)),
                                "--add-modules",
                                "org.wgj.netstack",
                                "--class-path",
                                path(locationOf(NetProgram.class)),
                                NetProgram.class.getName())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mac OS X", "Windows 11"})
    void itRunsUnderTheNameOfAnotherSystem(String system) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(jars(false)));
        classPath.add(locationOf(NetProgram.class));
        assertEquals(
                WORKS,
                quiet(
                        run(
                                "-Dos.name=" + system,
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--class-path",
                                path(classPath.toArray(Path[]::new)),
                                NetProgram.class.getName())));
    }

    @Test
    void aModuleThatRequiresItCompilesWithoutWarnings(@TempDir Path folder) throws Exception {
        Path source = folder.resolve("module-info.java");
        Files.writeString(source, "module embedder { requires org.wgj.netstack; }");
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int exit =
                ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(
                                out,
                                out,
                                "-Xlint:all",
                                "-Werror",
                                "--module-path",
                                path(jars(false)),
                                "-d",
                                folder.resolve("out").toString(),
                                source.toString());
        assertTrue(exit == 0 && text.toString().isEmpty(), text.toString());
    }

    /** Without what slf4j says if there is no logging backend. */
    private static List<String> quiet(List<String> lines) {
        return lines.stream().filter(line -> !line.startsWith("SLF4J(W)")).toList();
    }
}
