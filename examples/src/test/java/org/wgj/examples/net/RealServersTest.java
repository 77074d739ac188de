// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.KeyPair;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.examples.AsNobody;
import org.wgj.examples.Example;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs the examples of clients against the servers of Debian, each started here on loopback, as a
 * user without rights where the server can. The example of PostgreSQL runs as such a user, too. The
 * servers stop with the test.
 */
@Tag("root")
@Timeout(180)
class RealServersTest {
    /** Runs the rest of its arguments as a user without rights. */
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid", "nobody", "--regid", "65534", "--clear-groups");

    @TempDir Path folder;

    private Path log;
    private Process server;

    @Test
    void postgres() throws Exception {
        String port = startPostgres();
        assertEquals(
                List.of("PostgreSQL says that 1 + 1 = 2", "rows: 100000, bytes: 3200000"),
                AsNobody.runNet(Files.createDirectory(folder.resolve("copy")), "Postgres", port));
    }

    @Test
    void springStyleDataSource() throws Exception {
        String port = startPostgres();
        assertEquals(
                List.of("5 connections of 10.0.0.1"),
                Example.runNet("SpringStyleDataSource", port));
    }

    @Test
    void redis() throws Exception {
        // The same program as redis-server; which one it is depends on its name. Unlike the package
        // redis-server, redis-tools starts no service when it is installed.
        Path program = installed("/usr/bin/redis-check-rdb");
        String port = freePort();
        openFolder();
        start(
                AS_NOBODY,
                "bash",
                "-c",
                "exec -a redis-server \"$@\"",
                "bash",
                program.toString(),
                "--bind",
                "127.0.0.1",
                "--port",
                port,
                "--save",
                "",
                "--daemonize",
                "no");
        awaitListener(port);
        assertEquals(
                List.of("greeting = hello", "a value of 1000000 bytes came back"),
                Example.runNet("Redis", port));
    }

    /**
     * Dropbear reads the keys that may log in from the user's home, which is another folder in the
     * mount namespace where it runs.
     */
    @Test
    void ssh() throws Exception {
        Path program = installed("/usr/sbin/dropbear");
        KeyPair key = KeyPair.genKeyPair(new JSch(), KeyPair.ECDSA, 256);
        Path privateKey = folder.resolve("id");
        Path publicKey = folder.resolve("id.pub");
        key.writePrivateKey(privateKey.toString());
        key.writePublicKey(publicKey.toString(), "test");
        Path hostKey = folder.resolve("host");
        String hostPublicKey =
                output("dropbearkey", "-t", "ecdsa", "-f", hostKey.toString())
                        .filter(line -> line.startsWith("ecdsa-"))
                        .findFirst()
                        .orElseThrow();
        Path knownHosts = folder.resolve("known_hosts");
        Files.writeString(knownHosts, "server.office " + hostPublicKey + "\n");

        String port = freePort();
        start(
                List.of("unshare", "--mount"),
                "bash",
                "-c",
                """
                set -e
                key=$(cat "$1")
                mount -t tmpfs -o mode=700 tmpfs /root
                install -d -m 700 /root/.ssh
                printf '%s\\n' "$key" > /root/.ssh/authorized_keys
                chmod 600 /root/.ssh/authorized_keys
                exec "$2" -F -E -s -r "$3" -p "127.0.0.1:$4" -P "$5"
                """,
                "bash",
                publicKey.toString(),
                program.toString(),
                hostKey.toString(),
                port,
                folder.resolve("pid").toString());
        awaitListener(port);
        assertEquals(
                List.of("127.0.0.1 logged in as root", "100000"),
                Example.runNet(
                        "Ssh",
                        port,
                        "root",
                        privateKey.toString(),
                        knownHosts.toString(),
                        "echo ${SSH_CONNECTION%% *} logged in as $(whoami);"
                                + " head -c 100000 /dev/zero | wc -c"));
    }

    /** The servers work in it. */
    private void openFolder() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private String startPostgres() throws Exception {
        Path programs = postgresPrograms();
        Path data = folder.resolve("data");
        openFolder();
        String[] initdb = {
            programs.resolve("initdb").toString(),
            "--no-sync",
            "--no-locale",
            "--encoding=UTF8",
            "--auth=trust",
            "--username=wgj",
            "--pgdata=" + data
        };
        output(Stream.concat(AS_NOBODY.stream(), Stream.of(initdb)).toArray(String[]::new));
        String port = freePort();
        start(
                AS_NOBODY,
                programs.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-h",
                "127.0.0.1",
                "-p",
                port,
                "-k",
                "",
                "-F");
        awaitListener(port);
        return port;
    }

    /** The newest version that is installed; its package puts nothing on the path. */
    private static Path postgresPrograms() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        assumeTrue(Files.isDirectory(versions), "PostgreSQL is not installed");
        try (Stream<Path> folders = Files.list(versions)) {
            return folders.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Comparator.naturalOrder())
                    .orElseGet(() -> fail("no server in " + versions));
        }
    }

    private static Path installed(String program) {
        assumeTrue(Files.isExecutable(Path.of(program)), program + " is not installed");
        return Path.of(program);
    }

    private void start(List<String> before, String... command) throws IOException {
        log = folder.resolve("log");
        server =
                new ProcessBuilder(Stream.concat(before.stream(), Stream.of(command)).toList())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (server != null) {
            server.destroy();
            assertTrue(server.waitFor(60, TimeUnit.SECONDS), "the server did not stop");
        }
    }

    /** Until the server accepts connections. */
    private void awaitListener(String port) throws Exception {
        while (true) {
            try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port))) {
                assertTrue(socket.isConnected());
                return;
            } catch (IOException e) {
                if (server.waitFor(50, TimeUnit.MILLISECONDS)) {
                    fail("the server ended: " + Files.readString(log));
                }
            }
        }
    }

    /** None of the servers can choose a port and tell it. */
    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private Stream<String> output(String... command) throws Exception {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile()) // which all users may enter
                        .redirectErrorStream(true)
                        .start();
        List<String> lines = process.inputReader().readAllLines();
        assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
        return lines.stream();
    }
}
