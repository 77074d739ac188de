// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.claim.TunnelClaim;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Tests the whole of it between two tunnels over UDP on loopback. */
class NetstackTunnelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NO_ROOM = "MTU 1200 is below 1280, which IPv6 needs";

    private final PrivateKey serverKey = PrivateKey.generate();
    private final PrivateKey clientKey = PrivateKey.generate();
    private TunnelNet far;
    private ServerSocket echo;

    @BeforeEach
    void startTheFarSide() throws IOException {
        far =
                TunnelNet.builder()
                        .address(InetAddress.ofLiteral("10.0.0.1"))
                        .tunnel(
                                tunnel ->
                                        tunnel.privateKey(serverKey)
                                                .peer(
                                                        clientKey.publicKey(),
                                                        peer ->
                                                                peer.allowedIp(
                                                                        IpPrefix.parse(
                                                                                "10.0.0.2/32"))))
                        .open();
        echo = far.listen(7);
        Thread.ofVirtual()
                .start(
                        () -> {
                            while (!echo.isClosed()) {
                                try {
                                    Socket client = echo.accept();
                                    Thread.ofVirtual().start(() -> echo(client));
                                } catch (IOException e) {
                                    return;
                                }
                            }
                        });
    }

    private static void echo(Socket client) {
        try (client) {
            client.getOutputStream().write(client.getInputStream().readAllBytes());
        } catch (IOException e) {
            // The client has gone.
        }
    }

    @AfterEach
    void endTheFarSide() {
        far.close();
    }

    private String file(String more) {
        return "[Interface]\nAddress = 10.0.0.2\nPrivateKey = "
                + clientKey.toBase64()
                + "\n[Peer]\nPublicKey = "
                + serverKey.publicKey().toBase64()
                + "\nEndpoint = 127.0.0.1:"
                + far.tunnel().status().join().listenPort()
                + "\nAllowedIPs = 10.0.0.0/24\n"
                + more;
    }

    private ProxyConfig config(String more) throws IOException {
        return ProxyFile.parse("p.conf", file(more).getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static String ask(Socket socket, String text) throws IOException {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.shutdownOutput();
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void socksAndForwardsReachTheFarSideAndBack() throws IOException {
        try (ServerSocket local = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ProxyConfig config =
                    config(
                            "[Socks5]\nBindAddress = 127.0.0.1:0\n"
                                    + "[TCPClientTunnel]\nBindAddress = 127.0.0.1:0\n"
                                    + "Target = 10.0.0.1:7\n"
                                    + "[TCPServerTunnel]\nListenPort = 80\nTarget = 127.0.0.1:"
                                    + local.getLocalPort()
                                    + "\n");
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    echo(local.accept());
                                } catch (IOException e) {
                                    // The test has ended.
                                }
                            });
            try (ProxyProcess process =
                    ProxyProcess.start(
                            config, new HostAndPort("127.0.0.1", 0), TunnelClaim.none())) {
                Proxy socks =
                        new Proxy(
                                Proxy.Type.SOCKS, process.addressOf(config.sections().getFirst()));
                try (Socket socket = new Socket(socks)) {
                    socket.connect(new InetSocketAddress("10.0.0.1", 7));
                    assertEquals("through SOCKS", ask(socket, "through SOCKS"));
                }
                InetSocketAddress forward = process.addressOf(config.sections().get(1));
                try (Socket socket = new Socket(forward.getAddress(), forward.getPort())) {
                    assertEquals("forward", ask(socket, "forward"));
                }
                try (Socket socket = far.connect("10.0.0.2", 80, PATIENCE)) {
                    assertEquals("inbound", ask(socket, "inbound"));
                }
                try (Socket info = new Socket()) {
                    info.connect(process.infoAddress());
                    String metrics = ask(info, "GET /metrics HTTP/1.0\r\n\r\n");
                    assertTrue(
                            metrics.contains("public_key=" + serverKey.publicKey().toHex()),
                            metrics);
                    assertTrue(metrics.contains("\nallowed_ip=10.0.0.0/24\n"), metrics);
                    assertFalse(metrics.contains("last_handshake_time_sec=0\n"), metrics);
                }
            }
        }
    }

    /** Also with name servers, which never hear of localhost. */
    @Test
    void theFarSideReachesTargetsCalledLocalhost() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (ServerSocket local = new ServerSocket(0, 1, loopback);
                DatagramSocket localUdp = new DatagramSocket(new InetSocketAddress(loopback, 0));
                DatagramSocket farClient = far.datagram(0)) {
            answer(localUdp, bytes -> bytes);
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    echo(local.accept());
                                } catch (IOException e) {
                                    // The test has ended.
                                }
                            });
            String text =
                    file(
                            "[TCPServerTunnel]\nListenPort = 80\nTarget = localhost:"
                                    + local.getLocalPort()
                                    + "\n[UDPServerTunnel]\nListenPort = 9\nTarget = localhost:"
                                    + localUdp.getLocalPort()
                                    + "\n");
            ProxyConfig config =
                    ProxyFile.parse(
                            "p.conf",
                            text.replace("[Peer]", "DNS = 10.0.0.1\n[Peer]")
                                    .getBytes(StandardCharsets.UTF_8),
                            Map.of());
            // The session, because the far side does not know where this side is.
            NetstackTunnel tunnel = NetstackTunnel.open(config.tunnel(), config.tcp());
            try (ProxyProcess process = ProxyProcess.start(tunnel, config, null);
                    Socket first = tunnel.dialer().connect("10.0.0.1", 7, PATIENCE)) {
                assertEquals("first", ask(first, "first"));
                assertEquals(2, process.describe().size());
                try (Socket socket = far.connect("10.0.0.2", 80, PATIENCE)) {
                    assertEquals("inbound", ask(socket, "inbound"));
                }
                byte[] bytes = {1, 2, 3};
                assertArrayEquals(
                        bytes, exchange(farClient, new InetSocketAddress("10.0.0.2", 9), bytes));
            }
        }
    }

    private static byte[] exchange(DatagramSocket socket, SocketAddress to, byte[] bytes)
            throws IOException {
        socket.setSoTimeout(20_000);
        socket.send(new DatagramPacket(bytes, bytes.length, to));
        DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
        socket.receive(answer);
        return Arrays.copyOf(answer.getData(), answer.getLength());
    }

    /** Sends back what comes, changed by a function. */
    private static void answer(DatagramSocket socket, UnaryOperator<byte[]> answer) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                            while (!socket.isClosed()) {
                                try {
                                    packet.setLength(2000);
                                    socket.receive(packet);
                                    byte[] bytes =
                                            answer.apply(
                                                    Arrays.copyOf(
                                                            packet.getData(), packet.getLength()));
                                    socket.send(
                                            new DatagramPacket(
                                                    bytes,
                                                    bytes.length,
                                                    packet.getSocketAddress()));
                                } catch (IOException e) {
                                    return;
                                }
                            }
                        });
    }

    @Test
    void datagramsAndQuestionsCrossTheTunnel() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (DatagramSocket local = new DatagramSocket(new InetSocketAddress(loopback, 0));
                DatagramSocket client = new DatagramSocket();
                DatagramSocket farEcho = far.datagram(9);
                DatagramSocket farNames = far.datagram(53);
                DatagramSocket farClient = far.datagram(0)) {
            answer(local, bytes -> bytes);
            answer(farEcho, bytes -> bytes);
            answer(farNames, NetstackTunnelTest::noSuchName);
            String text =
                    file(
                            "[UDPProxyTunnel]\nBindAddress = 127.0.0.1:0\nTarget = 10.0.0.1:9\n"
                                    + "[UDPServerTunnel]\nListenPort = 9\nTarget = 127.0.0.1:"
                                    + local.getLocalPort()
                                    + "\n[DNS]\nBindAddress = 127.0.0.1:0\n");
            ProxyConfig config =
                    ProxyFile.parse(
                            "p.conf",
                            text.replace("[Peer]", "DNS = 10.0.0.1\n[Peer]")
                                    .getBytes(StandardCharsets.UTF_8),
                            Map.of());
            List<ProxySection> sections = config.sections();
            try (ProxyProcess process = ProxyProcess.start(config, null, TunnelClaim.none())) {
                byte[] bytes = {1, 2, 3};
                assertArrayEquals(
                        bytes, exchange(client, process.addressOf(sections.getFirst()), bytes));
                assertArrayEquals(
                        bytes, exchange(farClient, new InetSocketAddress("10.0.0.2", 9), bytes));
                byte[] question = {
                    7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'x', 1, 'y', 0, 0, 1, 0, 1
                };
                InetSocketAddress dns = process.addressOf(sections.get(2));
                byte[] response = exchange(client, dns, question);
                assertArrayEquals(new byte[] {7, 8}, Arrays.copyOf(response, 2));
                assertEquals(3, response[3] & 0xf); // no such name
                try (Socket socket = new Socket(dns.getAddress(), dns.getPort())) {
                    socket.setSoTimeout(20_000);
                    socket.getOutputStream().write(new byte[] {0, (byte) question.length});
                    socket.getOutputStream().write(question);
                    byte[] head = socket.getInputStream().readNBytes(6);
                    assertArrayEquals(new byte[] {7, 8}, Arrays.copyOfRange(head, 2, 4));
                    assertEquals(3, head[5] & 0xf);
                }
            }
        }
    }

    /** The header and the question with an error, without the options that followed. */
    private static byte[] noSuchName(byte[] query) {
        int end = 12;
        while (query[end] != 0) {
            end += 1 + query[end];
        }
        byte[] response = Arrays.copyOf(query, end + 5);
        response[2] = (byte) 0x81;
        response[3] = (byte) 0x83;
        response[11] = 0;
        return response;
    }

    @Test
    void aReloadKeepsTheSessionAndFollowsTheAllowedIps() throws IOException {
        ProxyConfig config = config("[Socks5]\nBindAddress = 127.0.0.1:0\n");
        NetstackTunnel tunnel = NetstackTunnel.open(config.tunnel(), config.tcp());
        try (ProxyProcess process = ProxyProcess.start(tunnel, config, null);
                Socket open = tunnel.dialer().connect("10.0.0.1", 7, PATIENCE)) {
            assertTrue(tunnel.covers(InetAddress.ofLiteral("10.0.0.9")));
            assertFalse(tunnel.covers(InetAddress.ofLiteral("10.0.1.9")));
            var before = tunnel.status().peers().getFirst().lastHandshake();
            ProxyConfig changed =
                    ProxyFile.parse(
                            "p.conf",
                            file("AllowedIPs = 10.0.1.0/24\n").getBytes(StandardCharsets.UTF_8),
                            Map.of());
            assertEquals(List.of(), process.reload(changed));
            assertTrue(tunnel.covers(InetAddress.ofLiteral("10.0.1.9")));
            assertEquals("still here", ask(open, "still here"));
            assertEquals(before, tunnel.status().peers().getFirst().lastHandshake());
            ProxyConfig moved =
                    ProxyFile.parse(
                            "p.conf",
                            file("[TCP]\nMemory = 32M\n")
                                    .replace("10.0.0.2", "10.0.0.3")
                                    .getBytes(StandardCharsets.UTF_8),
                            Map.of());
            assertEquals(
                    List.of(
                            "changes of Address, DNS and MTU need a restart",
                            "changes of [TCP] need a restart"),
                    process.reload(moved));
        }
    }

    /** A SYN tells the window scale, which is chosen for the largest buffer. */
    @Test
    void settingsOfTcpReachTheStack(@TempDir Path folder) throws IOException {
        ProxyConfig config = config("[TCP]\nMaxBuffer = 32M\nCongestionControl = newreno\n");
        Path packets = folder.resolve("packets.pcap");
        try (NetstackTunnel tunnel = NetstackTunnel.open(config.tunnel(), config.tcp())) {
            try (Closeable _ = tunnel.net().capture(packets);
                    Socket socket = tunnel.dialer().connect("10.0.0.1", 7, PATIENCE)) {
                assertEquals("x", ask(socket, "x"));
            }
            String bytes = Files.readString(packets, StandardCharsets.ISO_8859_1);
            assertTrue(bytes.contains("\u0003\u0003\u0009"), "no SYN with scale 9");
        }
    }

    @Test
    void aNameWithoutAddressDoesNotKeepARemovedPeer() throws IOException {
        ProxyConfig config = config("");
        try (NetstackTunnel tunnel = NetstackTunnel.open(config.tunnel(), config.tcp())) {
            PublicKey other = PrivateKey.generate().publicKey();
            String changed =
                    file("").replace(serverKey.publicKey().toBase64(), other.toBase64())
                            .replace("Endpoint = 127.0.0.1:", "Endpoint = nowhere.invalid:");
            for (int i = 0; i < 2; i++) { // it is tried again
                String warning =
                        tunnel.change(
                                ProxyFile.parse(
                                                "p.conf",
                                                changed.getBytes(StandardCharsets.UTF_8),
                                                Map.of())
                                        .tunnel());
                assertTrue(warning.startsWith("cannot resolve nowhere.invalid:"), warning);
                assertEquals(
                        List.of(other),
                        tunnel.status().peers().stream().map(PeerStatus::publicKey).toList());
            }
        }
    }

    /** With sessions renewed every 5 s, a peer without endpoint is seen after 2 s instead of 15. */
    @Test
    void aNameThatAReloadBroughtIsResolvedAgain() throws Exception {
        try (NetstackTunnel tunnel =
                NetstackTunnel.open(
                        "p",
                        config("").tunnel(),
                        TcpSettings.DEFAULT,
                        builder -> builder.rekeyAfter(Duration.ofSeconds(5)))) {
            String named = file("").replace("127.0.0.1", "localhost");
            ProxyConfig changed =
                    ProxyFile.parse("p.conf", named.getBytes(StandardCharsets.UTF_8), Map.of());
            assertNull(tunnel.change(changed.tunnel()));
            tunnel.net()
                    .tunnel()
                    .configure(
                            editor -> {
                                editor.removePeer(serverKey.publicKey());
                                editor.addPeer(serverKey.publicKey())
                                        .allowedIp(IpPrefix.parse("10.0.0.0/24"));
                            })
                    .join();
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (tunnel.status().peers().getFirst().endpoint() == null) {
                assertTrue(System.nanoTime() - end < 0, "the name is not watched");
                Thread.sleep(20);
            }
            try (Socket socket = tunnel.dialer().connect("10.0.0.1", 7, PATIENCE)) {
                assertEquals("found", ask(socket, "found"));
            }
        }
    }

    @Test
    void oneCommandConnectsAndPings(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("wg0.conf");
        Files.writeString(path, file(""));
        try (ProxyClient client = ProxyClient.open(path, Map.of(), "test", true)) {
            InetAddress host = client.resolve("10.0.0.1").getFirst();
            assertTrue(client.ping(host, PATIENCE).toNanos() > 0);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            client.carry(
                    "10.0.0.1",
                    7,
                    PATIENCE,
                    new ByteArrayInputStream("x\n".getBytes(StandardCharsets.UTF_8)),
                    out);
            assertEquals("x\n", out.toString(StandardCharsets.UTF_8));
        }
    }

    /** The file says IPv6 in Address, DNS and AllowedIPs, and has an MTU without room for it. */
    private String withoutRoomForIpv6(String more) {
        return file(more)
                .replace("[Peer]", "DNS = fd00::53\nMTU = 1200\n[Peer]")
                .replace("Address = 10.0.0.2", "Address = 10.0.0.2, fd00::2")
                .replace("10.0.0.0/24", "10.0.0.0/24, fd00::/64");
    }

    private static String failure(Executable call) {
        return assertThrows(IOException.class, call).getMessage();
    }

    /** What {@code wgj nc} and {@code wgj ping} say. */
    @Test
    void oneCommandSaysThatTheMtuHasNoRoomForIpv6(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("wg0.conf");
        Files.writeString(path, withoutRoomForIpv6(""));
        try (ProxyClient client = ProxyClient.open(path, Map.of(), "test", true)) {
            InetAddress target = client.resolve("fd00::5").getFirst();
            assertEquals(
                    "Network is unreachable: " + NO_ROOM,
                    failure(() -> client.ping(target, PATIENCE)));
            InputStream in = InputStream.nullInputStream();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertEquals(
                    "fd00::5 port 7: No route to host: " + NO_ROOM,
                    failure(() -> client.carry("fd00::5", 7, PATIENCE, in, out)));
            String name = failure(() -> client.resolve("db.office"));
            assertTrue(name.startsWith("db.office: "), name);
            assertTrue(name.endsWith(NO_ROOM + ")"), name);
            name = failure(() -> client.carry("db.office", 7, PATIENCE, in, out));
            assertTrue(name.endsWith(NO_ROOM + ")"), name);
            assertEquals(0, client.status().peers().getFirst().sentBytes());
            client.carry("10.0.0.1", 7, PATIENCE, in, out); // IPv4 goes on
        }
    }

    /** What {@code wgj proxy} and {@code wgj run --userspace} say. */
    @Test
    void aProxySaysThatTheMtuHasNoRoomForIpv6() throws IOException {
        ProxyConfig config =
                ProxyFile.parse(
                        "p.conf",
                        withoutRoomForIpv6("[http]\nBindAddress = 127.0.0.1:0\n")
                                .getBytes(StandardCharsets.UTF_8),
                        Map.of());
        assertTrue(
                config.warnings().getFirst().endsWith("cannot be asked, so that names are unknown"),
                config.warnings()::toString);
        try (ProxyProcess process = ProxyProcess.start(config, null, TunnelClaim.none())) {
            InetSocketAddress proxy = process.addressOf(config.sections().getFirst());
            for (String target : List.of("[fd00::5]:80", "db.office:80")) {
                try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
                    String answer =
                            ask(
                                    socket,
                                    "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\n\r\n"
                                            .formatted(target));
                    assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
                    if (target.startsWith("[")) {
                        assertTrue(answer.contains(NO_ROOM), answer);
                    }
                }
            }
        }
    }

    @Test
    void oneCommandKeepsTheRuleForTargetsOutside(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("p.conf");
        Files.writeString(path, file(""));
        assertTrue(
                refusal(path).endsWith(" is not covered by the allowed IPs of a peer"),
                refusal(path));
        Files.writeString(path, file("[Resolve]\nOutside = direct\n"));
        assertTrue(refusal(path).endsWith(" is the proxy's own machine or link"), refusal(path));
    }

    private static String refusal(Path path) throws IOException {
        try (ProxyClient client = ProxyClient.open(path, Map.of(), "test", true)) {
            return assertThrows(
                            IOException.class,
                            () ->
                                    client.carry(
                                            "169.254.1.1",
                                            9,
                                            PATIENCE,
                                            new ByteArrayInputStream(new byte[0]),
                                            new ByteArrayOutputStream()))
                    .getMessage();
        }
    }
}
