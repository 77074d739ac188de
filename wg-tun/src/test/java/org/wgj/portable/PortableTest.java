// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.portable.ChildJvm.locationOf;
import static org.wgj.portable.ChildJvm.path;
import static org.wgj.portable.ChildJvm.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.tun.MemoryTun;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs {@link PortableProgram} in JVMs of its own: with each of JNA's jars and without, on the
 * class path and on the module path, and under the names of other operating systems.
 */
class PortableTest {
    /** JNA as it is published: as a module, and as a plain jar, which is an automatic module. */
    enum Jna {
        MODULE,
        PLAIN;

        Path jar() throws Exception {
            Path jar =
                    this == MODULE
                            ? locationOf(Class.forName("com.sun.jna.Native"))
                            : Path.of("target", "jna", "jna-" + version() + ".jar");
            assertTrue(Files.exists(jar), jar + " is missing: mvn generate-test-resources");
            return jar;
        }

        private static String version() throws Exception {
            return MODULE.jar().getFileName().toString().replaceAll("jna-jpms-|\\.jar", "");
        }
    }

    private static final List<String> LINUX_WORKS =
            List.of("MemoryTun works", "LinuxTun is supported: true", "system calls work");

    @ParameterizedTest
    @EnumSource
    void linuxWorksOnTheClassPathWithEitherJar(Jna jna) throws Exception {
        assertEquals(
                LINUX_WORKS,
                run(
                        "--illegal-native-access=deny",
                        "--enable-native-access=ALL-UNNAMED",
                        "--class-path",
                        path(library(), program(), jna.jar()),
                        PortableProgram.class.getName()));
    }

    @ParameterizedTest
    @EnumSource
    void linuxWorksOnTheModulePathWithEitherJar(Jna jna) throws Exception {
        assertEquals(
                LINUX_WORKS,
                run(
                        "--illegal-native-access=deny",
                        "--enable-native-access=com.sun.jna",
                        "--module-path",
                        path(library(), jna.jar()),
                        "--add-modules",
                        "org.wgj.tun,com.sun.jna",
                        "--class-path",
                        path(program()),
                        PortableProgram.class.getName()));
    }

    @Test
    void memoryWorksWithoutJnaOnTheClassPath() throws Exception {
        assertEquals(
                List.of(
                        "MemoryTun works",
                        "LinuxTun is supported: false",
                        "interface wg0 needs Linux and JNA: JNA is missing; add"
                                + " net.java.dev.jna:jna-jpms or net.java.dev.jna:jna to the class"
                                + " path"),
                run("--class-path", path(library(), program()), PortableProgram.class.getName()));
    }

    /** A module on the path is not in the module graph unless another module requires it. */
    @Test
    void memoryWorksWithoutJnaOnTheModulePath() throws Exception {
        assertEquals(
                List.of(
                        "MemoryTun works",
                        "LinuxTun is supported: false",
                        "interface wg0 needs Linux and JNA: the module com.sun.jna is missing; add"
                                + " it to the module path, and require it or run with --add-modules"
                                + " com.sun.jna"),
                run(
                        "--module-path",
                        path(library(), Jna.MODULE.jar()),
                        "--add-modules",
                        "org.wgj.tun",
                        "--class-path",
                        path(program()),
                        PortableProgram.class.getName()));
    }

    /** With JNA present: its native library is not loaded either, which would print a warning. */
    @ParameterizedTest
    @ValueSource(strings = {"Mac OS X", "Windows 11"})
    void memoryWorksOnOtherSystems(String system) throws Exception {
        assertEquals(
                List.of(
                        "MemoryTun works",
                        "LinuxTun is supported: false",
                        "interface wg0 needs Linux and JNA: this is " + system),
                run(
                        "-Dos.name=" + system,
                        "--class-path",
                        path(library(), program(), Jna.MODULE.jar()),
                        PortableProgram.class.getName()));
    }

    private static Path library() throws Exception {
        return locationOf(MemoryTun.class);
    }

    private static Path program() throws Exception {
        return locationOf(PortableProgram.class);
    }
}
