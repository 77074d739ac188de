// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Clients of the JDK through a network: TLS, HttpClient, and both proxies. */
@Timeout(120)
class ClientsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

    private static TwoNets nets;
    private static ServerSocket web;
    private static ServerSocket secureWeb;
    private static SSLContext tls;

    @BeforeAll
    static void open(@TempDir Path folder) throws Exception {
        tls = tls(folder);
        nets = new TwoNets();
        web = serve(null);
        secureWeb = serve(tls);
    }

    @AfterAll
    static void close() {
        nets.close();
    }

    /** A web server behind the tunnel, which answers with the path. */
    private static ServerSocket serve(SSLContext tlsOrNull) throws IOException {
        ServerSocket listening = nets.server.listen(0);
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    Socket accepted = listening.accept();
                                    Thread.ofVirtual().start(() -> answer(accepted, tlsOrNull));
                                }
                            } catch (IOException e) {
                                // closed
                            }
                        });
        return listening;
    }

    private static void answer(Socket accepted, SSLContext tlsOrNull) {
        try (Socket socket = tlsOrNull == null ? accepted : layered(accepted, tlsOrNull)) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            while (true) {
                String request = in.readLine();
                if (request == null) {
                    return;
                }
                String line;
                while ((line = in.readLine()) != null && !line.isEmpty()) {}
                String body = "you asked for " + request.split(" ")[1];
                socket.getOutputStream()
                        .write(
                                ("HTTP/1.1 200 OK\r\nContent-Length: "
                                                + body.length()
                                                + "\r\n\r\n"
                                                + body)
                                        .getBytes(UTF_8));
            }
        } catch (IOException e) {
            // the client went away
        }
    }

    private static Socket layered(Socket accepted, SSLContext context) throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(accepted, null, accepted.getPort(), true);
        socket.setUseClientMode(false);
        return socket;
    }

    /** A self-signed certificate for the server's address, which the client trusts. */
    private static SSLContext tls(Path folder) throws Exception {
        Path file = folder.resolve("key.p12");
        char[] password = "changeit".toCharArray();
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=test",
                                "-ext",
                                "san=ip:10.9.0.2",
                                "-alias",
                                "test",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                new String(password))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, keytool.waitFor(), said);
        KeyStore store = KeyStore.getInstance(file.toFile(), password);
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null);
        trusted.setCertificateEntry("test", store.getCertificate("test"));
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void tlsIsLayeredOnASocket() throws Exception {
        Socket plain = nets.client.connect("10.9.0.2", secureWeb.getLocalPort(), PATIENCE);
        try (SSLSocket socket =
                (SSLSocket)
                        tls.getSocketFactory()
                                .createSocket(plain, "10.9.0.2", secureWeb.getLocalPort(), true)) {
            socket.getOutputStream().write("GET /tls HTTP/1.1\r\n\r\n".getBytes(UTF_8));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertEquals("HTTP/1.1 200 OK", in.readLine());
        }
        assertTrue(plain.isClosed());
    }

    private static HttpClient.Builder client() throws IOException {
        return HttpClient.newBuilder()
                .sslContext(tls)
                .connectTimeout(PATIENCE)
                .proxy(nets.client.proxySelector());
    }

    private static String get(HttpClient client, String scheme, ServerSocket server)
            throws Exception {
        HttpResponse<String> response =
                client.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                scheme
                                                        + "://10.9.0.2:"
                                                        + server.getLocalPort()
                                                        + "/"
                                                        + scheme))
                                .timeout(PATIENCE)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    /** Two lines of set-up: neither a header nor an authenticator. */
    @Test
    void theHttpClientOfThisProcessNeedsNoPassword() throws Exception {
        assumeTrue(LINUX);
        try (HttpClient client = client().build()) {
            assertEquals("200 you asked for /http", get(client, "http", web));
            assertEquals("200 you asked for /https", get(client, "https", secureWeb));
            assertEquals("200 you asked for /https", get(client, "https", secureWeb));
        }
    }

    @Test
    void anotherProcessIsAskedForThePassword() throws Exception {
        ProxyAccess proxy = nets.client.httpProxy();
        String url = "http://10.9.0.2:" + web.getLocalPort() + "/other";
        assertEquals("407", other(proxy, url, "none"));
        assertEquals("401", other(proxy, url, "Bearer " + "x".repeat(22)));
        assertEquals("200", other(proxy, url, proxy.bearer()));
        String basic = proxy.username() + ":" + proxy.password();
        assertEquals(
                "200",
                other(
                        proxy,
                        url,
                        "Basic " + Base64.getEncoder().encodeToString(basic.getBytes(UTF_8))));
    }

    /** Asks the proxy from a JVM of its own; returns the status code. */
    private static String other(ProxyAccess proxy, String url, String authorization)
            throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                OtherProcess.class.getName(),
                                Integer.toString(proxy.address().getPort()),
                                url,
                                authorization)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertEquals(0, process.waitFor(), said);
        return said.substring(said.lastIndexOf('\n') + 1);
    }

    /** Speaks HTTP with a proxy and prints the status code. */
    static final class OtherProcess {
        private OtherProcess() {}

        public static void main(String[] arguments) throws IOException {
            try (Socket socket = new Socket("127.0.0.1", Integer.parseInt(arguments[0]))) {
                String header =
                        arguments[2].equals("none")
                                ? ""
                                : "Proxy-Authorization: " + arguments[2] + "\r\n";
                socket.getOutputStream()
                        .write(
                                ("GET "
                                                + arguments[1]
                                                + " HTTP/1.1\r\nHost: x\r\n"
                                                + header
                                                + "\r\n")
                                        .getBytes(UTF_8));
                String line =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))
                                .readLine();
                System.out.println(line.split(" ")[1]);
            }
        }
    }

    @Test
    void theJdksSocksClientConnectsWithThePassword() throws Exception {
        ProxyAccess socks = nets.client.socks();
        Authenticator before = Authenticator.getDefault();
        Authenticator.setDefault(
                new Authenticator() {
                    @Override
                    protected PasswordAuthentication getPasswordAuthentication() {
                        return socks.authentication();
                    }
                });
        try (Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, socks.address()))) {
            socket.connect(
                    InetSocketAddress.createUnresolved("10.9.0.2", web.getLocalPort()), 10_000);
            socket.getOutputStream().write("GET /socks HTTP/1.1\r\n\r\n".getBytes(UTF_8));
            byte[] expected = "HTTP/1.1 200 OK".getBytes(UTF_8);
            assertArrayEquals(expected, socket.getInputStream().readNBytes(expected.length));
        } finally {
            Authenticator.setDefault(before);
        }
        try (Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, socks.address()))) {
            assertThrows(
                    SocketException.class,
                    () ->
                            socket.connect(
                                    InetSocketAddress.createUnresolved(
                                            "10.9.0.2", web.getLocalPort()),
                                    10_000));
        }
    }

    @Test
    void theSelectorLeavesOtherSchemesAlone() throws Exception {
        var selector = nets.client.proxySelector();
        assertEquals(List.of(Proxy.NO_PROXY), selector.select(URI.create("socket://x:1")));
        assertEquals(
                List.of(new Proxy(Proxy.Type.HTTP, nets.client.httpProxy().address())),
                selector.select(URI.create("HTTPS://db.internal/")));
    }

    @Test
    void onlyOwnConnectionsAreKnownAsOwn() throws Exception {
        assumeTrue(LINUX);
        try (ServerSocket listening =
                        new ServerSocket(0, 5, java.net.InetAddress.ofLiteral("127.0.0.1"));
                Socket client = new Socket("127.0.0.1", listening.getLocalPort());
                Socket accepted = listening.accept()) {
            InetSocketAddress from = (InetSocketAddress) accepted.getRemoteSocketAddress();
            assertTrue(OwnProcess.has(from, listening.getLocalPort()));
            assertTrue(!OwnProcess.has(from, listening.getLocalPort() + 1));
            assertTrue(
                    !OwnProcess.has(
                            new InetSocketAddress("127.0.0.2", from.getPort()),
                            listening.getLocalPort()));
            assertTrue(client.isConnected());
        }
    }
}
