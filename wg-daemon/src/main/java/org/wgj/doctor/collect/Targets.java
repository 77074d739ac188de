// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the interfaces and files that the words of the command line name. */
final class Targets {
    private static final String SUFFIX = ".conf";

    /**
     * @param file null if there is none
     * @param local whether it is meant for this machine; false if unknown: then it counts as local
     *     only if its interface runs here
     */
    record Target(String name, Path file, boolean local) {}

    private final Path configurations;

    /**
     * @param configurations the folder with the files of this machine
     */
    Targets(Path configurations) {
        this.configurations = configurations;
    }

    /**
     * Resolves each word: an interface, a file or a folder of files. Without words it returns all
     * running interfaces, or if there are none, all files.
     */
    List<Target> of(List<String> words) throws IOException {
        if (words.isEmpty()) {
            return ofThisMachine();
        }
        List<Target> targets = new ArrayList<>();
        for (String word : words) {
            Path path = Path.of(word);
            if (Files.isDirectory(path)) {
                targets.addAll(inside(path));
            } else if (word.contains("/") || word.endsWith(SUFFIX)) {
                targets.add(new Target(name(path), path, words.size() == 1));
            } else {
                targets.add(named(word));
            }
        }
        return targets;
    }

    private List<Target> ofThisMachine() throws IOException {
        List<Target> targets = new ArrayList<>();
        for (String name : UapiClient.interfaces()) {
            targets.add(named(name));
        }
        if (targets.isEmpty() && Files.isReadable(configurations)) {
            try (Stream<Path> files = Files.list(configurations)) {
                files.filter(Targets::isConfiguration)
                        .sorted()
                        .forEach(file -> targets.add(new Target(name(file), file, true)));
            }
        }
        if (targets.isEmpty()) {
            throw new IOException(
                    "no interface runs here, and there is no file in " + configurations);
        }
        return targets;
    }

    private Target named(String name) {
        Path file = configurations.resolve(name + SUFFIX);
        // A file in a closed folder counts as existing; reading it reports the error.
        return new Target(name, Files.notExists(file) ? null : file, true);
    }

    /** The files of a folder and of the folders in it, such as one for each machine. */
    private static List<Target> inside(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder, 2)) {
            List<Target> targets =
                    files.filter(Targets::isConfiguration)
                            .sorted()
                            .map(file -> new Target(name(file), file, false))
                            .toList();
            if (targets.isEmpty()) {
                throw new IOException("no file in " + folder + " ends in " + SUFFIX);
            }
            return targets;
        }
    }

    private static boolean isConfiguration(Path file) {
        return file.getFileName().toString().endsWith(SUFFIX) && Files.isRegularFile(file);
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }
}
