// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Checks which packages of this module use which others. */
class PackagesTest {
    private static final String BASE = "org.wgj.crypto";
    private static final String AEAD = BASE + ".aead";
    private static final String ENGINE = AEAD + ".engine";
    private static final String PARALLEL = AEAD + ".parallel";
    private static final String PRIMITIVE = BASE + ".primitive";
    private static final String SECRET = BASE + ".secret";

    private static final Map<String, Set<String>> ALLOWED =
            Map.of(
                    SECRET, Set.of(),
                    PRIMITIVE, Set.of(SECRET),
                    BASE, Set.of(SECRET, PRIMITIVE),
                    ENGINE, Set.of(BASE, SECRET, PRIMITIVE),
                    PARALLEL, Set.of(BASE),
                    AEAD, Set.of(BASE, SECRET, PRIMITIVE, ENGINE, PARALLEL));

    /** The only way back: the factory methods of the interface that all engines implement. */
    private static final String FACTORY = BASE + ".TransportAead uses " + AEAD;

    private static final Pattern NAME = Pattern.compile("(org/wgj/crypto(?:/[a-z]+)*)/[A-Z]\\w*");

    @Test
    void packagesDependOnOneAnotherInOneDirectionExceptForTheFactory() throws Exception {
        List<Path> files = classFiles();
        assertTrue(files.size() > 35, files.size() + " classes");
        Set<String> unexpected = new TreeSet<>();
        for (Path file : files) {
            ClassModel type = ClassFile.of().parse(file);
            String name = type.thisClass().asInternalName().replace('/', '.');
            String owner = name.substring(0, name.lastIndexOf('.'));
            for (String used : packagesUsedBy(type)) {
                if (!used.equals(owner) && !ALLOWED.get(owner).contains(used)) {
                    unexpected.add(name + " uses " + used);
                }
            }
        }
        assertEquals(Set.of(FACTORY), unexpected);
    }

    private static Set<String> packagesUsedBy(ClassModel type) {
        Set<String> packages = new TreeSet<>();
        for (PoolEntry entry : type.constantPool()) {
            if (entry instanceof Utf8Entry text) {
                Matcher matcher = NAME.matcher(text.stringValue());
                while (matcher.find()) {
                    packages.add(matcher.group(1).replace('/', '.'));
                }
            }
        }
        return packages;
    }

    private static List<Path> classFiles() throws IOException, URISyntaxException {
        Path root =
                Path.of(
                        TransportAead.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .filter(file -> !file.getFileName().toString().contains("-info"))
                    .toList();
        }
    }
}
