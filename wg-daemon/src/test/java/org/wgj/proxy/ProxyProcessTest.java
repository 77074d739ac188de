// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.netstack.proxy.TargetRefusedException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Tests the listeners of a file over a tunnel to loopback, and what a reload changes. */
class ProxyProcessTest {
    private static final String TUNNEL =
            "[Interface]\nAddress = 10.0.0.2\nPrivateKey = "
                    + PrivateKey.generate().toBase64()
                    + "\nDNS = 10.0.0.1\nCheckAlive = 10.0.0.1\n[Peer]\nPublicKey = "
                    + PrivateKey.generate().publicKey().toBase64()
                    + "\n";

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final FakeTunnel tunnel = new FakeTunnel();

    private static ProxyConfig config(String sections) throws IOException {
        return ProxyFile.parse(
                "p.conf", (TUNNEL + sections).getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private ProxyProcess start(ProxyConfig config) throws IOException {
        return ProxyProcess.start(tunnel, config, new HostAndPort("127.0.0.1", 0));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
            return socket.getLocalPort();
        }
    }

    /** Sends back what comes. */
    private static ServerSocket echo() throws IOException {
        ServerSocket server = new ServerSocket(0, 10, LOOPBACK);
        Thread.ofVirtual()
                .start(
                        () -> {
                            while (!server.isClosed()) {
                                try {
                                    Socket client = server.accept();
                                    Thread.ofVirtual().start(() -> echo(client));
                                } catch (IOException e) {
                                    return;
                                }
                            }
                        });
        return server;
    }

    private static void echo(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // The client has gone.
        }
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(10_000);
        socket.connect(address);
        return socket;
    }

    private static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write(42);
        assertEquals(42, socket.getInputStream().read());
    }

    private static String get(InetSocketAddress address, String path) throws IOException {
        try (Socket socket = connect(address)) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void everyListenerServes() throws IOException {
        try (ServerSocket server = echo();
                DatagramSocket udp = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
            ProxyConfig config =
                    config(
                            ("[Socks5]\nBindAddress = 127.0.0.1:0\n"
                                            + "[TCPClientTunnel]\nBindAddress = 127.0.0.1:0\n"
                                            + "Target = 127.0.0.1:PORT\n"
                                            + "[TCPServerTunnel]\nListenPort = 0\n"
                                            + "Target = localhost:PORT\n"
                                            + "[DNS]\nBindAddress = 127.0.0.1:0\n")
                                    .replace("PORT", Integer.toString(server.getLocalPort())));
            try (ProxyProcess process = start(config)) {
                List<ProxySection> sections = config.sections();
                Proxy socks = new Proxy(Proxy.Type.SOCKS, process.addressOf(sections.getFirst()));
                try (Socket socket = new Socket(socks)) {
                    socket.connect(server.getLocalSocketAddress());
                    assertEchoes(socket);
                }
                try (Socket socket = connect(process.addressOf(sections.get(1)))) {
                    assertEchoes(socket);
                }
                int inner = process.addressOf(sections.get(2)).getPort();
                try (Socket socket = connect(new InetSocketAddress(LOOPBACK, inner))) {
                    assertEchoes(socket);
                }
                udp.setSoTimeout(10_000);
                byte[] question = {1, 2, 3};
                udp.send(new DatagramPacket(question, 3, process.addressOf(sections.get(3))));
                DatagramPacket answer = new DatagramPacket(new byte[3], 3);
                udp.receive(answer);
                assertArrayEquals(question, answer.getData());
                assertEquals(5, process.describe().size());
            }
            assertTrue(tunnel.closed);
        }
    }

    @Test
    void aReloadKeepsConnectionsAndChangesOnlyWhatDiffers() throws IOException {
        try (ServerSocket second = echo()) {
            ServerSocket first = echo();
            int kept = freePort();
            int removed = freePort();
            int added = freePort();
            ProxyConfig before = config(forward(kept, first) + forward(removed, first));
            try (ProxyProcess process = start(before);
                    Socket onKept = connect(new InetSocketAddress(LOOPBACK, kept));
                    Socket onRemoved = connect(new InetSocketAddress(LOOPBACK, removed))) {
                assertEchoes(onKept);
                assertEchoes(onRemoved);
                ProxyConfig after = config(forward(kept, second) + forward(added, second));
                assertEquals(List.of(), process.reload(after));
                assertEquals(after.tunnel(), tunnel.changedTo);
                assertEchoes(onKept);
                assertEchoes(onRemoved);
                first.close(); // so the next ones reach the second server or none
                try (Socket socket = connect(new InetSocketAddress(LOOPBACK, kept))) {
                    assertEchoes(socket);
                }
                try (Socket socket = connect(new InetSocketAddress(LOOPBACK, added))) {
                    assertEchoes(socket);
                }
                assertThrows(
                        ConnectException.class,
                        () -> connect(new InetSocketAddress(LOOPBACK, removed)).close());
            }
        }
    }

    private static String forward(int port, ServerSocket target) {
        return "[TCPClientTunnel]\nBindAddress = 127.0.0.1:"
                + port
                + "\nTarget = 127.0.0.1:"
                + target.getLocalPort()
                + "\n";
    }

    @Test
    void aReloadWithATakenPortReportsItAndKeepsTheRest() throws IOException {
        try (ServerSocket server = echo();
                ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            int kept = freePort();
            try (ProxyProcess process = start(config(forward(kept, server)))) {
                List<String> problems =
                        process.reload(
                                config(
                                        forward(kept, server)
                                                + forward(taken.getLocalPort(), server)));
                assertEquals(1, problems.size());
                assertTrue(
                        problems.getFirst()
                                .startsWith(
                                        "[TCPClientTunnel]: cannot listen on TCP 127.0.0.1:"
                                                + taken.getLocalPort()),
                        problems::toString);
                try (Socket socket = connect(new InetSocketAddress(LOOPBACK, kept))) {
                    assertEchoes(socket);
                }
            }
        }
    }

    @Test
    void aTakenPortAtTheStartEndsEverything() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            ProxyConfig config = config(forward(taken.getLocalPort(), taken));
            IOException e = assertThrows(IOException.class, () -> start(config));
            assertTrue(e.getMessage().contains("cannot listen on TCP 127.0.0.1:"), e.getMessage());
            assertTrue(tunnel.closed);
        }
        ProxyConfig twice =
                config(
                        "[Socks5]\nBindAddress = 127.0.0.1:9\n"
                                + "[http]\nBindAddress = 127.0.0.1:9\n");
        IOException e = assertThrows(IOException.class, () -> start(twice));
        assertEquals("two sections listen on TCP 127.0.0.1:9", e.getMessage());
    }

    @Test
    void readinessFollowsThePings() throws IOException, InterruptedException {
        try (ProxyProcess process = start(config(""))) {
            InetSocketAddress info = process.infoAddress();
            String ready = get(info, "/readyz");
            for (int i = 0; i < 500 && ready.startsWith("HTTP/1.1 503"); i++) {
                Thread.sleep(10);
                ready = get(info, "/readyz");
            }
            assertTrue(ready.startsWith("HTTP/1.1 200 OK\r\n"), ready);
            assertTrue(ready.matches("(?s).*\\{\"10.0.0.1\":\\d{9,}}"), ready);
            String metrics = get(info, "/metrics");
            assertTrue(
                    metrics.endsWith("\r\n\r\nprivate_key=REDACTED\nlisten_port=51820\n"), metrics);
            assertTrue(get(info, "/").startsWith("HTTP/1.1 404 "));
        }
        tunnel.answersPings = false;
        try (ProxyProcess process = start(config(""))) {
            String ready = get(process.infoAddress(), "/readyz");
            assertTrue(ready.startsWith("HTTP/1.1 503 "), ready);
            assertTrue(ready.endsWith("{\"10.0.0.1\":0}"), ready);
        }
    }

    @Test
    void standardStreamsReachTheirTarget() throws IOException {
        try (ServerSocket server = echo()) {
            ProxyConfig config =
                    config("[STDIOTunnel]\nTarget = 127.0.0.1:" + server.getLocalPort() + "\n");
            try (ProxyProcess process = start(config)) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                assertTrue(
                        process.carryStandardStreams(
                                new ByteArrayInputStream(new byte[] {1, 2}), out));
                assertArrayEquals(new byte[] {1, 2}, out.toByteArray());
                assertNull(process.addressOf(config.sections().getFirst()));
                assertNotNull(process.infoAddress());
            }
            try (ProxyProcess process = start(config(""))) {
                assertFalse(
                        process.carryStandardStreams(
                                new ByteArrayInputStream(new byte[0]),
                                new ByteArrayOutputStream()));
            }
        }
    }

    /** The rule for other targets holds for standard streams as it does for the proxies. */
    @Test
    void standardStreamsKeepTheRuleForTargetsOutside() throws IOException {
        String section = "[STDIOTunnel]\nTarget = 169.254.1.1:9\n";
        assertEquals(
                "169.254.1.1 is not covered by the allowed IPs of a peer",
                refusalOfStandardStreams(section));
        assertEquals(
                "169.254.1.1 is the proxy's own machine or link",
                refusalOfStandardStreams(section + "[Resolve]\nOutside = direct\n"));
    }

    private String refusalOfStandardStreams(String sections) throws IOException {
        try (ProxyProcess process = start(config(sections))) {
            return assertThrows(
                            TargetRefusedException.class,
                            () ->
                                    process.carryStandardStreams(
                                            new ByteArrayInputStream(new byte[0]),
                                            new ByteArrayOutputStream()))
                    .getMessage();
        }
    }

    @Test
    void targetsOutsideOfTheAllowedIpsAreRefused() throws IOException {
        ProxyConfig config = config("[Socks5]\nBindAddress = 127.0.0.1:0\n");
        try (ProxyProcess process = start(config)) {
            Proxy socks =
                    new Proxy(Proxy.Type.SOCKS, process.addressOf(config.sections().getFirst()));
            try (Socket socket = new Socket(socks)) {
                SocketException e =
                        assertThrows(
                                SocketException.class,
                                () -> socket.connect(new InetSocketAddress("192.0.2.1", 80)));
                assertEquals("SOCKS: Connection not allowed by ruleset", e.getMessage());
            }
        }
    }

    @Test
    void aReloadAppliesTheRulesOfNamesToAForwardThatStays() throws IOException {
        try (DatagramSocket server = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
                DatagramSocket client = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
            server.setSoTimeout(20_000);
            String forward =
                    "[UDPProxyTunnel]\nBindAddress = 127.0.0.1:0\nTarget = localhost:"
                            + server.getLocalPort()
                            + "\n[Resolve]\nResolveStrategy = ";
            ProxyConfig config = config(forward + "ipv6\n");
            try (ProxyProcess process = start(config)) {
                InetSocketAddress at = process.addressOf(config.sections().getFirst());
                assertEquals(List.of(), process.reload(config(forward + "ipv4\n")));
                assertEquals(at, process.addressOf(config.sections().getFirst()));
                client.send(new DatagramPacket(new byte[] {1}, 1, at));
                DatagramPacket received = new DatagramPacket(new byte[10], 10);
                server.receive(received); // it is bound to IPv4
                assertEquals(1, received.getLength());
            }
        }
    }
}
