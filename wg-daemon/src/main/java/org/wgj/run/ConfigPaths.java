// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Expands the arguments of {@code wgj run}: names of interfaces, files, and directories of files.
 */
public final class ConfigPaths {
    private ConfigPaths() {}

    /**
     * Replaces a directory by the {@code .conf} files in it, sorted by name.
     *
     * @param source a name, a file or a directory
     * @return the names or files
     * @throws IOException if the directory has none
     */
    public static List<String> expand(String source) throws IOException {
        Path path = Path.of(source);
        return !source.isEmpty() && Files.isDirectory(path) ? filesIn(path) : List.of(source);
    }

    private static List<String> filesIn(Path directory) throws IOException {
        List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.conf")) {
            found.forEach(file -> files.add(file.toString()));
        }
        if (files.isEmpty()) {
            throw new IOException(
                    directory
                            + ": no configuration file in this directory; put one there, named"
                            + " after its interface: wg0.conf");
        }
        files.sort(null);
        return files;
    }
}
