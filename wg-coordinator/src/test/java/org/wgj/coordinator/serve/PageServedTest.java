// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** The page of a running coordinator: what each caller sees, and which callers are refused. */
@Timeout(120)
class PageServedTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @TempDir private Path folder;

    private Coordinator coordinator;
    private int page;

    @BeforeEach
    void start() throws IOException {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, LOOPBACK)) {
            port = free.getLocalPort();
        }
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, true, Bytes.NONE);
        coordinator =
                Coordinator.start(
                        Registry.create(
                                Store.openFile(folder.resolve("store.db")),
                                plan,
                                InstantSource.system()),
                        PrivateKey.generate(),
                        new CoordinatorOptions(
                                List.of(new HostPort("127.0.0.1", port)),
                                port,
                                true,
                                folder.resolve("coordinator.sock"),
                                folder.resolve("relay"),
                                new InetSocketAddress(LOOPBACK, 0),
                                InstantSource.system()),
                        (running, routes) -> {});
        page = coordinator.pages().getFirst().getPort();
    }

    @AfterEach
    void stop() {
        coordinator.close();
    }

    /** Sends a request from this machine; returns the whole answer. */
    private String ask(String path, String headers) throws IOException {
        try (Socket socket = new Socket(LOOPBACK, page)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request(path, headers));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] request(String line, String headers) {
        return (line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private String host() {
        return "Host: 127.0.0.1:" + page + "\r\n";
    }

    @Test
    void everyAnswerForbidsWhatThePageDoesNotNeed() throws IOException {
        for (String path : List.of("/", "/?find=x&plane=wg1", "/page/page.css", "/page/page.js")) {
            String answer = ask("GET " + path, host());

            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase();
            assertTrue(head.contains("content-security-policy: default-src 'none';"), head);
            assertTrue(head.contains("frame-ancestors 'none'"), head);
            assertFalse(head.contains("unsafe"), head);
            assertTrue(head.contains("x-content-type-options: nosniff"), head);
            assertTrue(head.contains("referrer-policy: no-referrer"), head);
            assertTrue(head.contains("x-frame-options: deny"), head);
            assertTrue(head.contains("cross-origin-resource-policy: same-origin"), head);
            assertTrue(head.contains("cache-control: no-store"), head);
        }
        assertTrue(ask("GET /page/openapi.yaml", host()).startsWith("HTTP/1.1 404"));
        assertTrue(ask("GET /page/..%2Fapi%2Fopenapi.yaml", host()).startsWith("HTTP/1.1 404"));
        assertTrue(ask("GET /page/../api/openapi.yaml", host()).startsWith("HTTP/1.1 404"));
    }

    @Test
    void foreignNamesAndOriginsAreRefused() throws IOException {
        for (String host : List.of("", "Host: evil.example\r\n", "Host: 10.77.0.1:7707\r\n")) {
            assertTrue(ask("GET /", host).startsWith("HTTP/1.1 421"), host);
        }
        for (String origin : List.of("http://evil.example", "null", "https://127.0.0.1:" + page)) {
            String answer = ask("GET /", host() + "Origin: " + origin + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
        }
        String own = ask("GET /", host() + "Origin: http://127.0.0.1:" + page + "\r\n");
        assertTrue(own.startsWith("HTTP/1.1 200"), own);
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
            assertTrue(ask(method + " /", host()).startsWith("HTTP/1.1 405"), method);
        }
    }

    @Test
    void socketOfAdministratorsRefusesNamesThatAreForwardedToIt() throws IOException {
        for (String host : List.of("coordinator", "localhost:8080", "127.0.0.1:8080", "[::1]:1")) {
            String answer = askSocket("GET /", "Host: " + host + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 200"), host);
            assertTrue(answer.contains("id=\"tokens\""), "administrators see the records");
        }
        assertTrue(askSocket("GET /", "").startsWith("HTTP/1.1 200"));
        for (String host : List.of("evil.example:8080", "localhost.evil.example", "10.77.0.1")) {
            String answer = askSocket("GET /v1/admin/tokens", "Host: " + host + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 421"), host);
        }
    }

    private String askSocket(String line, String headers) throws IOException {
        UnixDomainSocketAddress socket =
                UnixDomainSocketAddress.of(folder.resolve("coordinator.sock"));
        try (SocketChannel channel = SocketChannel.open(socket)) {
            channel.write(ByteBuffer.wrap(request(line, headers)));
            return new String(
                    Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private JoinToken token(Set<String> planes) throws IOException {
        return coordinator
                .registry()
                .createToken(
                        new TokenRequest(null, 1, Duration.ofHours(1), planes, false, false, false),
                        "test")
                .token();
    }

    @Test
    void memberSeesItsPlanesAndNoRecords() throws Exception {
        coordinator.registry().createToken(TokenRequest.USUAL, "test").token().wipe();
        String machine = ask("GET /", host());
        for (String section : List.of("approvals", "tokens", "audit")) {
            assertTrue(machine.contains("<section id=\"" + section + "\""), section);
        }
        assertTrue(machine.contains("wg3"), "all planes");
        assertTrue(machine.contains("Members served"), "the relay's load");
        assertTrue(ask("GET /v1/status", host()).contains("\"relay\":{"), "the relay's load");

        try (TestNode web = TestNode.join(token(Set.of("wg0")), "web")) {
            String answer = web.call("GET /", "");
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            assertTrue(answer.contains("<th scope=\"row\">web</th>"), answer);
            assertTrue(answer.contains("wg0"), answer);
            for (String hidden : List.of("wg1", "wg2", "wg3", "\"tokens\"", "\"audit\"", "10.78")) {
                assertFalse(answer.contains(hidden), hidden);
            }
            assertFalse(answer.contains("Members served"), "the load of all planes");
            assertTrue(web.call("GET /page/page.js", "").startsWith("HTTP/1.1 200"));
            String status = web.call("GET /v1/status", "");
            assertTrue(status.contains("\"mesh\":\"prod\""), status);
            assertFalse(status.contains("\"relay\":{"), status);
        }
    }

    @Test
    void noSecretIsOnThePage() throws IOException {
        JoinToken token = token(Set.of());
        String html = ask("GET /", host());

        assertTrue(html.contains(token.key().publicKey().toBase64()), html);
        assertFalse(html.contains(token.key().toBase64()), "the token's private key");
        assertFalse(html.contains(token.toText()));
        assertEquals(-1, html.indexOf("wgjt_"));
        token.wipe();
    }
}
