// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * A wall clock for the timestamps of handshakes that never goes back, not even over a restart. A
 * peer refuses a timestamp that is not later than the last one it saw (whitepaper 5.4.2), so a
 * clock that was set back, or a machine without a battery for its clock, would be deaf for days.
 *
 * <p>A file has a mark up to which times may have been used. The mark is moved a minute ahead
 * before the clock passes it, and the clock begins at the mark if the system's is behind it.
 * Thread-safe.
 */
public final class HandshakeClock implements InstantSource {
    private static final Logger LOG = LoggerFactory.getLogger(HandshakeClock.class);
    private static final String FILE = "clock";
    private static final Duration AHEAD = Duration.ofMinutes(1);
    private static final Duration RENEW_BEFORE = Duration.ofSeconds(30);

    private final NodeFolder folder;
    private final InstantSource system;
    private final Executor writer;
    private Instant last;
    private Instant mark;
    private Instant systemBefore;
    private boolean writing;

    /**
     * Reads the mark and moves it ahead.
     *
     * @param folder where the mark is kept
     * @param system the system's clock
     * @param writer moves the mark later on; a task writes a file
     * @throws IOException if the mark cannot be read or written
     */
    public HandshakeClock(NodeFolder folder, InstantSource system, Executor writer)
            throws IOException {
        this.folder = folder;
        this.system = system;
        this.writer = writer;
        Instant now = system.instant();
        Instant used = read(folder).orElse(Instant.EPOCH);
        if (used.isAfter(now.plus(AHEAD.multipliedBy(2)))) {
            LOG.warn("the clock is behind the last handshakes ({}): it goes on from there", used);
        }
        last = used.isAfter(now) ? used : now;
        systemBefore = now;
        mark = last.plus(AHEAD);
        write(mark);
    }

    private static Optional<Instant> read(NodeFolder folder) throws IOException {
        Optional<byte[]> text = folder.read(FILE);
        try {
            return text.map(
                    bytes ->
                            Instant.ofEpochSecond(
                                    Long.parseLong(
                                            new String(bytes, StandardCharsets.US_ASCII).strip())));
        } catch (NumberFormatException e) {
            LOG.warn("{}/{} has no time and is made anew", folder.path(), FILE);
            return Optional.empty();
        }
    }

    private void write(Instant to) throws IOException {
        // Rounded up: no time after the mark was used.
        String seconds = to.getEpochSecond() + 1 + "\n";
        synchronized (folder) {
            folder.write(FILE, seconds.getBytes(StandardCharsets.US_ASCII));
        }
    }

    @Override
    public synchronized Instant instant() {
        Instant now = system.instant();
        Instant next;
        if (now.isAfter(last)) {
            next = now;
        } else {
            // The system's clock is behind: go on by what it advances; if only by what the mark was
            // ahead before a restart, at half the speed, until it has caught up.
            Duration passed = Duration.between(systemBefore, now);
            boolean soon = Duration.between(now, last).compareTo(AHEAD.multipliedBy(2)) <= 0;
            Duration step = soon ? passed.dividedBy(2) : passed;
            next = step.isPositive() ? last.plus(step) : last.plusNanos(1);
        }
        systemBefore = now;
        if (next.isAfter(mark)) {
            moveMark(next); // the machine slept, or its clock was set: wait for the disk this once
        } else if (!writing && next.isAfter(mark.minus(RENEW_BEFORE))) {
            writing = true;
            Instant to = next.plus(AHEAD);
            writer.execute(() -> moved(to));
        }
        last = next;
        return next;
    }

    /** Moves the mark back to the last time that was used; the clock must not be used any more. */
    synchronized void close() {
        writing = true; // whatever still waits to be written is outdated
        try {
            write(last);
        } catch (IOException e) {
            LOG.warn("the mark of the clock cannot be kept: {}", FileErrors.text(e));
        }
    }

    private void moveMark(Instant now) {
        try {
            write(now.plus(AHEAD));
            mark = now.plus(AHEAD);
        } catch (IOException e) {
            LOG.warn("the mark of the clock cannot be kept: {}", FileErrors.text(e));
            mark = now.plus(AHEAD);
        }
    }

    private void moved(Instant to) {
        boolean kept = false;
        try {
            write(to);
            kept = true;
        } catch (IOException e) {
            LOG.warn("the mark of the clock cannot be kept: {}", FileErrors.text(e));
        }
        synchronized (this) {
            writing = false;
            if (kept && to.isAfter(mark)) {
                mark = to;
            }
        }
    }
}
