// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A compiled class and everything it refers to, for tests of what a module may use.
 *
 * @param name the class name, with dots
 * @param references names of classes, and of methods and fields as {@code class.member}
 */
public record ClassReferences(String name, Set<String> references) {
    /** Reads all classes of the module that the given class belongs to. */
    public static List<ClassReferences> of(Class<?> ofModule) throws IOException {
        URI location =
                URI.create(ofModule.getProtectionDomain().getCodeSource().getLocation().toString());
        try (Stream<Path> files = Files.walk(Path.of(location))) {
            List<ClassReferences> classes = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                if (!file.toString().endsWith("-info.class")) { // of modules and packages
                    classes.add(of(ClassFile.of().parse(file)));
                }
            }
            return classes;
        }
    }

    private static ClassReferences of(ClassModel model) {
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
        return new ClassReferences(
                model.thisClass().asInternalName().replace('/', '.'), references);
    }

    /**
     * Fails if a class uses a package below {@code base} that its own package may not use, or lies
     * in a package that is not listed.
     */
    public static void assertDependencies(
            List<ClassReferences> classes, String base, Map<String, Set<String>> allowed) {
        for (ClassReferences type : classes) {
            String own = packageOf(type.name());
            assertTrue(allowed.containsKey(own), "an unknown package: " + own);
            for (String reference : type.references()) {
                String used = packageOf(reference);
                if (used.startsWith(base) && !used.equals(own)) {
                    assertTrue(allowed.get(own).contains(used), type.name() + " uses " + reference);
                }
            }
        }
    }

    /** Returns the lower-case part of a name. */
    private static String packageOf(String name) {
        return name.replaceFirst("\\.[A-Z].*", "");
    }
}
