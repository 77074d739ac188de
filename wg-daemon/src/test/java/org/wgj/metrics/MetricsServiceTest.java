// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.metrics.Examples.NOW;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelStatus;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

@Timeout(60)
class MetricsServiceTest {
    private static final ListenAddress ANY_PORT = ListenAddress.parse("127.0.0.1:0");
    private static final MetricsServer.Times SHORT =
            new MetricsServer.Times(
                    Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300));

    @TempDir private Path folder;

    private final Interfaces interfaces = new Interfaces(true);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private MetricsService service;

    /** An interface whose state a test sets. */
    private static final class Fixed implements Configurable {
        private final CompletableFuture<TunnelStatus> status;

        Fixed(CompletableFuture<TunnelStatus> status) {
            this.status = status;
        }

        Fixed(InterfaceView view) {
            this(CompletableFuture.completedFuture(view.status()));
        }

        @Override
        public CompletableFuture<TunnelStatus> status() {
            return status.copy();
        }

        @Override
        public CompletableFuture<DataPathInfo> dataPath() {
            return CompletableFuture.completedFuture(Examples.dataPath());
        }

        @Override
        public CompletableFuture<StatusWithKeys> statusWithKeys() {
            throw new AssertionError("metrics ask for no keys");
        }

        @Override
        public CompletableFuture<Void> configure(TunnelChange change) {
            throw new AssertionError("metrics change nothing");
        }
    }

    @BeforeEach
    void addInterfaces() {
        interfaces.add("wg0", new Fixed(Examples.view("wg0")), folder.resolve("wg0.conf"));
        interfaces.add("wg1", new Fixed(Examples.view("wg1")), folder.resolve("wg1.conf"));
    }

    @AfterEach
    void stop() {
        client.close();
        if (service != null) {
            service.close();
        }
    }

    private void start(ListenAddress address, MetricsServer.Times times) throws IOException {
        service = MetricsService.start(address, interfaces, PeerSelection.ALL, () -> NOW, times);
    }

    private HttpResponse<String> ask(String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                                java.net.URI.create("http://127.0.0.1:" + service.port() + path))
                        .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String... headers)
            throws IOException, InterruptedException {
        return ask("GET", path, headers);
    }

    private static String typeOf(HttpResponse<String> response) {
        return response.headers().firstValue("Content-Type").orElseThrow();
    }

    @Test
    void servesBothFormats() throws IOException, InterruptedException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        Files.writeString(
                folder.resolve("wg1.conf"),
                "# Alice\n[Peer]\nPublicKey = " + Examples.ALICE.toBase64() + "\n");
        HttpResponse<String> text = get("/metrics");
        assertEquals(200, text.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", typeOf(text));
        assertTrue(text.body().contains("# TYPE wireguard_sent_bytes_total counter\n"));
        assertTrue(text.body().contains(",friendly_name=\"Alice\"} "), text.body());
        assertTrue(text.body().contains("\nwgj_failed_files 0\n"));
        assertFalse(text.body().contains("# EOF"));

        HttpResponse<String> open = get("/metrics", "Accept", "application/openmetrics-text");
        assertEquals("application/openmetrics-text; version=1.0.0; charset=utf-8", typeOf(open));
        assertTrue(open.body().contains("# TYPE wireguard_sent_bytes counter\n"));
        assertTrue(open.body().contains("\nwireguard_sent_bytes_total{"));
        assertTrue(open.body().contains("# TYPE wireguard_device info\n"));
        assertTrue(open.body().endsWith("\n# EOF\n"));
    }

    @Test
    void servesOneInterfaceOrAnotherForm() throws IOException, InterruptedException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        String one = get("/metrics?device=wg1").body();
        assertTrue(one.contains("device=\"wg1\""));
        assertFalse(one.contains("wg0"), one);
        assertEquals(404, get("/metrics?device=wg2").statusCode());
        String easy =
                get("/metrics?compat=wg-easy&device=wg0", "Accept", "application/openmetrics-text")
                        .body();
        assertTrue(easy.contains("ipv4Address=\"10.0.0.2\""), easy);
        assertFalse(easy.contains("# EOF"));
        assertEquals(400, get("/metrics?compat=other").statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 200",
        "GET, /metrics/, 404",
        "GET, /%2e%2e/etc/passwd, 404",
        "GET, /metrics?%zz, 400",
        "POST, /metrics, 405",
        "DELETE, /, 405",
        "HEAD, /metrics, 200",
        "HEAD, /nothing, 404"
    })
    void answersOnlyWhatItServes(String method, String path, int status) throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        String answer =
                raw(method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
        if (method.equals("HEAD")) {
            assertTrue(answer.endsWith("\r\n\r\n"), answer);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'GARBAGE\r\n\r\n', 400",
        "'GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello', 413",
        "'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 413",
        "'GET / HTTP/1.1\r\nbroken\r\n\r\n', 400"
    })
    void refusesWhatIsNotAPlainRequest(String request, int status) throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        String answer = raw(request);
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    }

    @Test
    void boundsTheHead() throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        String line = raw("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n\r\n");
        assertTrue(line.startsWith("HTTP/1.1 400 "), line);
        String headers = raw("GET / HTTP/1.1\r\nX: " + "a".repeat(9000) + "\r\n\r\n");
        assertTrue(headers.startsWith("HTTP/1.1 400 "), headers);
    }

    @Test
    void anOldClientGetsThePageToTheEndOfTheConnection() throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        String answer = raw("GET /healthz HTTP/1.0\r\n\r\n");
        assertTrue(answer.endsWith("\r\n\r\nok\n"), answer);
        assertFalse(answer.contains("chunked"), answer);
    }

    @Test
    void severalRequestsUseOneConnection() throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        try (Socket socket = new Socket("127.0.0.1", service.port())) {
            for (int i = 0; i < 3; i++) {
                write(socket, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
                String answer = readUntil(socket.getInputStream(), "0\r\n\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            }
        }
    }

    @Test
    void cutsAClientThatSendsNoWholeRequest() throws IOException {
        start(ANY_PORT, SHORT);
        try (Socket socket = new Socket("127.0.0.1", service.port())) {
            write(socket, "GET /healthz HTTP/1.1\r\nHost:");
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    void cutsAnIdleClient() throws IOException {
        start(ANY_PORT, SHORT);
        try (Socket socket = new Socket("127.0.0.1", service.port())) {
            write(socket, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            readUntil(socket.getInputStream(), "0\r\n\r\n");
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    /** The page is larger than all buffers of the system, and the client reads nothing. */
    @Test
    void cutsAClientThatDoesNotTakeItsPage() throws IOException, InterruptedException {
        PeerStatus[] peers =
                IntStream.range(0, 20_000)
                        .mapToObj(i -> Examples.peer(Examples.ALICE, NOW, 0, "10.0.0.0/8"))
                        .toArray(PeerStatus[]::new);
        interfaces.add("wg2", new Fixed(Examples.view("wg2", peers)), folder.resolve("wg2.conf"));
        start(
                ANY_PORT,
                new MetricsServer.Times(
                        Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(30)));
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(8192);
            slow.connect(new InetSocketAddress("127.0.0.1", service.port()));
            write(slow, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
            assertEquals('H', slow.getInputStream().read());
            while (service.connections() > 0) {
                Thread.sleep(20); // JUnit bounds it
            }
            IOException cut =
                    assertThrows(
                            IOException.class,
                            () -> readUntil(slow.getInputStream(), "\r\n0\r\n\r\n"));
            assertFalse(cut.getMessage().isEmpty()); // a reset, or the end of the connection
        }
    }

    @Test
    void boundsTheAnswersUnderWay() throws IOException, InterruptedException {
        CompletableFuture<TunnelStatus> gate = new CompletableFuture<>();
        interfaces.add("wg2", new Fixed(gate), folder.resolve("wg2.conf"));
        start(ANY_PORT, MetricsServer.Times.USUAL);
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < MetricsServer.MAX_ANSWERS; i++) {
            Socket socket = new Socket("127.0.0.1", service.port());
            write(socket, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            waiting.add(socket);
        }
        int status;
        do { // until the server has read all four requests
            status = get("/").statusCode();
        } while (status == 200);
        assertEquals(503, status);
        gate.complete(Examples.view("wg2").status());
        for (Socket socket : waiting) {
            String answer = readUntil(socket.getInputStream(), "0\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 "), answer);
            socket.close();
        }
        assertEquals(200, get("/healthz").statusCode());
    }

    @Test
    void aNewConnectionTakesThePlaceOfTheLongestIdleOne() throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        List<Socket> idle = new ArrayList<>();
        for (int i = 0; i < MetricsServer.MAX_CONNECTIONS; i++) {
            Socket socket = new Socket("127.0.0.1", service.port());
            write(socket, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            readUntil(socket.getInputStream(), "0\r\n\r\n");
            idle.add(socket);
        }
        assertTrue(
                raw("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
                        .startsWith("HTTP/1.1 200 "));
        assertEquals(-1, idle.getFirst().getInputStream().read());
        write(idle.getLast(), "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        readUntil(idle.getLast().getInputStream(), "0\r\n\r\n");
        for (Socket socket : idle) {
            socket.close();
        }
    }

    @Test
    void probesTellTheState() throws IOException, InterruptedException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        assertEquals(200, get("/healthz").statusCode());
        assertEquals(200, get("/readyz").statusCode(), "Alice is up, Bob needs not be");
        assertEquals(503, get("/readyz?max-age=60s").statusCode());
        assertEquals(400, get("/readyz?max-age=never").statusCode());
        assertEquals(400, get("/readyz?peers=some").statusCode());

        interfaces.setDown(List.of("wg7.conf"));
        HttpResponse<String> down = get("/readyz");
        assertEquals(503, down.statusCode());
        assertTrue(
                down.body().contains("wg7.conf: unhealthy: its interface has not come up"),
                down.body());
        assertTrue(get("/metrics").body().contains("\nwgj_failed_files 1\n"));
        assertEquals(200, get("/healthz").statusCode(), "starting again would not help");
    }

    /** Else one machine that is switched off would take all others out of service. */
    @Test
    void aDeadPeerIsNoFaultOfANodeOfAMesh() throws IOException, InterruptedException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        interfaces.setMesh(() -> CompletableFuture.completedFuture(MeshExamples.node()));
        interfaces.add(
                "wg2",
                new Fixed(Examples.view("wg2", Examples.peer(Examples.ALICE, null, 25))),
                folder.resolve("wg2.conf"));
        HttpResponse<String> ready = get("/readyz");
        assertEquals(200, ready.statusCode(), ready.body());
        assertTrue(ready.body().contains("\nmesh prod: healthy: map 41, 2 of 3 links are up"));
        assertEquals(503, get("/readyz?peers=all").statusCode());
        assertEquals(503, get("/readyz?max-age=5m").statusCode());

        interfaces.setMesh(() -> CompletableFuture.completedFuture(MeshExamples.newcomer()));
        HttpResponse<String> early = get("/readyz?peers=any");
        assertEquals(503, early.statusCode());
        assertTrue(early.body().contains("mesh prod: unhealthy: no map"), early.body());
        assertEquals(200, get("/healthz").statusCode(), "starting again would not help");
    }

    @Test
    void aStuckInterfaceIsNamedAndTheOthersAreShown() throws IOException, InterruptedException {
        Fixed stuck = new Fixed(new CompletableFuture<>());
        interfaces.add("wg2", stuck, folder.resolve("wg2.conf"));
        start(ANY_PORT, MetricsServer.Times.USUAL);
        HttpResponse<String> alive = get("/healthz");
        assertEquals(503, alive.statusCode());
        assertEquals("no answer from wg2\n", alive.body());
        assertTrue(get("/metrics").body().contains("device=\"wg1\""));
        interfaces.remove(stuck);
        assertEquals(200, get("/healthz").statusCode());
    }

    @Test
    void aUnixSocketIsForItsOwnerAndGroup() throws IOException {
        Path socket = folder.resolve("metrics.sock");
        try (var stale = java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(socket));
        }
        assertTrue(Files.exists(socket), "what a killed process leaves");
        start(new ListenAddress.Unix(socket), MetricsServer.Times.USUAL);
        assertEquals(
                "rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(
                    ByteBuffer.wrap(
                            "GET /healthz HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(1000);
            while (channel.read(answer) >= 0) {
                // to the end
            }
            assertTrue(new String(answer.array(), StandardCharsets.US_ASCII).contains("\nok\n"));
        }
        IOException taken =
                assertThrows(
                        IOException.class,
                        () ->
                                MetricsService.start(
                                        new ListenAddress.Unix(socket),
                                        interfaces,
                                        PeerSelection.ALL));
        assertTrue(taken.getMessage().contains("unix:" + socket), taken.getMessage());
        service.close();
        assertFalse(Files.exists(socket));
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        start(ANY_PORT, MetricsServer.Times.USUAL);
        ListenAddress same = ListenAddress.parse("127.0.0.1:" + service.port());
        IOException taken =
                assertThrows(
                        IOException.class,
                        () -> MetricsService.start(same, interfaces, PeerSelection.ALL));
        assertTrue(taken.getMessage().contains(same.toString()), taken.getMessage());
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", service.port())) {
            write(socket, request);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String readUntil(InputStream in, String end) throws IOException {
        StringBuilder read = new StringBuilder();
        byte[] piece = new byte[8192];
        while (read.lastIndexOf(end) < 0 || !read.toString().endsWith(end)) {
            int count = in.read(piece);
            if (count < 0) {
                throw new IOException("the connection ended after " + read.length());
            }
            read.append(new String(piece, 0, count, StandardCharsets.UTF_8));
            if (read.length() > 1 << 20) {
                read.delete(0, read.length() - 100); // only its end counts
            }
        }
        return read.toString();
    }
}
