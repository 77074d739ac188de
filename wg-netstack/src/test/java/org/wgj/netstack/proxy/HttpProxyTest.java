// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/** Tests the HTTP proxy with raw requests and with the JDK's client. */
class HttpProxyTest {
    private final TestDialer dialer = new TestDialer();

    private RunningProxy open() throws IOException {
        return new RunningProxy(new HttpHandler(dialer, null, null, null));
    }

    private RunningProxy closed() throws IOException {
        return new RunningProxy(
                new HttpHandler(dialer, new Credentials("me", "s3cret"), null, null));
    }

    /** Sends a request and ends, and returns all that comes. */
    private static String exchange(RunningProxy proxy, String request) throws IOException {
        try (Socket socket = proxy.connect()) {
            socket.getOutputStream().write(bytes(request));
            socket.shutdownOutput();
            return all(socket);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String all(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended after " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** A server that answers with what it has read, as the body of its response. */
    private static TestServer mirror(int bodyBytes) throws IOException {
        return new TestServer(
                client -> {
                    StringBuilder request = new StringBuilder();
                    while (request.indexOf("\r\n\r\n") < 0) {
                        request.append((char) client.getInputStream().read());
                    }
                    request.append(
                            new String(
                                    client.getInputStream().readNBytes(bodyBytes),
                                    StandardCharsets.ISO_8859_1));
                    client.getOutputStream()
                            .write(
                                    bytes(
                                            "HTTP/1.1 200 Fine\r\nConnection: close, X-Hop\r\n"
                                                    + "X-Hop: 1\r\nX-End: 2\r\n\r\n"
                                                    + request));
                });
    }

    @Test
    void connectKeepsBothDirectionsOpenAfterTheEndOfOne() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server = TestServer.answersAtTheEnd();
                Socket socket = proxy.connect()) {
            String request = "CONNECT inside.test:" + server.port() + " HTTP/1.1\r\n";
            // The first bytes for the server come with the request.
            socket.getOutputStream().write(bytes(request + "Host: x\r\n\r\nearly "));
            socket.getOutputStream().write(bytes("late"));
            socket.shutdownOutput();
            assertEquals(
                    "HTTP/1.1 200 Connection established\r\n\r\ngot 10: early late", all(socket));
            assertEquals("inside.test", dialer.asked.peek());
        }
    }

    @Test
    void aGetIsSentOnWithItsPathAndWithoutFieldsOfTheConnection() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server = mirror(0)) {
            String at = "inside.test:" + server.port();
            String answer =
                    exchange(
                            proxy,
                            "GET http://"
                                    + at
                                    + "/a/b?c=d#e HTTP/1.1\r\nHost: wrong\r\nAccept: x\r\n"
                                    + "Proxy-Authorization: Basic bWU6eA==\r\n"
                                    + "Proxy-Connection: keep-alive\r\nKeep-Alive: 1\r\n"
                                    + "Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\n\r\n");
            assertEquals(
                    "HTTP/1.1 200 Fine\r\nX-End: 2\r\nConnection: close\r\n\r\n"
                            + "GET /a/b?c=d HTTP/1.1\r\nHost: "
                            + at
                            + "\r\nAccept: x\r\nConnection: close\r\n\r\n",
                    answer);
        }
    }

    @Test
    void aBodyIsCarriedAndWhatFollowsItIsNot() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server =
                        new TestServer(
                                client -> {
                                    byte[] all = client.getInputStream().readAllBytes();
                                    client.getOutputStream()
                                            .write(bytes("HTTP/1.1 200 OK\r\n\r\n"));
                                    client.getOutputStream().write(all);
                                })) {
            String at = "http://inside.test:" + server.port();
            String second = "GET " + at + "/second HTTP/1.1\r\n\r\n";
            String answer =
                    exchange(
                            proxy,
                            "POST " + at + " HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody" + second);
            assertTrue(answer.endsWith("\r\n\r\nbody"), answer);
            assertTrue(answer.contains("POST / HTTP/1.1\r\n"), answer);
            String chunks = "4;x=y\r\nbody\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n";
            answer =
                    exchange(
                            proxy,
                            "PUT "
                                    + at
                                    + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + chunks
                                    + second);
            assertTrue(answer.endsWith("\r\n\r\n" + chunks), answer);
        }
    }

    @Test
    void aServerThatAnswersBeforeTheBodyIsHeard() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server =
                        new TestServer(
                                client -> {
                                    head(client);
                                    client.getOutputStream()
                                            .write(bytes("HTTP/1.1 413 Too much\r\n\r\n"));
                                })) {
            Socket socket = proxy.connect();
            socket.getOutputStream()
                    .write(
                            bytes(
                                    "POST http://inside.test:"
                                            + server.port()
                                            + "/ HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n"));
            assertEquals("HTTP/1.1 413 Too much\r\nConnection: close\r\n\r\n", all(socket));
            socket.close();
            proxy.awaitNoConnections();
        }
    }

    @Test
    void interimResponsesAndAnUpgradePass() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server =
                        new TestServer(
                                client -> {
                                    String request = head(client);
                                    client.getOutputStream()
                                            .write(
                                                    bytes(
                                                            "HTTP/1.1 103 Early Hints\r\n"
                                                                    + "Link: x\r\n\r\n"
                                                                    + "HTTP/1.1 101 Switching\r\n"
                                                                    + "Connection: Upgrade\r\n"
                                                                    + "Upgrade: chat\r\n\r\n"
                                                                    + "hello"));
                                    if (request.contains("Upgrade: chat")) {
                                        client.getInputStream()
                                                .transferTo(client.getOutputStream());
                                    }
                                });
                Socket socket = proxy.connect()) {
            socket.getOutputStream()
                    .write(
                            bytes(
                                    "GET http://inside.test:"
                                            + server.port()
                                            + "/ HTTP/1.1\r\nConnection: upgrade\r\n"
                                            + "Upgrade: chat\r\n\r\n"));
            assertTrue(head(socket).startsWith("HTTP/1.1 103 Early Hints\r\nLink: x"));
            String switched = head(socket);
            assertTrue(switched.contains("Connection: Upgrade\r\nUpgrade: chat"), switched);
            socket.getOutputStream().write(bytes(" world"));
            socket.shutdownOutput();
            assertEquals("hello world", all(socket));
        }
    }

    @Test
    void theClientOfTheJdkFetchesThroughIt() throws Exception {
        try (RunningProxy proxy = open();
                TestServer server =
                        new TestServer(
                                client -> {
                                    head(client);
                                    client.getOutputStream()
                                            .write(
                                                    bytes(
                                                            "HTTP/1.1 200 OK\r\n"
                                                                    + "Content-Length: 2\r\n\r\n"
                                                                    + "hi"));
                                });
                HttpClient http =
                        HttpClient.newBuilder()
                                .proxy(ProxySelector.of(proxy.address()))
                                .version(HttpClient.Version.HTTP_1_1)
                                .build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("http://inside.test:" + server.port() + "/x"))
                            .build();
            HttpResponse<String> response = null;
            for (int i = 0; i < 3; i++) { // so that a connection that is not closed would show
                response = http.send(request, HttpResponse.BodyHandlers.ofString());
                assertEquals("hi", response.body());
            }
            assertEquals(200, response.statusCode());
        }
    }

    /** A request as curl --http2 sends it: the request itself must be answered like any other. */
    @Test
    void aPostThatOffersHttp2IsCarriedWithItsBodyAndWithoutTheOffer() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server = new TestServer(HttpProxyTest::keepAlive)) {
            try (Socket socket = proxy.connect()) {
                socket.getOutputStream()
                        .write(
                                bytes(
                                        "POST http://inside.test:"
                                                + server.port()
                                                + "/ HTTP/1.1\r\nConnection: Upgrade,"
                                                + " HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                                + "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
                                                + "Content-Length: 5\r\n\r\nhello"));
                HttpHead answer = HttpHead.parse(bytes(head(socket)));
                int length = Integer.parseInt(answer.value("Content-Length"));
                assertEquals(
                        "POST / HTTP/1.1 close none hello",
                        new String(
                                socket.getInputStream().readNBytes(length),
                                StandardCharsets.ISO_8859_1));
            }
            proxy.awaitNoConnections();
        }
    }

    @Test
    void theClientOfTheJdkThatKnowsHttp2FetchesAndPostsThroughItToAServerThatKeepsConnections()
            throws Exception {
        try (RunningProxy proxy = open();
                TestServer server = new TestServer(HttpProxyTest::keepAlive);
                HttpClient http =
                        HttpClient.newBuilder()
                                .proxy(ProxySelector.of(proxy.address()))
                                .connectTimeout(Duration.ofSeconds(10))
                                .build()) {
            URI uri = URI.create("http://inside.test:" + server.port() + "/x");
            for (int i = 0; i < 2; i++) {
                HttpRequest get =
                        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
                HttpResponse<String> got = http.send(get, HttpResponse.BodyHandlers.ofString());
                assertEquals("GET /x HTTP/1.1 close none", got.body());
                HttpRequest post =
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(10))
                                .POST(HttpRequest.BodyPublishers.ofString("hello"))
                                .build();
                HttpResponse<String> posted = http.send(post, HttpResponse.BodyHandlers.ofString());
                assertEquals("POST /x HTTP/1.1 close none hello", posted.body());
            }
            proxy.awaitNoConnections();
        }
    }

    /** Answers with what it has got, and waits for the next request or the end. */
    private static void keepAlive(Socket client) throws IOException {
        while (true) {
            HttpHead head = HttpHead.parse(bytes(head(client)));
            String length = head.value("Content-Length");
            byte[] body =
                    client.getInputStream()
                            .readNBytes(length == null ? 0 : Integer.parseInt(length));
            boolean asks = head.value("Upgrade") != null || head.value("HTTP2-Settings") != null;
            String answer =
                    head.first()
                            + " "
                            + head.value("Connection")
                            + (asks ? " upgrade" : " none")
                            + (body.length == 0 ? "" : " ")
                            + new String(body, StandardCharsets.ISO_8859_1);
            client.getOutputStream()
                    .write(
                            bytes(
                                    "HTTP/1.1 200 OK\r\nContent-Length: "
                                            + answer.length()
                                            + "\r\n\r\n"
                                            + answer));
        }
    }

    @Test
    void aClientThatLeavesAfterARefusedUpgradeIsNoticed() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server = new TestServer(HttpProxyTest::keepAlive)) {
            try (Socket socket = proxy.connect()) {
                socket.getOutputStream()
                        .write(
                                bytes(
                                        "GET http://inside.test:"
                                                + server.port()
                                                + "/ HTTP/1.1\r\nConnection: upgrade\r\n"
                                                + "Upgrade: chat\r\n\r\n"));
                assertTrue(head(socket).startsWith("HTTP/1.1 200 OK\r\n"));
                assertEquals(1, proxy.connections.size());
            }
            proxy.awaitNoConnections();
        }
    }

    /** Data on the way when the server ends is not dropped, however late the client reads. */
    @Test
    void aClientThatReadsLateGetsAllOfTheResponse() throws Exception {
        byte[] body = new byte[400_000];
        try (RunningProxy proxy = open();
                TestServer server =
                        new TestServer(
                                client -> {
                                    head(client);
                                    client.getOutputStream()
                                            .write(bytes("HTTP/1.1 200 OK\r\n\r\n"));
                                    client.getOutputStream().write(body);
                                })) {
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(4096);
                socket.setSoTimeout(10_000);
                socket.connect(proxy.address());
                socket.getOutputStream()
                        .write(
                                bytes(
                                        "GET http://inside.test:"
                                                + server.port()
                                                + "/ HTTP/1.1\r\n\r\n"));
                head(socket);
                Thread.sleep(
                        Connection.LAST_WORDS.plusMillis(1500)); // the client's pause is the case
                assertEquals(body.length, socket.getInputStream().readAllBytes().length);
            }
            proxy.awaitNoConnections();
        }
    }

    /** The codes are wireproxy's. */
    @ParameterizedTest
    @CsvSource({
        "'', 407, Proxy Authentication Required",
        "Basic !!!, 406, Not Acceptable",
        "Basic bWU=, 411, Length Required",
        "Basic bWU6d3Jvbmc=, 401, Unauthorized",
        "Bearer wrong, 401, Unauthorized"
    })
    void aClientWithoutTheRightPasswordIsTurnedAway(String value, int status, String reason)
            throws IOException {
        try (RunningProxy proxy = closed()) {
            String field = value.isEmpty() ? "" : "Proxy-Authorization: " + value + "\r\n";
            String answer = exchange(proxy, "CONNECT inside.test:1 HTTP/1.1\r\n" + field + "\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 " + status + " " + reason + "\r\n"), answer);
            assertTrue(
                    answer.endsWith(
                            "\r\n\r\nwireproxy: HTTP/1.1 " + status + " " + reason + "\r\n"),
                    answer);
            assertEquals(
                    status == 407,
                    answer.contains("\r\nProxy-Authenticate: Basic realm=\"Proxy\"\r\n"));
            assertTrue(dialer.asked.isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic", "basic", "Bearer"})
    void theRightPasswordIsLetIn(String scheme) throws IOException {
        String pair = Base64.getEncoder().encodeToString(bytes("me:s3cret"));
        String value = scheme.equals("Bearer") ? "Bearer s3cret" : scheme + " " + pair;
        try (RunningProxy proxy = closed();
                TestServer server = TestServer.answersAtTheEnd()) {
            String answer =
                    exchange(
                            proxy,
                            "CONNECT inside.test:"
                                    + server.port()
                                    + " HTTP/1.1\r\nProxy-Authorization: "
                                    + value
                                    + "\r\n\r\nx");
            assertTrue(answer.endsWith("got 1: x"), answer);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECT 127.0.0.1:PORT, 502 Bad Gateway",
        "CONNECT no.such.name:80, 502 Bad Gateway",
        "GET http://unreachable.test/, 502 Bad Gateway",
        "CONNECT late.test, 504 Gateway Timeout",
        "GET http://forbidden.test/, 403 Forbidden"
    })
    void aFailedAttemptIsAnswered(String line, String status) throws IOException {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = unused.getLocalPort();
        }
        try (RunningProxy proxy = open()) {
            String request = line.replace("PORT", Integer.toString(port));
            String answer = exchange(proxy, request + " HTTP/1.1\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 " + status + "\r\n"), answer);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET http://inside.test/",
                "GET https://inside.test/ HTTP/1.1",
                "GET http://inside.test/ HTTP/2.0",
                "CONNECT inside.test:99999 HTTP/1.1",
                "CONNECT :80 HTTP/1.1",
                "CONNECT a:b:80 HTTP/1.1",
                "GET / HTTP/1.1",
                "GET  http://inside.test/ HTTP/1.1",
                "GET http://inside.test/ HTTP/1.1\r\nHost: a\r\nHost: b",
                "GET http://inside.test/ HTTP/1.1\r\nName : value",
                "GET http://inside.test/ HTTP/1.1\r\n folded",
                "GET http://inside.test/ HTTP/1.1\r\nA: b\rC: d",
                "POST http://inside.test/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
                "POST http://inside.test/ HTTP/1.1\r\nContent-Length: +1",
                "POST http://inside.test/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked",
                "POST http://inside.test/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Length: 1"
            })
    void malformedAndAmbiguousRequestsAreRefused(String request) throws IOException {
        try (RunningProxy proxy = open()) {
            String answer = exchange(proxy, request + "\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
            assertTrue(dialer.asked.isEmpty());
        }
    }

    @Test
    void aHeadWithoutEndIsCutAt64KiB() throws IOException {
        try (RunningProxy proxy = open();
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(bytes("GET http://inside.test/ HTTP/1.1\r\nX: "));
            socket.getOutputStream().write(new byte[70_000]);
            assertTrue(all(socket).startsWith("HTTP/1.1 431 "));
        }
    }

    @Test
    void aServerThatDoesNotSpeakHttpIsReported() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server =
                        new TestServer(
                                client -> {
                                    head(client);
                                    client.getOutputStream().write(bytes("SSH-2.0-x\r\n\r\n"));
                                })) {
            String answer =
                    exchange(
                            proxy,
                            "GET http://inside.test:" + server.port() + "/ HTTP/1.1\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 502 Bad Gateway\r\n"), answer);
        }
    }

    @Test
    void theScriptForBrowsersNeedsNoPassword() throws IOException {
        PacFile pac =
                new PacFile(false, List.of("corp.test"), List.of("10.0.0.0 255.0.0.0"), List.of());
        HttpHandler handler = new HttpHandler(dialer, new Credentials("me", "s3cret"), null, pac);
        try (RunningProxy proxy = new RunningProxy(handler)) {
            String answer = exchange(proxy, "GET /proxy.pac HTTP/1.1\r\nHost: evil\r\n\r\n");
            InetSocketAddress at = proxy.address();
            String own = "PROXY 127.0.0.1:" + at.getPort();
            assertTrue(answer.contains("application/x-ns-proxy-autoconfig"), answer);
            assertTrue(
                    answer.contains("dnsDomainIs(host, \".corp.test\")) return \"" + own), answer);
            assertTrue(
                    answer.contains("isInNet(host, \"10.0.0.0\", \"255.0.0.0\")) return \"" + own),
                    answer);
            assertFalse(answer.contains("evil"), answer);
            assertTrue(answer.endsWith("return \"DIRECT\";\n}\n"), answer);
        }
    }

    @Test
    void aClientThatSendsLfAloneIsUnderstood() throws IOException {
        try (RunningProxy proxy = open();
                TestServer server = mirror(0);
                Socket socket = proxy.connect()) {
            socket.getOutputStream()
                    .write(
                            bytes(
                                    "HEAD http://inside.test:"
                                            + server.port()
                                            + " HTTP/1.0\nAccept: a\n\n"));
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            assertEquals("HTTP/1.1 200 Fine", in.readLine());
        }
    }
}
