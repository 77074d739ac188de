// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The database of a mesh, whichever engine it is. Transactions block; do not run them on an event
 * loop. Safe for several threads.
 *
 * <p>A transaction that has returned is durable: SQLite runs with full synchronous commits, and
 * PostgreSQL waits for its own log. If {@link #write} throws because the connection broke during
 * the commit, the outcome is unknown, and the caller has to look.
 */
public final class Store implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Store.class);
    private static final String POSTGRESQL = "jdbc:postgresql:";

    private final Engine engine;

    private Store(Engine engine) {
        this.engine = engine;
    }

    /**
     * Opens a database and brings its schema up to date. A SQLite file and its folder are made if
     * missing, with the modes 0600 and 0700.
     *
     * @param location a file, or a JDBC URL that begins with {@code jdbc:postgresql:}
     * @return the store; close it after use
     * @throws IOException if it cannot be opened, if another process has the file, or if a newer
     *     wgj wrote it
     */
    public static Store open(String location) throws IOException {
        String place = absolute(location);
        return place.startsWith(POSTGRESQL)
                ? opened(PostgresEngine.connect(place))
                : openFile(Path.of(place));
    }

    /**
     * Returns a location that means the same from any folder.
     *
     * @param location as for {@link #open(String)}
     * @return an absolute path, or the same URL
     * @throws IOException if it is a URL of anything else
     */
    public static String absolute(String location) throws IOException {
        if (location.startsWith(POSTGRESQL)) {
            return location;
        }
        if (location.matches("(?s)(jdbc:|[A-Za-z][A-Za-z0-9+.-]*://).*")) {
            throw new StoreException(
                    PostgresEngine.withoutSecrets(location)
                            + ": the store must be a file, or a PostgreSQL database as"
                            + " jdbc:postgresql://HOST/DATABASE?user=USER");
        }
        return Path.of(location).toAbsolutePath().toString();
    }

    /**
     * Opens a SQLite file, as {@link #open(String)}.
     *
     * @param file the file
     * @return the store; close it after use
     * @throws IOException if it cannot be opened, if another process has it, or if a newer wgj
     *     wrote it
     */
    public static Store openFile(Path file) throws IOException {
        return opened(SqliteEngine.open(file.toAbsolutePath()));
    }

    /**
     * Opens an empty database that lives in this process's memory, for tests.
     *
     * @return the store; close it after use
     * @throws IOException if it cannot be made
     */
    public static Store openMemory() throws IOException {
        return opened(SqliteEngine.memory());
    }

    private static Store opened(Engine engine) throws IOException {
        try {
            Migrations.run(engine);
        } catch (IOException | RuntimeException | Error e) {
            engine.close();
            throw e;
        }
        return new Store(engine);
    }

    /**
     * Runs a transaction that may change rows. Its first statement should change the row that all
     * writers change, so that one writer waits for another.
     *
     * @param work the work
     * @param <T> its result
     * @return the result, after the commit
     * @throws IOException if the work throws one, or if the database fails
     */
    public <T> T write(Work<T> work) throws IOException {
        Connection connection = null;
        try {
            connection = engine.take();
            Sql sql = new Sql(connection);
            T result = work.run(sql);
            if (sql.announced() >= 0) {
                engine.announce(sql);
            }
            connection.commit();
            return result;
        } catch (SQLException e) {
            rollBack(connection);
            throw failed(e);
        } catch (IOException | RuntimeException | Error e) {
            rollBack(connection);
            throw e;
        } finally {
            engine.give(connection);
        }
    }

    /**
     * Runs a transaction that reads.
     *
     * @param work the work; it changes no row
     * @param <T> its result
     * @return the result
     * @throws IOException if the work throws one, or if the database fails
     */
    public <T> T read(Work<T> work) throws IOException {
        Connection connection = null;
        try {
            connection = engine.take();
            return work.run(new Sql(connection));
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            rollBack(connection);
            engine.give(connection);
        }
    }

    /**
     * Begins to tell when others have committed. With SQLite no other process can, and this does
     * nothing.
     *
     * @param onCommit runs on a thread of the store's after each announcement and each poll; it may
     *     run although nothing changed
     */
    public void listen(Runnable onCommit) {
        engine.listen(onCommit);
    }

    /**
     * Returns whether several processes may use this database at a time.
     *
     * @return true for PostgreSQL
     */
    public boolean isShared() {
        return engine.isShared();
    }

    /**
     * Names the database for messages.
     *
     * @return the file, or host and database without a password
     */
    public String name() {
        return engine.name();
    }

    /** Closes all connections. A transaction of another thread may fail. */
    @Override
    public void close() {
        engine.close();
    }

    private StoreException failed(SQLException e) {
        return new StoreException(engine.name() + ": " + firstLine(e), e);
    }

    static String firstLine(SQLException e) {
        String message = e.getMessage();
        if (message != null
                && (message.contains("[SQLITE_FULL]")
                        || message.contains("[SQLITE_IOERR_SHMSIZE]"))) {
            return "no space is left on its disk: free some (df -h shows how much)";
        }
        return message == null
                ? "SQL state " + e.getSQLState()
                : message.lines().findFirst().orElse("");
    }

    private void rollBack(Connection connection) {
        if (connection == null) {
            return;
        }
        try {
            engine.rollBack(connection);
        } catch (SQLException e) {
            LOG.debug("a transaction could not be rolled back; its connection is broken", e);
        }
    }
}
