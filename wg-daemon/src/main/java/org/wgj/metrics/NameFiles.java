// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.crypto.PublicKey;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers the names in configuration files until a file changes. For any thread. */
final class NameFiles {
    private static final Path FOLDER = Path.of("/etc/wireguard");

    private record Known(FileTime changed, long size, Object inode, Map<PublicKey, String> names) {}

    private final Map<Path, Known> known = new ConcurrentHashMap<>();

    /** Returns where wg-quick would look for the file of an interface. */
    static Path fileOf(String interfaceName) {
        return FOLDER.resolve(interfaceName + ".conf");
    }

    /** Returns the names in a file now; none if it cannot be read. */
    Map<PublicKey, String> names(Path file) {
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (IOException | SecurityException e) {
            known.remove(file);
            return Map.of();
        }
        Known before = known.get(file);
        if (before != null
                && before.changed().equals(now.lastModifiedTime())
                && before.size() == now.size()
                && before.inode().equals(String.valueOf(now.fileKey()))) {
            return before.names();
        }
        Map<PublicKey, String> names = now.isRegularFile() ? PeerNames.read(file) : Map.of();
        known.put(
                file,
                new Known(
                        now.lastModifiedTime(), now.size(), String.valueOf(now.fileKey()), names));
        return names;
    }

    /** Forgets a file whose interface is gone. */
    void forget(Path file) {
        known.remove(file);
    }
}
