// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.coordinator.registry.StoreMark;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps beside the store how far it has come, so that the coordinator notices at its start if the
 * store is an older copy. The file follows each commit within a second and has no secret.
 */
public final class MarkFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MarkFile.class);
    private static final int BEHIND_MS = 1_000;
    private static final int MAX_BYTES = 1_024;

    private final Path file;
    private final ScheduledThreadPoolExecutor writer =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("wgj-coordinator-mark").factory());
    private final AtomicBoolean waiting = new AtomicBoolean();
    private volatile StoreMark latest;

    private MarkFile(Path file, StoreMark latest) {
        this.file = file;
        this.latest = latest;
        writer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false); // the end writes, too
    }

    /**
     * Compares a store with its mark, begins a new epoch if the store is an older copy, and writes
     * the mark from now on.
     *
     * @param registry the store's, before a coordinator runs on it
     * @param file the mark
     * @return to be closed at the end
     * @throws IOException if the store fails or the file cannot be read or written
     */
    public static MarkFile follow(Registry registry, Path file) throws IOException {
        Optional<StoreMark> mark = read(file);
        if (mark.isPresent() && registry.continueAfter(mark.get())) {
            LOG.warn(
                    "the store is an older copy: it had revision {} already, and begins a new"
                        + " epoch; remove the nodes that were removed since the copy was made, then"
                        + " run wgj join --accept-restore on each node",
                    mark.get().revision());
        }
        MarkFile marks = new MarkFile(file, StoreMark.of(registry.snapshot()));
        marks.write();
        registry.onCommit(marks::committed);
        return marks;
    }

    private static Optional<StoreMark> read(Path file) throws IOException {
        String text;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw damaged(file, null);
            }
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        String[] words = text.strip().split(" ");
        try {
            return Optional.of(
                    new StoreMark(
                            UUID.fromString(words[0]),
                            Long.parseLong(words[1]),
                            Long.parseLong(words[2])));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw damaged(file, e);
        }
    }

    private static IOException damaged(Path file, Exception causeOrNull) {
        return new IOException(
                file
                        + ": this is no mark of a store: delete it if the store was not restored"
                        + " from a backup",
                causeOrNull);
    }

    private void committed(Snapshot snapshot) {
        StoreMark now = StoreMark.of(snapshot);
        if (now.epoch().equals(latest.epoch()) && now.commits() < latest.commits()) {
            return; // a late report, or a store that went back: the next start will notice that
        }
        latest = now;
        if (waiting.compareAndSet(false, true)) {
            try {
                var later = writer.schedule(this::writeOrWarn, BEHIND_MS, TimeUnit.MILLISECONDS);
                LOG.trace("the mark follows: {}", later);
            } catch (RejectedExecutionException e) {
                LOG.trace("the mark is closed");
            }
        }
    }

    private void writeOrWarn() {
        waiting.set(false); // before the read: a commit meanwhile writes again
        try {
            write();
        } catch (IOException e) {
            LOG.warn("how far the store has come cannot be kept: {}", FileErrors.text(e));
        }
    }

    private void write() throws IOException {
        StoreMark mark = latest;
        String text = mark.epoch() + " " + mark.revision() + " " + mark.commits() + "\n";
        CoordinatorFolder.write(file, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes the last mark. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(5, TimeUnit.SECONDS)) {
                writer.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writeOrWarn();
    }
}
