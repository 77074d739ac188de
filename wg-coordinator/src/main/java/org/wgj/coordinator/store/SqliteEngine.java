// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

import javax.sql.DataSource;

/**
 * A SQLite file, which one process has at a time: a lock file beside it tells. All transactions
 * share one connection and so take turns. Commits go to the disk before they return ({@code
 * synchronous=FULL} with a write-ahead log).
 */
final class SqliteEngine implements Engine {
    private static final int BUSY_TIMEOUT_MS = 10_000;
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> OWNER_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final String name;
    private final Path fileOrNull;
    private final FileChannel lockOrNull;
    private final DataSource source;
    private final Connection connection;
    private final ReentrantLock turn = new ReentrantLock(true);

    private SqliteEngine(String name, Path fileOrNull, FileChannel lockOrNull, DataSource source)
            throws SQLException {
        this.name = name;
        this.fileOrNull = fileOrNull;
        this.lockOrNull = lockOrNull;
        this.source = source;
        this.connection = source.getConnection();
        connection.setAutoCommit(false);
    }

    static SqliteEngine open(Path file) throws IOException {
        createPrivate(file);
        Path folder = file.getParent();
        if (System.getProperty("org.sqlite.tmpdir") == null) {
            // The driver unpacks its native library, which a noexec /tmp would not run.
            System.setProperty("org.sqlite.tmpdir", folder.toString());
        }
        FileChannel lock = lock(file);
        try {
            deleteOldLibraries(folder);
            return new SqliteEngine(
                    file.toString(), file, lock, source("jdbc:sqlite:" + file, true));
        } catch (SQLException e) {
            lock.close();
            throw new StoreException(file + ": " + Store.firstLine(e), e);
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    static SqliteEngine memory() throws IOException {
        String url = "jdbc:sqlite:file:wgj-" + UUID.randomUUID() + "?mode=memory&cache=shared";
        try {
            return new SqliteEngine("memory", null, null, source(url, false));
        } catch (SQLException e) {
            throw new StoreException("memory: " + Store.firstLine(e), e);
        }
    }

    private static DataSource source(String url, boolean durable) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_TIMEOUT_MS);
        config.enforceForeignKeys(true);
        if (durable) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        }
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl(url);
        return source;
    }

    private static void createPrivate(Path file) throws IOException {
        Path folder = file.getParent();
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, OWNER_FOLDER);
        }
        try {
            Files.createFile(file, OWNER_ONLY); // the log beside it gets the same mode
        } catch (FileAlreadyExistsException e) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    /**
     * Deletes native libraries that the driver left when an earlier process was killed. No other
     * process uses the folder while this process has the lock.
     */
    private static void deleteOldLibraries(Path folder) throws IOException {
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(folder, "sqlite-*libsqlitejdbc.so*")) {
            for (Path library : left) {
                Files.deleteIfExists(library);
            }
        }
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file.resolveSibling(file.getFileName() + ".lock"),
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        OWNER_ONLY);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another store of this process has it, which is as good as another process.
        }
        channel.close();
        throw new StoreInUseException(file);
    }

    @Override
    public Connection take() {
        turn.lock();
        return connection;
    }

    @Override
    public void give(Connection connectionOrNull) {
        if (connectionOrNull != null) {
            turn.unlock();
        }
    }

    /**
     * On a full disk SQLite ends a transaction by itself. The driver takes no note of it and begins
     * no other one: each statement would be committed alone from then on.
     */
    @Override
    public void rollBack(Connection taken) throws SQLException {
        try {
            taken.rollback();
        } catch (SQLException e) {
            try (Statement begin = taken.createStatement()) {
                begin.execute("BEGIN");
            } catch (SQLException again) {
                e.addSuppressed(again);
                throw e;
            }
        }
    }

    /** No other process can have the file open. */
    @Override
    public void announce(Sql sql) {}

    /** No other process can commit. */
    @Override
    public void listen(Runnable onCommit) {}

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DataSource dataSource() {
        return source;
    }

    /** Copies the file to {@code FILE.schema-N}, where N is the version it has. */
    @Override
    public void beforeUpgrade(String fromVersion) throws IOException, SQLException {
        if (fileOrNull == null) {
            return;
        }
        Path copy = fileOrNull.resolveSibling(fileOrNull.getFileName() + ".schema-" + fromVersion);
        Path unfinished = copy.resolveSibling(copy.getFileName() + ".tmp");
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished, OWNER_ONLY);
        try {
            try (Connection own = source.getConnection();
                    PreparedStatement vacuum = own.prepareStatement("VACUUM INTO ?")) {
                vacuum.setString(1, unfinished.toString());
                vacuum.execute();
            }
            try (FileChannel written = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished); // on a full disk it would keep what is left
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            try (Statement statement = connection.createStatement()) {
                connection.rollback();
                statement.execute("PRAGMA optimize");
                connection.commit();
            } finally {
                connection.close();
            }
        } catch (SQLException e) {
            // Everything committed is on the disk already.
        } finally {
            turn.unlock();
            closeLock();
        }
    }

    private void closeLock() {
        if (lockOrNull == null) {
            return;
        }
        try {
            lockOrNull.close();
        } catch (IOException e) {
            // The kernel releases the lock with the descriptor, whatever close said.
        }
    }
}
