// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.claim.TunnelClaim;
import org.wgj.crypto.PrivateKey;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Tests commands that use the tunnel of a process that runs, which here leads to loopback. */
class TunnelAccessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final FakeTunnel tunnel = new FakeTunnel();
    private Map<String, String> environment;
    private Path file;
    private String text;
    private ProxyProcess process;

    private ProxyConfig config(String more) throws IOException {
        return ProxyFile.parse(
                "p.conf", (text + more).getBytes(StandardCharsets.UTF_8), environment);
    }

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        environment = Map.of("XDG_RUNTIME_DIR", folder.toString());
        text =
                "[Interface]\nAddress = 10.0.0.2\nPrivateKey = "
                        + PrivateKey.generate().toBase64()
                        + "\nDNS = 10.0.0.1\n[Peer]\nPublicKey = "
                        + PrivateKey.generate().publicKey().toBase64()
                        + "\nAllowedIPs = 10.0.0.0/24\n";
        file = folder.resolve("p.conf");
        Files.writeString(file, text);
        ProxyConfig config = config("");
        process =
                ProxyProcess.start(
                        tunnel, config, null, Claims.take(config, "wgj proxy p.conf", environment));
    }

    @AfterEach
    void stop() {
        process.close();
    }

    private TunnelAccess open() throws IOException {
        return TunnelAccess.open(file, environment, "wgj nc", SHORT, true);
    }

    private static String failure(Executable call) {
        return assertThrows(IOException.class, call).getMessage();
    }

    @Test
    void aCommandUsesTheRunningTunnelAndLeavesIt() throws IOException {
        byte[] sent = new byte[300_000];
        new Random(1).nextBytes(sent);
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                TunnelAccess access = open()) {
            assertInstanceOf(SharedTunnel.class, access);
            CompletableFuture<Void> echo = CompletableFuture.runAsync(() -> answer(server));
            access.carry(
                    "127.0.0.1",
                    server.getLocalPort(),
                    PATIENCE,
                    new ByteArrayInputStream(sent),
                    received);
            echo.join();
            assertEquals(LOOPBACK, access.resolve("localhost").getFirst());
            assertEquals(List.of(LOOPBACK), access.resolve("127.0.0.1"));
            assertEquals(Duration.ofMillis(1), access.ping(LOOPBACK, PATIENCE));
            tunnel.answersPings = false;
            assertThrows(SocketTimeoutException.class, () -> access.ping(LOOPBACK, PATIENCE));
        }
        assertArrayEquals(sent, received.toByteArray());
        assertTrue(!tunnel.closed);
    }

    /** Answers only once the client has ended its direction. */
    private static void answer(ServerSocket server) {
        try (Socket client = server.accept()) {
            client.getOutputStream().write(client.getInputStream().readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failuresAreTold() throws IOException {
        int closed;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            closed = server.getLocalPort();
        }
        InputStream in = InputStream.nullInputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TunnelAccess access = open()) {
            assertEquals(
                    "127.0.0.1 port " + closed + ": Connection refused",
                    failure(() -> access.carry("127.0.0.1", closed, PATIENCE, in, out)));
            String outside = failure(() -> access.carry("192.0.2.1", 7, PATIENCE, in, out));
            assertTrue(outside.contains("not covered by the allowed IPs"), outside);
            String name = failure(() -> access.resolve("no such\nhost"));
            assertTrue(name.contains("not the name of a host"), name);
            process.close();
            String ended = failure(() -> access.ping(LOOPBACK, PATIENCE));
            assertTrue(ended.startsWith("wgj proxy p.conf (process "), ended);
        }
    }

    /** A part must not be taken for the whole. */
    @Test
    void aResetIsNoEnd() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                TunnelAccess access = open()) {
            CompletableFuture<Void> reset =
                    CompletableFuture.runAsync(
                            () -> {
                                try (Socket client = server.accept()) {
                                    client.getInputStream().readNBytes(10); // it is connected
                                    client.getOutputStream().write(new byte[1000]);
                                    client.setSoLinger(true, 0);
                                } catch (IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            InputStream in = new ByteArrayInputStream(new byte[10]);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int port = server.getLocalPort();
            assertThrows(
                    SocketException.class,
                    () -> access.carry("127.0.0.1", port, PATIENCE, in, out));
            reset.join();
        }
    }

    @Test
    void aSecondTunnelOfAProcessThatStaysIsRefused() throws IOException {
        String message = failure(() -> Claims.take(config(""), "wgj proxy", environment));
        assertEquals(
                "p.conf: wgj proxy p.conf (process "
                        + ProcessHandle.current().pid()
                        + ") runs a tunnel with the same key and peer, and would lose its session"
                        + " to a second one: end that one first",
                message);
    }

    @Test
    void aShortCommandIsWaitedFor() throws IOException {
        process.close();
        TunnelClaim other =
                TunnelClaim.take(Claims.keys(config("").tunnel()), "wgj nc", environment);
        String message = failure(this::open);
        assertTrue(message.contains("wgj nc (process "), message);
        assertTrue(message.contains("run \"wgj proxy " + file + "\""), message);
        CompletableFuture<TunnelAccess> waiting =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return TunnelAccess.open(
                                        file, environment, "wgj ping", PATIENCE, true);
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        other.close();
        try (TunnelAccess access = waiting.join()) {
            assertInstanceOf(ProxyClient.class, access);
        }
    }

    @Test
    void aReloadMovesTheClaimAndTheRules() throws IOException {
        assertEquals(List.of(), process.reload(config("[Resolve]\nResolveStrategy = ipv6\n")));
        try (TunnelAccess access = open()) {
            assertTrue(!access.resolve("localhost").contains(LOOPBACK));
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("localhost"), e::getMessage); // IPv4 alone
        }
        text = text.replaceAll("(?m)^PublicKey.*$", "PublicKey = " + otherKey());
        assertEquals(List.of(), process.reload(config("")));
        Claims.take(ProxyFile.read(file, environment), "wgj proxy", environment).close();
        String message = failure(() -> Claims.take(config(""), "wgj proxy", environment));
        assertTrue(message.contains("end that one first"), message);
    }

    private static String otherKey() {
        return PrivateKey.generate().publicKey().toBase64();
    }
}
