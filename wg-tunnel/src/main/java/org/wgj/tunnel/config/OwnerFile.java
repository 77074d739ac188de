// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes files that only their owner may read, such as those with keys. */
public final class OwnerFile {
    private OwnerFile() {}

    /**
     * Replaces a file, so that it has the old content or the new one, and all of it, also if the
     * machine stops. After such a stop the old content may be back, unless {@link #syncFolder}
     * followed.
     *
     * @param file need not exist; its folder must
     * @param content the new content
     * @throws IOException if it fails; the old file is left then, and nothing beside it
     */
    public static void replace(Path file, byte[] content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            Files.deleteIfExists(next);
            try (FileChannel channel =
                    FileChannel.open(
                            next,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")))) {
                write(channel, content, file);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException | Error e) {
            deleteQuietly(next, e);
            throw e;
        }
    }

    /** Writes all; a failure names the file, which that of a channel does not. */
    private static void write(FileChannel channel, byte[] content, Path file) throws IOException {
        try {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw FileErrors.named(file, e);
        }
    }

    private static void deleteQuietly(Path file, Throwable cause) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Makes sure that the files created, replaced and deleted in a folder so far stay so if the
     * machine stops.
     *
     * @param folder must be readable
     * @throws IOException if that fails
     */
    public static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
