// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Friendly and hostile callers on loopback. */
class HttpServerTest {
    private static final HttpLimits LIMITS =
            new HttpLimits(
                    4,
                    3,
                    1_000,
                    10,
                    1,
                    Duration.ofMillis(500),
                    Duration.ofMillis(700),
                    Duration.ofSeconds(5));
    private static final Set<Caller.Kind> LOCAL = Set.of(Caller.Kind.LOCAL);

    private final CountDownLatch release = new CountDownLatch(1);
    private volatile boolean known = true;
    private HttpServer server;
    private InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        ApiRoutes routes =
                new ApiRoutes()
                        .add("GET", "/hello/{name}", LOCAL, call -> text(call.parameter("name")))
                        .add("POST", "/length", LOCAL, call -> text("" + call.body().length))
                        .add("GET", "/admin", Set.of(Caller.Kind.ADMIN), call -> text("secret"))
                        .add("GET", "/fails", LOCAL, call -> fail("the key is 42"))
                        .add("GET", "/query", LOCAL, call -> text("" + call.queryNumber("n", 7)))
                        .add("GET", "/waits", LOCAL, call -> waits());
        server = new HttpServer("test", routes);
        address =
                (InetSocketAddress)
                        server.listen(
                                NioServerSocketChannel::new,
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                new Local());
    }

    private final class Local implements HttpListener {
        @Override
        public HttpLimits limits() {
            return LIMITS;
        }

        @Override
        public Optional<Caller> caller(Channel channel) {
            return known
                    ? Optional.of(new Caller(Caller.Kind.LOCAL, 0, "somebody"))
                    : Optional.empty();
        }

        @Override
        public Object source(Channel channel) {
            return ((InetSocketAddress) channel.remoteAddress()).getAddress();
        }

        @Override
        public boolean isOwnHost(String host) {
            return host.equals("127.0.0.1:" + address.getPort());
        }
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
    }

    private static ApiReply text(String text) {
        return ApiReply.of("text/plain", text.getBytes(StandardCharsets.UTF_8));
    }

    private static ApiReply fail(String message) {
        throw new IllegalStateException(message);
    }

    private ApiReply waits() {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ApiReply.done();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private String head(String line) {
        return line + " HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort() + "\r\n";
    }

    /** Sends a request and reads until the server closes the connection. */
    private String ask(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.net.SocketException e) {
            return "";
        }
    }

    private String get(String path) throws IOException {
        return ask(head("GET " + path) + "Connection: close\r\n\r\n");
    }

    private static void assertStatus(int status, String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    }

    @Test
    void routeAnswers() throws IOException {
        String answer = get("/hello/w%C3%B6rld");

        assertStatus(200, answer);
        assertTrue(answer.endsWith("\r\n\r\nwörld"), answer);
        assertTrue(
                answer.contains("x-content-type-options: nosniff".toLowerCase())
                        || answer.contains("X-Content-Type-Options: nosniff"),
                answer);
    }

    @Test
    void errorsSayWhatIsWrongAndNoMore() throws IOException {
        assertStatus(404, get("/nowhere"));
        assertStatus(404, get("/admin"));
        assertStatus(405, ask(head("DELETE /length") + "Connection: close\r\n\r\n"));
        assertStatus(400, get("/query?n=x"));
        assertStatus(200, get("/query?n=8"));
        String failed = get("/fails");
        assertStatus(500, failed);
        assertFalse(failed.contains("42"), failed);
    }

    @Test
    void strangerIsRefused() throws IOException {
        known = false;

        assertStatus(403, get("/hello/a"));
    }

    @Test
    void otherHostsAndOriginsAreRefused() throws IOException {
        assertStatus(421, ask("GET /hello/a HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
        assertStatus(421, ask("GET /hello/a HTTP/1.0\r\n\r\n"));
        assertStatus(403, ask(head("GET /hello/a") + "Origin: http://evil.example\r\n\r\n"));
        assertStatus(403, ask(head("GET /hello/a") + "Origin: null\r\n\r\n"));
        String own = "Origin: http://127.0.0.1:" + address.getPort() + "\r\n";
        assertStatus(200, ask(head("GET /hello/a") + own + "Connection: close\r\n\r\n"));
    }

    @Test
    void severalRequestsUseOneConnection() throws IOException {
        try (Socket socket = connect()) {
            for (int i = 0; i < 3; i++) {
                socket.getOutputStream()
                        .write(
                                (head("GET /hello/n" + i) + "\r\n")
                                        .getBytes(StandardCharsets.UTF_8));
                assertTrue(readUntil(socket.getInputStream(), "n" + i).startsWith("HTTP/1.1 200"));
            }
        }
    }

    private static String readUntil(InputStream in, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end, Math.max(0, text.length() - end.length())) < 0) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            text.append((char) next);
        }
        return text.toString();
    }

    @Test
    void bodyHasALimit() throws IOException {
        assertTrue(
                ask(head("POST /length")
                                + "Connection: close\r\nContent-Length: 1000\r\n\r\n"
                                + "x".repeat(1000))
                        .endsWith("1000"));
        assertStatus(413, ask(head("POST /length") + "Content-Length: 1001\r\n\r\n"));
        assertStatus(
                413,
                ask(
                        head("POST /length")
                                + "Transfer-Encoding: chunked\r\n\r\n"
                                + ("100\r\n" + "x".repeat(256) + "\r\n").repeat(4)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n\u0000\u0001\u0002 garbage\r\n\r\n",
                "GET / HTTP/9.9\r\n\r\n",
                "GET\r\n\r\n",
                "GET /hello/a HTTP/1.1\r\nHost : x\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "POST /length HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
                "POST /length HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                "POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            })
    void garbageIsRefusedAndTheConnectionClosed(String garbage) throws IOException {
        String answer = ask(garbage.replace("127.0.0.1", "127.0.0.1:" + address.getPort()));

        assertFalse(answer.startsWith("HTTP/1.1 2"), answer);
        assertStatus(200, get("/hello/a"));
    }

    @Test
    void longHeadIsRefused() throws IOException {
        assertStatus(400, get("/" + "x".repeat(3_000)));
        assertStatus(400, ask(head("GET /hello/a") + "X: " + "y".repeat(9_000) + "\r\n\r\n"));
    }

    @Test
    void slowRequestIsCut() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("GET /hello/a").getBytes(StandardCharsets.UTF_8));

            assertEquals(-1, socket.getInputStream().read());
        }
        assertStatus(200, get("/hello/a"));
    }

    @Test
    void idleConnectionIsCut() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write((head("GET /hello/abc") + "\r\n").getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            readUntil(in, "abc");

            assertEquals(-1, in.read());
        }
    }

    @Test
    void pipelinedRequestIsRefused() throws IOException {
        String request = head("GET /waits") + "\r\n";

        assertStatus(400, ask(request + request));
    }

    @Test
    void sourceHasAFewConnections() throws Exception {
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < LIMITS.connectionsOfSource(); i++) {
                Socket socket = connect();
                open.add(socket);
                socket.getOutputStream()
                        .write((head("GET /waits") + "\r\n").getBytes(StandardCharsets.UTF_8));
            }
            assertEquals("", get("/hello/a"));
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
        release.countDown();
        while (server.connections() > 0) {
            Thread.onSpinWait();
        }
        assertStatus(200, get("/hello/a"));
    }

    @Test
    void sourceHasARate() throws IOException {
        int refused = 0;
        for (int i = 0; i < 2 * LIMITS.burst(); i++) {
            refused += get("/hello/a").startsWith("HTTP/1.1 429") ? 1 : 0;
        }

        assertTrue(refused >= LIMITS.burst() / 2, refused + " refused");
    }

    @Test
    void headHasNoBody() throws IOException {
        String answer = ask(head("HEAD /hello/abc") + "Connection: close\r\n\r\n");

        assertStatus(200, answer);
        assertTrue(answer.toLowerCase().contains("content-length: 3"), answer);
        assertTrue(answer.endsWith("\r\n\r\n"), answer);
    }
}
