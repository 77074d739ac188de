// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.FileOwner;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What has been done to bring one interface up, each step written down before it is done, so that
 * whoever takes it down knows what to undo, also after a crash. It is in memory (/run) as all of
 * that is, and so needs no syncing; only root can read it, since hooks may contain secrets, and
 * only root may have written it, since its hooks are run ({@link FileLock}).
 *
 * <p>Whoever has it open has it alone. Used by one thread.
 */
final class Journal implements AutoCloseable {
    private static final String DIRECTORY_PROPERTY = "wgj.state.directory";
    private static final String SUFFIX = ".journal";

    /** A line that begins so makes its number of steps before it the only ones so far. */
    private static final String ONLY_LAST = "only-last\t";

    private final Path file;
    private final FileLock lock;
    private final List<Step> steps;

    private Journal(Path file, FileLock lock, List<Step> steps) {
        this.file = file;
        this.lock = lock;
        this.steps = steps;
    }

    static Path directory() {
        return Path.of(System.getProperty(DIRECTORY_PROPERTY, "/run/wgj"));
    }

    private static Path file(String interfaceName) {
        return directory().resolve(interfaceName + SUFFIX);
    }

    /** Whether there is something to undo. */
    static boolean exists(String interfaceName) {
        return Files.exists(file(interfaceName), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Opens the journal of an interface, an empty one where there is none.
     *
     * @throws IOException also when another process is working on that interface
     */
    static Journal open(String interfaceName) throws IOException {
        Path file = file(interfaceName);
        FileLock lock = FileLock.tryLock(file);
        if (lock == null) {
            throw new IOException(
                    "another command is busy with "
                            + interfaceName
                            + "; try again when it is done");
        }
        try {
            dropCutOffLine(file);
            return new Journal(file, lock, read(file));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Where the user finds it. */
    Path path() {
        return file;
    }

    /** All steps, the oldest first. */
    List<Step> steps() {
        return List.copyOf(steps);
    }

    /** To be called before the step is done. */
    void append(Step step) throws IOException {
        write(file, StepText.format(step));
        steps.add(step);
    }

    private static void write(Path file, String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Only these steps, in their order, remain to be undone: all others are, or never came about.
     * They are written again before the line that says so, and a crash between the two costs
     * nothing: a step may be undone twice.
     */
    void keep(List<Step> left) throws IOException {
        if (left.isEmpty()) {
            clear();
            return;
        }
        for (Step step : left) {
            write(file, StepText.format(step));
        }
        write(file, ONLY_LAST + left.size());
        steps.clear();
        steps.addAll(left);
    }

    /** Nothing is left to undo. The file goes with {@link #close}: until then it is the lock. */
    void clear() throws IOException {
        steps.clear();
        Files.write(
                file,
                new byte[0],
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Forgets it when it is empty. */
    @Override
    public void close() throws IOException {
        try {
            if (steps.isEmpty()) {
                Files.deleteIfExists(file);
            }
            deleteDirectoryIfEmpty();
        } finally {
            lock.close();
        }
    }

    private static void deleteDirectoryIfEmpty() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(), "*" + SUFFIX)) {
            if (files.iterator().hasNext()) {
                return;
            }
        } catch (NoSuchFileException e) {
            return;
        }
        try (var _ = lockShared()) {
            Files.deleteIfExists(directory().resolve("lock"));
        }
        try {
            Files.deleteIfExists(directory());
        } catch (DirectoryNotEmptyException | AccessDeniedException e) {
            // other interfaces' journals; a user's folder where that user may make none
        }
    }

    /** The last line may have been cut off; then its step was not begun. */
    private static List<Step> read(Path file) throws IOException {
        String text = Files.readString(file);
        int end = text.lastIndexOf('\n') + 1;
        try {
            List<Step> steps = new ArrayList<>();
            text.substring(0, end).lines().forEach(line -> add(steps, line));
            return steps;
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    file
                            + " is not what wgj wrote; undo by hand what is left of the interface"
                            + " and delete it",
                    e);
        }
    }

    private static void add(List<Step> steps, String line) {
        if (line.startsWith(ONLY_LAST)) {
            int count = Integer.parseInt(line.substring(ONLY_LAST.length()));
            steps.subList(0, steps.size() - count).clear();
        } else {
            steps.add(StepText.parse(line));
        }
    }

    /** What is appended next must not continue a line that was cut off. */
    private static void dropCutOffLine(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        if (end < bytes.length) {
            try (var channel =
                    FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                channel.truncate(end);
            }
        }
    }

    /** Waits for what all interfaces share, such as the number of a table; not to be nested. */
    static FileLock lockShared() throws IOException {
        return FileLock.lock(directory().resolve("lock"));
    }

    /** The journals of all other interfaces as they are now. */
    List<Other> others() throws IOException {
        List<Other> others = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(), "*" + SUFFIX)) {
            for (Path other : files) {
                if (!other.equals(file)) {
                    FileOwner.of(other).requireOwnFile(other);
                    others.add(new Other(other, read(other)));
                }
            }
        } catch (NoSuchFileException e) {
            // None has been made yet, or one of them has just gone.
        }
        return others;
    }

    /** Another interface's journal. */
    record Other(Path file, List<Step> steps) {
        /** Adds a step that replaces what it knew; under the lock of what all share. */
        void append(Step step) throws IOException {
            write(file, StepText.format(step));
        }
    }
}
