// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the names of all modules' main sources: one name, one meaning; each package says its own.
 */
class SourceNamesTest {
    private static final String PACKAGE = "package-info.java";
    private static final String MODULE = "module-info.java";
    private static final Pattern EXPORT = Pattern.compile("exports ([a-z.]+);");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z.]+)` \\|");

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path module : modules.toList()) {
                Path main = module.resolve("src/main/java");
                if (Files.isDirectory(main)) {
                    try (Stream<Path> files = Files.walk(main)) {
                        files.filter(file -> file.toString().endsWith(".java"))
                                .forEach(sources::add);
                    }
                }
            }
        }
        assertTrue(sources.size() > 1000, sources.size() + " sources");
        return sources;
    }

    @Test
    void noTwoClassesHaveTheSameName() throws IOException {
        Map<String, List<String>> places = new TreeMap<>();
        for (Path source : sources()) {
            String name = source.getFileName().toString();
            if (!name.equals(PACKAGE) && !name.equals(MODULE)) {
                places.computeIfAbsent(name, _ -> new ArrayList<>()).add(source.toString());
            }
        }
        places.values().removeIf(files -> files.size() == 1);
        assertEquals(Map.of(), places);
    }

    @Test
    void everyPackageSaysWhatBelongsThere() throws IOException {
        TreeSet<String> silent = new TreeSet<>();
        for (Path source : sources()) {
            boolean isModule = source.getFileName().toString().equals(MODULE);
            if (!isModule && !Files.exists(source.resolveSibling(PACKAGE))) {
                silent.add(source.getParent().toString());
            }
        }
        assertEquals(new TreeSet<>(), silent);
    }

    @Test
    void theDocumentationListsEveryPackageThatAnyProgramMayUse() throws IOException {
        TreeSet<String> exported = new TreeSet<>();
        for (Path source : sources()) {
            if (source.getFileName().toString().equals(MODULE)) {
                EXPORT.matcher(Files.readString(source))
                        .results()
                        .forEach(export -> exported.add(export.group(1)));
            }
        }
        String text = Files.readString(Path.of("../docs/library.md"));
        int begin = text.indexOf("## What is API");
        TreeSet<String> documented = new TreeSet<>();
        ROW.matcher(text.substring(begin, text.indexOf("\n## ", begin)))
                .results()
                .forEach(row -> documented.add(row.group(1)));
        assertEquals(exported, documented);
    }
}
