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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Runs {@link TunnelProgram} in JVMs of its own: on the class path and on the module path, with and
 * without JNA and Netty's epoll transport, under the names of other operating systems, and in a
 * runtime image of jlink. No JVM may print a warning.
 */
class TunnelPortabilityTest {
    private static final List<String> WORKS = List.of("carried", "closed");
    private static final String EPOLL_MODULES =
            ",io.netty.transport.classes.epoll,io.netty.transport.epoll.linux."
                    + System.getProperty("os.arch")
                            .replace("amd64", "x86_64")
                            .replace("aarch64", "aarch_64");

    /** The dependencies of the library that a program leaves out. */
    enum Without {
        NOTHING(jar -> false),
        JNA(jar -> jar.startsWith("jna")),
        EPOLL(jar -> jar.contains("epoll") || jar.contains("unix-common")),
        BOTH(jar -> JNA.omits.test(jar) || EPOLL.omits.test(jar));

        final Predicate<String> omits;

        Without(Predicate<String> omits) {
            this.omits = omits;
        }

        /** The library and everything it needs at run time. */
        Path[] jars() {
            return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Path::of)
                    .filter(TunnelPortabilityTest::isOfTheLibrary)
                    .filter(path -> !omits.test(path.getFileName().toString()))
                    .toArray(Path[]::new);
        }

        String modules() {
            return "org.wgj.tunnel"
                    + (this == NOTHING || this == EPOLL ? ",com.sun.jna" : "")
                    + (this == NOTHING || this == JNA ? EPOLL_MODULES : "");
        }

        String nativeModules() {
            return this == NOTHING || this == EPOLL
                    ? "com.sun.jna,io.netty.common"
                    : "io.netty.common";
        }
    }

    private static boolean isOfTheLibrary(Path path) {
        String name = path.getFileName().toString();
        if (name.equals("classes")) {
            return !path.toString().contains("wg-fuzz");
        }
        return name.matches(
                        "(netty|jna|bcprov|slf4j-api|wg-crypto|wg-protocol|wg-tun|wg-tunnel)-.*[.]jar")
                && !name.endsWith("-tests.jar");
    }

    @ParameterizedTest
    @EnumSource
    void itRunsOnTheClassPath(Without without) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(without.jars()));
        classPath.add(program());
        assertEquals(
                WORKS,
                quiet(
                        run(
                                "--illegal-native-access=deny",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--class-path",
                                path(classPath.toArray(Path[]::new)),
                                TunnelProgram.class.getName())));
    }

    @ParameterizedTest
    @EnumSource
    void itRunsOnTheModulePath(Without without) throws Exception {
        assertEquals(
                WORKS,
                quiet(
                        run(
                                "--illegal-native-access=deny",
                                "--enable-native-access=" + without.nativeModules(),
                                "--sun-misc-unsafe-memory-access=allow",
                                "--module-path",
                                path(without.jars()),
                                "--add-modules",
                                without.modules(),
                                "--class-path",
                                path(program()),
                                TunnelProgram.class.getName())));
    }

    /** On the module path too: the module that has the vectors is read only if it is there. */
    @Test
    void vectorsSealOnTheModulePath() throws Exception {
        List<String> lines =
                run(
                        "--illegal-native-access=deny",
                        "--enable-native-access=" + Without.NOTHING.nativeModules(),
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dwgj.aead=vector128",
                        "--module-path",
                        path(Without.NOTHING.jars()),
                        "--add-modules",
                        Without.NOTHING.modules() + ",jdk.incubator.vector",
                        "--class-path",
                        path(program()),
                        TunnelProgram.class.getName());
        assertEquals("WARNING: Using incubator modules: jdk.incubator.vector", lines.getFirst());
        assertEquals(WORKS, quiet(lines.subList(1, lines.size())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mac OS X", "Windows 11"})
    void itRunsUnderTheNameOfAnotherSystem(String system) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(Without.NOTHING.jars()));
        classPath.add(program());
        assertEquals(
                WORKS,
                quiet(
                        run(
                                "-Dos.name=" + system,
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--class-path",
                                path(classPath.toArray(Path[]::new)),
                                TunnelProgram.class.getName())));
    }

    @Test
    void itRunsInARuntimeImage(@TempDir Path folder) throws Exception {
        Path image = folder.resolve("image");
        tool(
                "jlink",
                "--ignore-signing-information",
                "--module-path",
                path(Without.NOTHING.jars()),
                "--add-modules",
                Without.NOTHING.modules(),
                "--output",
                image.toString());
        assertEquals(
                WORKS,
                quiet(
                        run(
                                image,
                                "--illegal-native-access=deny",
                                "--enable-native-access=com.sun.jna,io.netty.common",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--class-path",
                                path(program()),
                                TunnelProgram.class.getName())));
    }

    /** Compiling a module that requires the library gives no warning about incubating modules. */
    @Test
    void aModuleThatRequiresItCompilesWithoutWarnings(@TempDir Path folder) throws Exception {
        Path source = folder.resolve("module-info.java");
        Files.writeString(source, "module embedder { requires org.wgj.tunnel; }");
        tool(
                "javac",
                "-Xlint:all",
                "-Werror",
                "--module-path",
                path(Without.NOTHING.jars()),
                "-d",
                folder.resolve("out").toString(),
                source.toString());
    }

    private static void tool(String name, String... arguments) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int exit = ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments);
        assertTrue(exit == 0 && text.toString().isEmpty(), name + ": " + text);
    }

    /** Without what slf4j says if there is no logging backend. */
    private static List<String> quiet(List<String> lines) {
        return lines.stream().filter(line -> !line.startsWith("SLF4J(W)")).toList();
    }

    private static Path program() throws Exception {
        return locationOf(TunnelProgram.class);
    }
}
