// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What no compiler holds: that the protocol does no I/O, reads no clock and makes no threads, and
 * that its packages depend on one another in one direction.
 */
class ModuleTest {
    private static final String BASE = "org.wgj.protocol";

    private static List<ClassModel> classes() throws IOException, URISyntaxException {
        Path root =
                Path.of(Device.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(root)) {
            List<ClassModel> classes = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                if (!file.endsWith("module-info.class")) {
                    classes.add(ClassFile.of().parse(file));
                }
            }
            return classes;
        }
    }

    private static String name(ClassModel model) {
        return model.thisClass().asInternalName().replace('/', '.');
    }

    /** Classes that are referred to, and methods and fields as {@code class.member}. */
    private static Set<String> references(ClassModel model) {
        Set<String> references = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type) {
                references.add(
                        type.asInternalName().replace('/', '.').replaceAll("^\\[+L?|;$", ""));
            } else if (entry instanceof MemberRefEntry member) {
                references.add(
                        member.owner().asInternalName().replace('/', '.')
                                + "."
                                + member.name().stringValue());
            }
        }
        return references;
    }

    private static final List<String> FORBIDDEN =
            List.of(
                    "java.nio.channels.",
                    "java.nio.file.",
                    "java.io.",
                    "java.util.concurrent.",
                    "java.util.logging.",
                    "java.util.Timer",
                    "java.lang.Thread",
                    "java.lang.System.nanoTime",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.System.getProperty",
                    "java.lang.System.out",
                    "java.lang.System.err",
                    "java.lang.System$Logger",
                    "java.time.Instant.now",
                    "java.time.Clock",
                    "java.time.InstantSource.system",
                    "java.security.SecureRandom",
                    "java.util.Random",
                    "java.lang.Math.random",
                    "java.net.Socket",
                    "java.net.DatagramSocket",
                    "java.net.ServerSocket",
                    "java.net.InetAddress.getByName",
                    "java.net.InetAddress.getAllByName",
                    "java.net.InetAddress.getLocalHost",
                    "java.net.NetworkInterface",
                    "javax.",
                    "org.slf4j.",
                    "io.netty.",
                    "com.sun.");

    @Test
    void theProtocolDoesNoIoAndReadsNoClockAndMakesNoThread() throws Exception {
        List<String> found = new ArrayList<>();
        for (ClassModel model : classes()) {
            for (String reference : references(model)) {
                for (String forbidden : FORBIDDEN) {

                    if (reference.startsWith(forbidden)) {
                        found.add(name(model) + " uses " + reference);
                    }
                }
            }
        }
        assertEquals(List.of(), found);
    }

    @Test
    void theSearchFindsWhatItLooksFor() throws Exception {
        // Otherwise the test above would also pass over an empty folder.
        assertTrue(classes().size() > 40, classes().size() + " classes");
        Set<String> all = new HashSet<>();
        for (ClassModel model : classes()) {
            all.addAll(references(model));
        }
        assertTrue(all.contains("java.net.InetAddress.getAddress"));
        assertTrue(all.contains("java.util.random.RandomGenerator.nextBytes"));
    }

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws Exception {
        Map<String, Set<String>> allowed =
                Map.of(
                        BASE + ".message",
                        Set.of(),
                        BASE + ".session",
                        Set.of(BASE + ".message"),
                        BASE + ".noise",
                        Set.of(BASE + ".message", BASE + ".session"),
                        BASE + ".cookie",
                        Set.of(BASE + ".message"),
                        BASE,
                        Set.of(
                                BASE + ".message",
                                BASE + ".session",
                                BASE + ".noise",
                                BASE + ".cookie"));
        for (ClassModel model : classes()) {
            String own = packageOf(name(model));
            assertTrue(allowed.containsKey(own), "an unknown package: " + own);
            for (String reference : references(model)) {
                String used = packageOf(reference);
                if (used.startsWith(BASE) && !used.equals(own)) {
                    assertTrue(allowed.get(own).contains(used), name(model) + " uses " + reference);
                }
            }
        }
    }

    /** The part of a name that is in lower case. */
    private static String packageOf(String name) {
        return name.replaceFirst("\\.[A-Z].*", "");
    }
}
