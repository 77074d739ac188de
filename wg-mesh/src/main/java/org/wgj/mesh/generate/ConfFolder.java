// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.config.OwnerFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A folder with the files of a mesh, which have private keys: only its owner may read them. */
public final class ConfFolder {
    private static final String CONF = ".conf";

    private ConfFolder() {}

    /** Reads a file; null if there is none. */
    static TunnelConfig readOrNull(Path file) throws IOException {
        try {
            return TunnelConfig.parse(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            if (Files.notExists(file)) {
                return null;
            }
            throw new IOException(
                    "the keys of the mesh are in "
                            + file
                            + ", which cannot be read: "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * Writes files, each whole or not at all. Files of the same content are left alone.
     *
     * @param folder made if it is not there, for its owner alone
     * @param files texts by path below the folder
     * @return how many files were new or different
     * @throws IOException if one cannot be written; those before it are written
     */
    public static int write(Path folder, Map<String, String> files) throws IOException {
        int written = 0;
        for (Map.Entry<String, String> entry : files.entrySet()) {
            Path file = folder.resolve(entry.getKey());
            makeFolder(file.getParent());
            byte[] bytes = entry.getValue().getBytes(StandardCharsets.UTF_8);
            if (Files.isRegularFile(file)
                    && Files.size(file) == bytes.length
                    && ByteBuffer.wrap(Files.readAllBytes(file)).equals(ByteBuffer.wrap(bytes))) {
                continue;
            }
            OwnerFile.replace(file, bytes);
            written++;
        }
        return written;
    }

    private static void makeFolder(Path folder) throws IOException {
        if (folder == null || Files.isDirectory(folder)) {
            return;
        }
        makeFolder(folder.getParent());
        try {
            Files.createDirectory(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw new IOException(folder + " is in the way: it is not a directory", e);
            }
        }
    }

    /**
     * Finds configuration files that belong to no node of the list.
     *
     * @param folder where files were written
     * @param files paths of the files that belong there
     * @return their paths below the folder
     * @throws IOException if the folder cannot be read
     */
    public static List<String> strangers(Path folder, Set<String> files) throws IOException {
        List<String> strangers = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> found = Files.walk(folder, 2)) {
                found.filter(path -> path.toString().endsWith(CONF) && Files.isRegularFile(path))
                        .map(path -> folder.relativize(path).toString())
                        .filter(path -> !files.contains(path))
                        .sorted()
                        .forEach(strangers::add);
            }
        }
        return strangers;
    }
}
