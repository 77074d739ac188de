// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.process.FileLock;
import org.wgj.settings.DaemonProperties;
import org.wgj.tun.linux.FileOwner;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
 * The steps that brought one interface up. Each step is written before it is done, so that any
 * process can undo it, also after a crash. The journal is in memory (/run), like its effects, and
 * so needs no syncing. Only root can read it, since hooks may contain secrets. Only root may have
 * written it, since its hooks are run ({@link FileLock}).
 *
 * <p>Only one holder has it open at a time. Used by one thread.
 */
final class Journal implements AutoCloseable {
    private static final String SUFFIX = ".journal";

    /** Begins a line with a number: only that many steps before the line still count. */
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
        return DaemonProperties.stateDirectory();
    }

    private static Path file(String interfaceName) {
        return directory().resolve(fileName(interfaceName));
    }

    /** The name of the file within the folder of the journals. */
    static String fileName(String interfaceName) {
        return interfaceName + SUFFIX;
    }

    /** Returns whether a line decides which {@link Step.Permit} counts. */
    static boolean concernsPermits(String line) {
        return line.startsWith(StepText.PERMIT + "\t") || line.startsWith(ONLY_LAST);
    }

    /** Returns whether the interface has a journal. */
    static boolean exists(String interfaceName) {
        return Files.exists(file(interfaceName), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Opens the journal of an interface, an empty one if there is none.
     *
     * @throws IOException also if another process is working on that interface
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

    /** The file of the journal. */
    Path path() {
        return file;
    }

    /** All steps, the oldest first. */
    List<Step> steps() {
        return List.copyOf(steps);
    }

    /** Writes a step. Call this before the step is done. */
    void append(Step step) throws IOException {
        write(file, StepText.format(step));
        steps.add(step);
    }

    /**
     * Withdraws the permit to make the interface. If there is no space for another line, the line
     * of the permit is made void where it is.
     */
    void withdrawPermit() throws IOException {
        try {
            append(new Step.Permit(Step.Permit.NONE));
        } catch (IOException e) {
            dropCutOffLine(file);
            voidLastPermit();
        }
    }

    /** Overwrites the permit that counts with one of no process, which takes no space. */
    void voidLastPermit() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1); // a char for each byte
        int begin = text.lastIndexOf("\n" + StepText.PERMIT + "\t") + 1;
        if (begin == 0 && !text.startsWith(StepText.PERMIT + "\t")) {
            return;
        }
        begin += StepText.PERMIT.length() + 1;
        byte[] none =
                Step.Permit.NONE
                        .repeat(text.indexOf('\n', begin) - begin)
                        .getBytes(StandardCharsets.US_ASCII);
        try (var channel =
                FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            channel.write(ByteBuffer.wrap(none), begin);
        }
    }

    private static void write(Path file, String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Keeps only these steps, in their order; all others were undone or never done. It writes the
     * steps again before the line that says so. A crash in between is harmless, since a step may be
     * undone twice.
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

    /** Removes all steps. {@link #close} deletes the file, which is the lock until then. */
    void clear() throws IOException {
        steps.clear();
        Files.write(
                file,
                new byte[0],
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Deletes the file if the journal is empty. */
    @Override
    public void close() throws IOException {
        try {
            if (steps.isEmpty()) {
                Files.deleteIfExists(file);
            }
            deleteIfEmpty(directory());
        } finally {
            lock.close();
        }
    }

    /** Deletes a folder of journals, and its lock, if it has no journal. */
    static void deleteIfEmpty(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            if (files.iterator().hasNext()) {
                return;
            }
        } catch (NoSuchFileException e) {
            return;
        }
        try (var _ = FileLock.lock(sharedLock(directory))) {
            Files.deleteIfExists(sharedLock(directory));
        }
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException | AccessDeniedException e) {
            // it has other journals, or the user may not delete it
        }
    }

    /** Reads all steps. If the last line was cut off, its step was not begun. */
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

    /** Removes a cut-off last line, so that the next line does not continue it. */
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

    /** Locks what all interfaces share, such as table numbers. Waits; must not be nested. */
    static FileLock lockShared() throws IOException {
        return FileLock.lock(sharedLock(directory()));
    }

    /** The file of the lock that all journals in a folder share. */
    static Path sharedLock(Path directory) {
        return directory.resolve("lock");
    }

    /** Returns the present journals of all other interfaces. */
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
            // No journal exists yet, or one was just deleted.
        }
        return others;
    }

    /** Another interface's journal. */
    record Other(Path file, List<Step> steps) {
        /** Appends a step that replaces an earlier one. The caller holds the shared lock. */
        void append(Step step) throws IOException {
            write(file, StepText.format(step));
        }
    }
}
