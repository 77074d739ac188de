// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.netstack.tcp.congestion.CongestionRule;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A program's use of a network: two of them in one JVM, joined by real datagrams. */
@Timeout(60)
class TunnelNetTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static TwoNets nets;

    @BeforeAll
    static void open() throws Exception {
        nets = new TwoNets();
    }

    @AfterAll
    static void close() {
        nets.close();
    }

    /** Connects to a server that answers one line. */
    private static void exchange(InetAddress server) throws Exception {
        try (ServerSocket listening = nets.server.listen(0);
                Socket client =
                        nets.client.connect(
                                server.getHostAddress(), listening.getLocalPort(), PATIENCE);
                Socket accepted = listening.accept()) {
            client.getOutputStream().write("hello".getBytes());
            assertArrayEquals("hello".getBytes(), accepted.getInputStream().readNBytes(5));
            assertEquals(server, client.getInetAddress());
        }
    }

    @Test
    void theCongestionControlIsChosenByName() throws Exception {
        try (TunnelNet net =
                TunnelNet.builder()
                        .address(TwoNets.CLIENT4)
                        .congestionControl("cubic-tolerant")
                        .open()) {
            CongestionRule rule =
                    net.sockets().call(() -> net.tun().stack().tcp().defaults().congestionOrNull());
            assertEquals(CongestionRule.TOLERANT_CUBIC, rule);
        }
        TunnelNetBuilder builder = TunnelNet.builder();
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> builder.congestionControl("bbr"));
        assertTrue(e.getMessage().contains("'bbr'"), e.getMessage());
    }

    @Test
    void aServerOnAllAddressesIsReachedByIpv4AndIpv6() throws Exception {
        exchange(TwoNets.SERVER4);
        exchange(TwoNets.SERVER6);
    }

    @Test
    void anAddressWithoutAPeerFailsAtOnce() {
        long start = System.nanoTime();
        NoRouteToHostException e =
                assertThrows(
                        NoRouteToHostException.class,
                        () -> nets.client.connect(TwoNets.UNROUTED.getHostAddress(), 80, PATIENCE));
        assertEquals("No route to host", e.getMessage());
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5), "it waited");
    }

    @Test
    void aHostThatDoesNotAnswerTakesTheTimeout() {
        SocketTimeoutException e =
                assertThrows(
                        SocketTimeoutException.class,
                        () ->
                                nets.client.connect(
                                        TwoNets.ABSENT.getHostAddress(),
                                        80,
                                        Duration.ofMillis(200)));
        assertEquals("Connect timed out", e.getMessage());
    }

    @Test
    void aNameWithoutADnsServerIsUnknownAndSaysWhy() {
        UnknownHostException e =
                assertThrows(
                        UnknownHostException.class,
                        () -> nets.client.connect("db.internal", 5432, PATIENCE));
        assertTrue(
                e.getMessage().matches("db\\.internal: tunnel net\\d+ has no DNS server, and .*"),
                e.getMessage());
        assertThrows(UnknownHostException.class, () -> nets.client.resolve("db.internal"));
        assertThrows(
                UnknownHostException.class,
                () -> nets.client.socketFactory().createSocket("db.internal", 5432));
    }

    @Test
    void numericAddressesNeedNoDnsServer() throws Exception {
        assertEquals(
                java.util.List.of(TwoNets.SERVER6),
                nets.client.resolve(TwoNets.SERVER6.getHostAddress()));
    }

    @Test
    void closeWakesAThreadThatConnects() throws Exception {
        for (boolean virtual : new boolean[] {false, true}) {
            Socket socket = nets.client.socketFactory().createSocket();
            SideBySide.Running connecting =
                    SideBySide.start(
                                    virtual,
                                    () -> {
                                        socket.connect(new InetSocketAddress(TwoNets.ABSENT, 80));
                                        return "connected";
                                    })
                            .blocked();
            socket.close();
            Throwable e =
                    assertThrows(
                                    java.util.concurrent.ExecutionException.class,
                                    () -> connecting.result().get(20, TimeUnit.SECONDS))
                            .getCause();
            assertEquals("java.net.SocketException: Socket closed", e.toString());
        }
    }

    @Test
    void anInterruptOfAVirtualThreadThatConnectsClosesTheSocket() throws Exception {
        Socket socket = nets.client.socketFactory().createSocket();
        SideBySide.Running connecting =
                SideBySide.start(
                                true,
                                () -> {
                                    socket.connect(new InetSocketAddress(TwoNets.ABSENT, 80));
                                    return "connected";
                                })
                        .blocked();
        connecting.thread().interrupt();
        Throwable e =
                assertThrows(
                                java.util.concurrent.ExecutionException.class,
                                () -> connecting.result().get(20, TimeUnit.SECONDS))
                        .getCause();
        assertEquals("java.net.SocketException: Closed by interrupt", e.toString());
        assertTrue(socket.isClosed());
    }

    @Test
    void theServerKnowsWhichPeerIsAtTheOtherEnd() throws Exception {
        try (ServerSocket listening = nets.server.listen(0);
                Socket client =
                        nets.client.connect(
                                TwoNets.SERVER4.getHostAddress(),
                                listening.getLocalPort(),
                                PATIENCE);
                Socket accepted = listening.accept()) {
            assertEquals(Optional.of(nets.clientKey.publicKey()), nets.server.peerOf(accepted));
            assertEquals(Optional.of(nets.serverKey.publicKey()), nets.client.peerOf(client));
        }
        assertEquals(Optional.empty(), nets.client.peerOf(new Socket()));
    }

    @Test
    void aHostIsPinged() throws Exception {
        assertTrue(nets.client.ping(TwoNets.SERVER4, PATIENCE).isPositive());
        assertTrue(nets.client.ping(TwoNets.SERVER6, PATIENCE).isPositive());
        assertTrue(nets.client.ping(TwoNets.SERVER4, 0, PATIENCE).isPositive());
        assertTrue(nets.client.ping(TwoNets.SERVER4, 1392, PATIENCE).isPositive());
        assertTrue(nets.client.ping(TwoNets.SERVER6, 65_000, PATIENCE).isPositive());
        assertThrows(
                IllegalArgumentException.class,
                () -> nets.client.ping(TwoNets.SERVER4, 65_001, PATIENCE));
        assertThrows(
                SocketTimeoutException.class,
                () -> nets.client.ping(TwoNets.ABSENT, Duration.ofMillis(100)));
        assertThrows(
                NoRouteToHostException.class, () -> nets.client.ping(TwoNets.UNROUTED, PATIENCE));
    }

    @Test
    void aFallbackTakesAnyPortAndMayRefuse() throws Exception {
        AtomicReference<InetSocketAddress> asked = new AtomicReference<>();
        nets.server.fallback(
                (target, client) -> {
                    asked.set(target);
                    assertEquals(TwoNets.CLIENT4, client.getAddress());
                    return target.getPort() == 7777
                            ? socket -> {
                                try {
                                    socket.getInputStream().transferTo(socket.getOutputStream());
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            }
                            : null;
                });
        try (Socket client = nets.client.connect("10.9.0.2", 7777, PATIENCE)) {
            client.getOutputStream().write("echo".getBytes());
            client.shutdownOutput();
            assertArrayEquals("echo".getBytes(), client.getInputStream().readAllBytes());
        }
        assertEquals(new InetSocketAddress(TwoNets.SERVER4, 7777), asked.get());
        assertThrows(ConnectException.class, () -> nets.client.connect("10.9.0.2", 7778, PATIENCE));
        nets.server.fallback(null);
        assertThrows(ConnectException.class, () -> nets.client.connect("10.9.0.2", 7777, PATIENCE));
    }

    /** A peer whose connections all hang in the handler leaves places for others. */
    @Test
    void onePeerCannotTakeAllPlacesOfTheFallback() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (TwoNets own = new TwoNets()) {
            own.server.fallback(
                    (_, _) ->
                            socket -> {
                                try {
                                    socket.getOutputStream().write(1);
                                    end.await();
                                } catch (IOException | InterruptedException e) {
                                    // the test is over
                                }
                            });
            List<Socket> held = new ArrayList<>();
            int served = 0;
            for (int i = 0; i < Fallback.LIMIT_OF_PEER + 50; i++) {
                Socket socket = own.client.connect("10.9.0.2", 7777, PATIENCE);
                held.add(socket);
                try {
                    served += socket.getInputStream().read() == 1 ? 1 : 0;
                } catch (SocketException e) {
                    // reset: there is no place
                }
            }
            assertEquals(1024, served);
            try (Socket other = own.client.connect("fd09::2", 7777, PATIENCE)) {
                assertEquals(1, other.getInputStream().read(), "another address has its own share");
            }
            end.countDown();
            for (Socket socket : held) {
                socket.close();
            }
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            int again = -1;
            while (again != 1 && System.nanoTime() - deadline < 0) {
                try (Socket socket = own.client.connect("10.9.0.2", 7777, PATIENCE)) {
                    again = socket.getInputStream().read();
                } catch (SocketException e) {
                    Thread.sleep(10); // the handlers are about to end
                }
            }
            assertEquals(1, again, "places come back");
        } finally {
            end.countDown();
        }
    }

    @Test
    void aDriverNamesTheFactoryByItsClass() throws Exception {
        nets.client.register("office");
        assertThrows(IllegalStateException.class, () -> nets.server.register("office"));
        Properties properties = new Properties();
        properties.setProperty("socketFactoryArg", "office");
        try (ServerSocket listening = nets.server.listen(0)) {
            for (NamedSocketFactory factory :
                    new NamedSocketFactory[] {
                        new NamedSocketFactory("office"),
                        new NamedSocketFactory(properties),
                        new NamedSocketFactory()
                    }) {
                try (Socket socket =
                        factory.createSocket(TwoNets.SERVER4, listening.getLocalPort())) {
                    assertTrue(socket.isConnected());
                    listening.accept().close();
                }
            }
        }
        SocketException e =
                assertThrows(
                        SocketException.class,
                        () -> new NamedSocketFactory("nowhere").createSocket());
        assertEquals(
                "no tunnel is registered as \"nowhere\": call TunnelNet.register", e.getMessage());
    }

    @Test
    void aNamedFactoryResolvesAgainWhatTheSystemResolved() throws Exception {
        nets.server.register("again");
        InetAddress wrong = InetAddress.getByAddress("db.internal", new byte[] {10, 1, 2, 3});
        try (Socket socket = new NamedSocketFactory("again").createSocket()) {
            UnknownHostException e =
                    assertThrows(
                            UnknownHostException.class,
                            () -> socket.connect(new InetSocketAddress(wrong, 5432), 5000));
            assertTrue(e.getMessage().startsWith("db.internal: tunnel "), e.getMessage());
        }
    }

    @Test
    void aCaptureHasThePackets(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("net.pcap");
        try (var _ = nets.client.capture(file)) {
            exchange(TwoNets.SERVER4);
        }
        assertTrue(Files.size(file) > 24 + 5 * 60, "only " + Files.size(file) + " bytes");
    }

    /** The disk of an earlier capture is no reason to refuse a new one. */
    @Test
    void aCaptureThatFailedDoesNotSpoilTheNext(@TempDir Path folder) throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "there is no /dev/full here");
        Closeable failed = nets.client.capture(full);
        exchange(TwoNets.SERVER4);
        Path file = folder.resolve("net.pcap");
        try (var _ = nets.client.capture(file)) {
            exchange(TwoNets.SERVER4);
        }
        assertTrue(Files.size(file) > 24 + 5 * 60, "only " + Files.size(file) + " bytes");
        assertThrows(IOException.class, failed::close);
    }

    @Test
    void statisticsCount() throws Exception {
        NetStatistics before = nets.client.statistics();
        exchange(TwoNets.SERVER4);
        NetStatistics after = nets.client.statistics();
        assertEquals(0, after.halfOpen());
        assertEquals(0, after.cookiesSent());
        assertEquals(before.opened() + 1, after.opened());
        assertTrue(after.sentPackets() > before.sentPackets());
        assertTrue(after.receivedPackets() > before.receivedPackets());
    }

    @Test
    void aFileOfWgQuickStartsANetwork(@TempDir Path folder) throws Exception {
        int port;
        try (ServerSocket _ = nets.server.listen(0)) {
            port = nets.server.tunnel().status().join().listenPort();
        }
        byte[] key = new byte[32];
        new java.util.Random(2).nextBytes(key);
        Path file = folder.resolve("a-long-name-of-a-file.conf");
        Files.writeString(
                file,
                """
                [Interface]
                PrivateKey = %s
                Address = 10.7.0.1/24, fd07::1/64
                DNS = 10.9.0.2, internal
                MTU = 1400
                [Peer]
                PublicKey = %s
                Endpoint = 127.0.0.1:%d
                AllowedIPs = 10.7.0.0/24
                """
                        .formatted(
                                Base64.getEncoder().encodeToString(key),
                                nets.serverKey.publicKey().toBase64(),
                                port));
        try (TunnelNet net = TunnelNet.open(file)) {
            assertEquals("net(a-long-name-of-)", net.toString());
            assertEquals(
                    java.util.List.of(
                            InetAddress.ofLiteral("10.7.0.1"), InetAddress.ofLiteral("fd07::1")),
                    net.addresses());
            assertEquals(1400, net.tun().mtu());
            UnknownHostException e =
                    assertThrows(
                            UnknownHostException.class,
                            () -> net.connect("db.internal", 1, PATIENCE));
            assertEquals(
                    "db.internal: Temporary failure in name resolution", // the server is
                    // unreachable
                    e.getMessage());
        }
    }

    @Test
    void aNetworkWithoutAnAddressDoesNotStart() {
        assertThrows(IllegalArgumentException.class, () -> TunnelNet.builder().open());
    }

    @Test
    void closingTheNetworkWakesEverythingAndTellsThePeer() throws Exception {
        TwoNets own = new TwoNets();
        ServerSocket listening = own.server.listen(0);
        Socket client = own.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
        Socket accepted = listening.accept();
        SideBySide.Running reader = SideBySide.start(true, client.getInputStream()::read).blocked();
        SideBySide.Running accepter = SideBySide.start(false, listening::accept).blocked();
        SideBySide.Running peer =
                SideBySide.start(false, accepted.getInputStream()::read).blocked();
        own.client.close();
        assertEquals("java.net.SocketException: Socket closed", failure(reader));
        assertEquals("java.net.SocketException: Connection reset", failure(peer));
        own.server.close();
        assertEquals("java.net.SocketException: Socket closed", failure(accepter));
        assertThrows(IOException.class, () -> own.client.listen(0));
        assertThrows(IOException.class, () -> own.client.connect("10.9.0.2", 1, PATIENCE));
        assertThrows(IOException.class, () -> own.client.ping(TwoNets.SERVER4, PATIENCE));
        own.close();
    }

    private static String failure(SideBySide.Running running) {
        return assertThrows(
                        java.util.concurrent.ExecutionException.class,
                        () -> running.result().get(20, TimeUnit.SECONDS))
                .getCause()
                .toString();
    }

    @Test
    void closingTheTunnelClosesTheNetwork() throws Exception {
        TwoNets own = new TwoNets();
        try (own;
                ServerSocket listening = own.server.listen(0)) {
            SideBySide.Running accepter = SideBySide.start(false, listening::accept).blocked();
            own.server.tunnel().close();
            assertEquals("java.net.SocketException: Socket closed", failure(accepter));
        }
    }

    @Test
    void whatWasWrittenBeforeCloseArrivesAlthoughTheNetworkClosesToo() throws Exception {
        byte[] much = new byte[1 << 20];
        new java.util.Random(1).nextBytes(much);
        TwoNets own = new TwoNets();
        try (ServerSocket listening = own.server.listen(0)) {
            Socket client = own.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
            CompletableFuture<byte[]> received =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try (Socket accepted = listening.accept()) {
                                    return accepted.getInputStream().readAllBytes();
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            try (client) {
                client.getOutputStream().write(much);
            }
            own.client.close();
            assertArrayEquals(much, received.get(20, TimeUnit.SECONDS));
        }
        own.close();
    }

    @Test
    void aProxysAccessShowsNoPassword() throws Exception {
        ProxyAccess access = nets.client.socks();
        assertFalse(access.toString().contains(access.password()));
        assertEquals(22, access.password().length());
        assertTrue(access.address().getAddress().isLoopbackAddress());
        assertEquals(access, nets.client.socks());
    }
}
