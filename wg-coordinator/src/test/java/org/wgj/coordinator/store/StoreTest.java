// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.Stream;

/** The file of a store: its readers, its lock, and the migrations of its schema. */
class StoreTest {
    private static final String NEXT = "classpath:org/wgj/coordinator/next";

    @TempDir Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("coordinator").resolve("store.db");
    }

    @Test
    void onlyItsOwnerMayReadItsFiles() throws IOException {
        try (Store store = Store.openFile(file)) {
            addPlane(store, "wg0");
            assertEquals("rwx------", mode(file.getParent()));
            try (Stream<Path> files = Files.list(file.getParent())) {
                List<Path> all =
                        files.filter(f -> f.getFileName().toString().startsWith("store.db"))
                                .toList();
                assertTrue(all.contains(file.resolveSibling("store.db-wal")), all.toString());
                for (Path one : all) {
                    assertEquals("rw-------", mode(one), one.toString());
                }
            }
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void addPlane(Store store, String name) throws IOException {
        store.write(
                sql ->
                        sql.run(
                                "INSERT INTO plane (name, position, ranges, port, mtu)"
                                        + " VALUES (?, 0, '10.0.0.0/8', 1, 1420)",
                                name));
    }

    private static List<String> planes(Store store) throws IOException {
        return store.read(
                sql -> sql.list("SELECT name FROM plane ORDER BY name", row -> row.text("name")));
    }

    @Test
    void aSecondOpenerIsRefusedUntilTheFirstIsDone() throws IOException {
        try (Store store = Store.openFile(file)) {
            assertFalse(store.isShared());
            assertThrows(StoreInUseException.class, () -> Store.openFile(file));
        }
        Store.openFile(file).close();
    }

    @Test
    void whatAKilledProcessLeftOfTheDriverIsDeleted() throws IOException {
        Path left = file.resolveSibling("sqlite-3.0-x-libsqlitejdbc.so.lck");
        Store.openFile(file).close();
        Files.createFile(left);
        Store.openFile(file).close();
        assertFalse(Files.exists(left));
    }

    @Test
    void workThatThrowsChangesNothing() throws IOException {
        try (Store store = Store.openFile(file)) {
            IOException undone =
                    assertThrows(
                            IOException.class,
                            () ->
                                    store.write(
                                            sql -> {
                                                sql.run("DELETE FROM plane");
                                                throw new IOException("undo");
                                            }));
            assertEquals("undo", undone.getMessage());
            addPlane(store, "wg0");
            assertThrows(StoreException.class, () -> addPlane(store, "wg0"));
            assertEquals(List.of("wg0"), planes(store));
        }
    }

    @Test
    void transactionsAreWholeAgainAfterTheDiskWasFull() throws IOException {
        try (Store store = Store.openFile(file)) {
            allowPages(store, 1); // no more than there are
            StoreException full =
                    assertThrows(StoreException.class, () -> addPlane(store, "x".repeat(500_000)));
            assertTrue(full.getMessage().contains("no space is left"), full.getMessage());
            allowPages(store, 1_000_000);
            assertThrows(
                    IOException.class,
                    () ->
                            store.write(
                                    sql -> {
                                        sql.run(
                                                "INSERT INTO plane (name, position, ranges, port,"
                                                        + " mtu) VALUES ('wg0', 0, 'x', 1, 1420)");
                                        throw new IOException("undo");
                                    }));
            assertEquals(List.of(), planes(store));
            addPlane(store, "wg1");
            assertEquals(List.of("wg1"), planes(store));
        }
    }

    private static void allowPages(Store store, int pages) throws IOException {
        store.read(
                sql ->
                        sql.list(
                                "PRAGMA max_page_count = " + pages,
                                row -> row.text("max_page_count")));
    }

    @Test
    void anUpgradeKeepsACopyOfTheFileAsItWas() throws IOException, SQLException {
        try (Store store = Store.openFile(file)) {
            addPlane(store, "wg0");
        }
        upgrade();
        Path copy = file.resolveSibling("store.db.schema-4");
        assertEquals("rw-------", mode(copy));
        assertFalse(hasLaterColumn(copy));
        assertTrue(hasLaterColumn(file));
        try (Store old = Store.openFile(copy)) {
            assertEquals(List.of("wg0"), planes(old));
        }
    }

    @Test
    void aCopyThatFailsLeavesNothingBehindAndTheFileAsItWas() throws IOException, SQLException {
        Store.openFile(file).close();
        Files.createFile(
                Files.createDirectory(file.resolveSibling("store.db.schema-4")).resolve("x"));
        assertThrows(IOException.class, this::upgrade);
        assertFalse(Files.exists(file.resolveSibling("store.db.schema-4.tmp")));
        assertFalse(hasLaterColumn(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void anOlderSchemaIsBroughtUpToDate(String version) throws IOException, SQLException {
        try (Engine engine = SqliteEngine.open(file)) {
            OldSchema.make(engine, version);
        }
        try (Store store = Store.openFile(file)) {
            assertEquals(List.of("192.0.2.9:51820 0"), OldSchema.rows(store));
        }
        assertTrue(Files.exists(file.resolveSibling("store.db.schema-" + version)));
    }

    private void upgrade() throws IOException {
        try (Engine engine = SqliteEngine.open(file)) {
            Migrations.run(engine, Migrations.LOCATION, NEXT);
        }
    }

    private static boolean hasLaterColumn(Path database) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT COUNT(*) FROM pragma_table_info('node')"
                                        + " WHERE name = 'later'")) {
            return row.getInt(1) == 1;
        }
    }

    @Test
    void aStoreOfANewerVersionIsRefusedInClearWords() throws IOException {
        Store.openFile(file).close();
        upgrade();
        StoreException refusal = assertThrows(StoreException.class, () -> Store.openFile(file));
        assertTrue(
                refusal.getMessage()
                        .contains(
                                "a newer wgj wrote this store (schema 9999, this one knows up to"
                                        + " 4)"),
                refusal.getMessage());
        assertThrows(
                StoreException.class, () -> Store.openFile(file), "the lock must be free again");
    }

    @Test
    void aFileThatIsNoDatabaseIsNamed() throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "this is not a database, but it is long enough to look like one");
        IOException refusal = assertThrows(StoreException.class, () -> Store.openFile(file));
        assertTrue(refusal.getMessage().startsWith(file.toString()), refusal.getMessage());
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsNamedWithoutItsPassword() {
        IOException refusal =
                assertThrows(
                        StoreException.class,
                        () ->
                                Store.open(
                                        "jdbc:postgresql://127.0.0.1:1/mesh?user=wgj"
                                                + "&password=hunter2"));
        assertTrue(refusal.getMessage().startsWith("jdbc:postgresql://127.0.0.1:1/mesh: "));
        assertFalse(refusal.getMessage().contains("hunter2"));
    }

    /** The driver logs a URL that it cannot read. */
    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://wgj:hunter2@db/mesh, jdbc:postgresql://db/mesh: the URL of",
        "jdbc:postgresql://wgj:hun/ter2@db/mesh, jdbc:postgresql://db/mesh: the URL of",
        "jdbc:postgresql://db?user=wgj&password=hunter2, jdbc:postgresql://db: the URL of",
        "jdbc:postgresql://db:x/mesh?password=hunter2, jdbc:postgresql://db:x/mesh: the URL of",
        "jdbc:postgresql://db/mesh&password=hunter2, jdbc:postgresql://db/mesh: the URL of",
        "jdbc:postgresql://db/mesh?password=hunter2%, jdbc:postgresql://db/mesh: the URL of",
        "postgresql://wgj:hunter2@db/mesh, postgresql://db/mesh: the store must be",
        "postgres://db/mesh?password=hunter2, postgres://db/mesh: the store must be",
        "jdbc:mysql://db/mesh?password=hunter2, jdbc:mysql://db/mesh: the store must be",
        "jdbc:sqlite:mesh.db, jdbc:sqlite:mesh.db: the store must be",
    })
    void aUrlThatIsNoneOfPostgresqlIsRefusedWithoutItsPassword(String url, String message) {
        List<String> logged = new ArrayList<>();
        Handler handler =
                new StreamHandler() {
                    @Override
                    public void publish(LogRecord line) {
                        logged.add(line.getMessage());
                    }
                };
        Logger all = Logger.getLogger("");
        all.addHandler(handler);
        try {
            IOException refusal = assertThrows(StoreException.class, () -> Store.open(url));
            assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
            for (String part : List.of("hunter2", "ter2")) {
                assertFalse(refusal.getMessage().contains(part), refusal.getMessage());
            }
            assertEquals(List.of(), logged);
        } finally {
            all.removeHandler(handler);
        }
    }
}
