package org.wgj.run;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Names of interfaces, files, and directories that hold files. */
final class Sources {
    private Sources() {}

    /**
     * Puts in the place of each directory the {@code .conf} files in it, by name.
     *
     * @throws IOException when there is none in a directory
     */
    static List<String> expand(List<String> sources) throws IOException {
        List<String> files = new ArrayList<>();
        for (String source : sources) {
            Path path = Path.of(source);
            if (!source.isEmpty() && Files.isDirectory(path)) {
                files.addAll(filesIn(path));
            } else {
                files.add(source);
            }
        }
        return files;
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
