// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** A file that a program of {@code bin} makes of the jars, such as the image. */
final class BuiltFile {
    private BuiltFile() {}

    /**
     * Returns the file. Builds it first, unless it is newer than the jars. One JVM builds at a
     * time; the others wait for what it makes.
     *
     * @param program the path of the program in the project, and its arguments
     * @param pattern the path of the file in the project, whose last part may have a {@code *}
     */
    static Path newest(String program, String pattern, Duration deadline) throws IOException {
        Path target = Files.createDirectories(Repository.folder().resolve("target"));
        Path lock = target.resolve("system-tests.lock");
        try (FileChannel file =
                        FileChannel.open(
                                lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = file.lock()) {
            return newestOfThisJvm(program, pattern, deadline);
        }
    }

    private static Path newestOfThisJvm(String program, String pattern, Duration deadline)
            throws IOException {
        Path found = find(pattern);
        if (found == null || !isNewerThanTheJars(found)) {
            Command.run(
                            deadline,
                            "",
                            List.of("bash", "-c", Repository.folder().resolve(program) + " >&2"))
                    .orFail();
            found = find(pattern);
        }
        if (found == null) {
            throw new AssertionError(program + " made no " + pattern);
        }
        return found;
    }

    private static Path find(String pattern) throws IOException {
        Path path = Repository.folder().resolve(pattern);
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(path.getParent(), path.getFileName().toString())) {
            for (Path file : files) {
                return file;
            }
            return null;
        }
    }

    private static boolean isNewerThanTheJars(Path archive) throws IOException {
        Path target = Repository.folder().resolve("wg-daemon/target");
        FileTime built = Files.getLastModifiedTime(archive);
        try (Stream<Path> own = Files.list(target);
                Stream<Path> libraries = Files.list(target.resolve("lib"))) {
            for (Path jar :
                    Stream.concat(own, libraries)
                            .filter(file -> file.toString().endsWith(".jar"))
                            .toList()) {
                if (Files.getLastModifiedTime(jar).compareTo(built) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
