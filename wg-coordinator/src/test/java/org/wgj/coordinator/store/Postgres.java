// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of its own for tests, from the installed package ({@code bin/verify} installs
 * it): it listens on the loopback address, and runs as nobody if the tests run as root. Close it
 * after use.
 */
public final class Postgres implements AutoCloseable {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid", "nobody", "--regid", "65534", "--clear-groups");
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Path folder;
    private final Path log;
    private final int port;
    private Process server;

    private Postgres(Path folder, Path log, int port) {
        this.folder = folder;
        this.log = log;
        this.port = port;
    }

    /** Starts a server; skips the test, with this reason, if PostgreSQL is not installed. */
    public static Postgres start() throws Exception {
        assumeTrue(Files.isDirectory(VERSIONS), "PostgreSQL is not installed");
        Path programs = programs();
        Path folder = Files.createTempDirectory("wgj-postgres");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path log = folder.resolve("log");
        Path data = folder.resolve("data");
        Process made =
                run(
                        log,
                        programs.resolve("initdb").toString(),
                        "--no-sync",
                        "--no-locale",
                        "--encoding=UTF8",
                        "--auth=trust",
                        "--username=wgj",
                        "--pgdata=" + data);
        assertTrue(made.waitFor(120, TimeUnit.SECONDS), "initdb did not end");
        assertEquals(0, made.exitValue(), () -> read(log));
        Path rules = data.resolve("pg_hba.conf");
        Files.writeString(
                rules, "host all guarded 127.0.0.1/32 scram-sha-256\n" + Files.readString(rules));
        Postgres postgres = new Postgres(folder, log, freePort());
        postgres.startAgain();
        postgres.makeRoles();
        return postgres;
    }

    /** Starts a server that {@link #stop} has ended, on the same port. */
    public void startAgain() throws Exception {
        server =
                run(
                        log,
                        programs().resolve("postgres").toString(),
                        "-D",
                        folder.resolve("data").toString(),
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(port),
                        "-k",
                        "",
                        "-F");
        awaitAnswer();
    }

    /** Ends the server; it takes no new connection and breaks those that it has. */
    public void stop() throws IOException {
        new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start();
        server.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** The superuser wgj has no password, guarded has hunter2, and guest may make no tables. */
    private void makeRoles() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'hunter2'");
            statement.execute("CREATE ROLE guest LOGIN");
        }
    }

    private static Path programs() throws IOException {
        try (Stream<Path> folders = Files.list(VERSIONS)) {
            return folders.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new AssertionError("no server in " + VERSIONS));
        }
    }

    private static Process run(Path log, String... command) throws IOException {
        List<String> all = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            all.addAll(AS_NOBODY); // the server refuses to run as root
        }
        all.addAll(List.of(command));
        return new ProcessBuilder(all)
                .directory(log.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private void awaitAnswer() throws Exception {
        while (true) {
            try (Connection connection = DriverManager.getConnection(url("postgres"))) {
                assertTrue(connection.isValid(5));
                return;
            } catch (SQLException e) {
                if (server.waitFor(50, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("the server ended: " + read(log), e);
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=wgj";
    }

    /** Makes an empty database and returns its JDBC URL. */
    public String newDatabase() throws SQLException {
        String name = "mesh" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return url(name);
    }

    /** Cuts all connections to all databases, as a restart of the server does. */
    public void cutConnections() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <>"
                            + " pg_backend_pid() AND backend_type = 'client backend'");
        }
    }

    @Override
    public void close() throws IOException {
        server.destroy();
        server.onExit().orTimeout(60, TimeUnit.SECONDS).join();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
