// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.tunnel.config.FileErrors;
import org.wgj.tunnel.config.OwnerFile;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder that has everything a node keeps: {@code DIR/node}, open to its owner alone. A file is
 * replaced as a whole or not at all, and is on the disk when {@link #write} returns.
 */
public final class NodeFolder {
    private static final int MAX_FILE = 64 << 20;

    private final Path path;

    /**
     * Names the folder; nothing is made yet.
     *
     * @param state the folder of all state, such as {@code /var/lib/wgj}
     */
    public NodeFolder(Path state) {
        path = state.toAbsolutePath().normalize().resolve("node");
    }

    /**
     * Returns the folder.
     *
     * @return its absolute path
     */
    public Path path() {
        return path;
    }

    /**
     * Returns the socket at which the running node tells its status.
     *
     * @return a path, whether or not there is a socket
     */
    public Path socket() {
        return path.resolve("node.sock");
    }

    /**
     * Makes the folder if it is missing.
     *
     * @throws IOException if it cannot be made
     */
    public void make() throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path.getParent());
            Files.createDirectory(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
    }

    /**
     * Reads a file.
     *
     * @param name its name in the folder
     * @return its content; empty if it is missing
     * @throws IOException if it cannot be read or is longer than 64 MiB
     */
    public Optional<byte[]> read(String name) throws IOException {
        Path file = path.resolve(name);
        try {
            if (Files.size(file) > MAX_FILE) {
                throw new IOException(file + " is longer than " + MAX_FILE + " bytes");
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Replaces a file; only the owner may read it.
     *
     * @param name its name in the folder
     * @param content its new content
     * @throws IOException if it fails; the old file is left then
     */
    public void write(String name, byte[] content) throws IOException {
        make();
        try {
            OwnerFile.replace(path.resolve(name), content);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(path + ": this file system cannot replace files at once", e);
        }
        OwnerFile.syncFolder(path);
    }

    /**
     * Deletes a file if it exists.
     *
     * @param name its name in the folder
     * @return whether it existed
     * @throws IOException if it cannot be deleted
     */
    public boolean delete(String name) throws IOException {
        boolean existed = Files.deleteIfExists(path.resolve(name));
        if (existed) {
            OwnerFile.syncFolder(path);
        }
        return existed;
    }

    /**
     * Deletes the folder if nothing but the claim is left in it. Call it with the node claimed.
     *
     * @throws IOException if the folder cannot be changed
     */
    public void deleteIfUnused() throws IOException {
        Files.deleteIfExists(socket()); // of a process that was killed
        try (Stream<Path> files = Files.list(path)) {
            if (files.anyMatch(file -> !file.endsWith("lock"))) {
                return;
            }
        }
        Files.deleteIfExists(path.resolve("lock"));
        try {
            Files.deleteIfExists(path);
        } catch (DirectoryNotEmptyException e) {
            return; // another process begins to use it
        }
        OwnerFile.syncFolder(path.getParent());
    }

    /**
     * Claims the node for this process, so that it does not run twice.
     *
     * @return to be closed at the end; empty if another process runs the node
     * @throws IOException if the folder cannot be written
     */
    public Optional<Closeable> claim() throws IOException {
        make();
        Path file = path.resolve("lock");
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try {
            if (!lock(channel, false)) {
                channel.close();
                return Optional.empty();
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(
                            (ProcessHandle.current().pid() + "\n")
                                    .getBytes(StandardCharsets.US_ASCII)));
            return Optional.of(channel);
        } catch (IOException e) {
            channel.close();
            throw FileErrors.named(file, e);
        }
    }

    /**
     * Returns the process that runs the node.
     *
     * @return its id as it wrote it; empty if none runs it
     * @throws IOException if the folder cannot be read
     */
    public Optional<Long> runner() throws IOException {
        if (!Files.exists(path.resolve("lock")) || !isClaimed()) {
            return Optional.empty();
        }
        String text =
                new String(read("lock").orElse(new byte[0]), StandardCharsets.US_ASCII).strip();
        return text.matches("[0-9]{1,10}") ? Optional.of(Long.parseLong(text)) : Optional.of(0L);
    }

    /** Tries a shared lock, for which reading is enough: the disk may be read-only. */
    private boolean isClaimed() throws IOException {
        try (FileChannel channel =
                FileChannel.open(path.resolve("lock"), StandardOpenOption.READ)) {
            return !lock(channel, true);
        }
    }

    private static boolean lock(FileChannel channel, boolean shared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, shared) != null;
        } catch (OverlappingFileLockException e) {
            return false; // this very process has it
        }
    }
}
