// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Hears of commits on a connection of its own, which must not pass a pooler in transaction mode
 * (LISTEN belongs to a session). It has one thread. Besides announcements it reports every three
 * seconds, since announcements are lost while the connection is down.
 */
final class PostgresListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresListener.class);
    private static final int POLL_MS = 3_000;
    private static final int RETRY_MS = 1_000;

    private final String url;
    private final String name;
    private final Runnable onCommit;
    private final Thread thread;
    private volatile boolean closed;

    PostgresListener(String url, String name, Runnable onCommit) {
        this.url = url;
        this.name = name;
        this.onCommit = onCommit;
        this.thread = Thread.ofPlatform().daemon().name("store-listen").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        boolean wasUp = true;
        while (!closed) {
            try (Connection connection = PostgresEngine.session(url, "wgj-listen");
                    Statement statement = connection.createStatement()) {
                statement.execute("LISTEN " + PostgresEngine.CHANNEL);
                if (!wasUp) {
                    LOG.info("{}: the connection for announcements is back", name);
                }
                wasUp = true;
                hear(connection.unwrap(PGConnection.class));
            } catch (SQLException e) {
                if (wasUp && !closed) {
                    LOG.error(
                            "{}: the connection for announcements is down ({}): trying again; if"
                                    + " the database is down, nothing can join or change until"
                                    + " it is back",
                            name,
                            Store.firstLine(e));
                }
                wasUp = false;
                pause();
            }
        }
    }

    private void hear(PGConnection connection) throws SQLException {
        while (!closed) {
            report();
            connection.getNotifications(POLL_MS); // several at once are one report
        }
    }

    private void report() {
        try {
            onCommit.run();
        } catch (RuntimeException e) {
            LOG.warn("{}: could not look for changes: {}", name, e.toString());
        }
    }

    private void pause() {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread; waits until it has ended. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(POLL_MS + RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
