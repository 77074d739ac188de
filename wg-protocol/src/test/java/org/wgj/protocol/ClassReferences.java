// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
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
 * @param texts the constants of type String
 */
public record ClassReferences(String name, Set<String> references, Set<String> texts) {
    /** Reads all classes of the module that the given class belongs to: a directory or a jar. */
    public static List<ClassReferences> of(Class<?> ofModule) throws IOException {
        Path location =
                Path.of(
                        URI.create(
                                ofModule.getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toString()));
        if (Files.isDirectory(location)) {
            return below(location);
        }
        try (FileSystem jar = FileSystems.newFileSystem(location)) {
            return below(jar.getPath("/"));
        }
    }

    private static List<ClassReferences> below(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            List<ClassReferences> classes = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                if (!file.toString().endsWith("-info.class")) { // of modules and packages
                    classes.add(of(ClassFile.of().parse(Files.readAllBytes(file))));
                }
            }
            return classes;
        }
    }

    private static ClassReferences of(ClassModel model) {
        Set<String> references = new TreeSet<>();
        Set<String> texts = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type) {
                references.add(
                        type.asInternalName().replace('/', '.').replaceAll("^\\[+L?|;$", ""));
            } else if (entry instanceof MemberRefEntry member) {
                references.add(
                        member.owner().asInternalName().replace('/', '.')
                                + "."
                                + member.name().stringValue());
            } else if (entry instanceof StringEntry text) {
                texts.add(text.stringValue());
            }
        }
        return new ClassReferences(
                model.thisClass().asInternalName().replace('/', '.'), references, texts);
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
