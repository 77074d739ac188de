// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.net.ExtendedSocketOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Tests the bounds: slow clients, greedy clients, targets that do not answer. */
@Timeout(120)
class LimitsTest {
    private final TestDialer dialer = new TestDialer();

    private static ProxyLimits with(Duration handshake, Duration idle, Duration halfClosed) {
        ProxyLimits base = RunningProxy.LIMITS;
        return new ProxyLimits(
                base.connections(),
                base.connectionsOfClient(),
                base.associations(),
                base.dialsToTarget(),
                handshake,
                base.dial(),
                idle,
                halfClosed,
                base.datagramFlows(),
                base.datagramIdle());
    }

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(300);

    private static Socket from(InetAddress host, InetSocketAddress proxy) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(host, 0));
        socket.setSoTimeout(10_000);
        try {
            socket.connect(proxy);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /** A byte now and then does not extend the time for a request. */
    @Test
    void aClientThatSendsItsRequestSlowlyIsEnded() throws Exception {
        assertSlowClientIsEnded(new HttpHandler(dialer, null, null, null), "GET / ", 'x');
        assertSlowClientIsEnded(new Socks5Handler(dialer, null), "\u0005\u007f", 0);
        assertSlowClientIsEnded(new SniHandler(dialer), "\u0016\u0003\u0001", 1);
    }

    private static void assertSlowClientIsEnded(ConnectionHandler handler, String begin, int filler)
            throws Exception {
        try (RunningProxy proxy = new RunningProxy(handler, with(SHORT, LONG, LONG));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(begin.getBytes(StandardCharsets.ISO_8859_1));
            assertThrows(
                    IOException.class,
                    () -> {
                        for (int i = 0; i < 500; i++) {
                            socket.getOutputStream().write(filler);
                            Thread.sleep(20);
                        }
                    });
            proxy.awaitNoConnections();
        }
    }

    @Test
    void aSilentConnectionIsEndedAndABusyOneIsNot() throws Exception {
        try (TestServer server = TestServer.echoes();
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        dialer, new HostAndPort("inside.test", server.port())),
                                with(LONG, Duration.ofMillis(800), LONG));
                Socket busy = proxy.connect();
                Socket silent = proxy.connect()) {
            silent.getOutputStream().write(1);
            assertEquals(1, silent.getInputStream().read());
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < 2_000_000_000L) {
                busy.getOutputStream().write(2);
                assertEquals(2, busy.getInputStream().read());
                Thread.sleep(50);
            }
            assertThrows(SocketException.class, () -> silent.getInputStream().read());
            assertEquals(1, proxy.connections.size());
        }
    }

    @Test
    void aHalfClosedConnectionHasALimitOfItsOwn() throws Exception {
        try (TestServer server = new TestServer(client -> client.getInputStream().read());
                TestServer hanging =
                        new TestServer(
                                client -> {
                                    client.getInputStream().readAllBytes();
                                    try {
                                        Thread.sleep(60_000);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        dialer, new HostAndPort("inside.test", hanging.port())),
                                with(LONG, LONG, SHORT));
                Socket socket = proxy.connect()) {
            socket.shutdownOutput();
            assertThrows(SocketException.class, () -> socket.getInputStream().read());
            proxy.awaitNoConnections();
            assertTrue(server.port() > 0);
        }
    }

    /** One client opens 10,000 connections to a target that does not answer. */
    @Test
    void aBlackHoleDoesNotStarveAnotherClient() throws Exception {
        InetAddress greedy = InetAddress.ofLiteral("127.0.0.1");
        InetAddress modest = InetAddress.ofLiteral("127.0.0.2");
        ProxyLimits limits = new ProxyLimits(3000, 2000, 10, 256, LONG, LONG, LONG, LONG, 10, LONG);
        List<Socket> sockets = new ArrayList<>();
        byte[] hole = {5, 1, 0, 5, 1, 0, 3, 9, 'b', 'l', 'a', 'c', 'k', 'h', 'o', 'l', 'e', 0, 80};
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null), limits);
                TestServer server = TestServer.answersAtTheEnd()) {
            try {
                for (int i = 0; i < 10_000; i++) {
                    try {
                        Socket socket = from(greedy, proxy.address());
                        sockets.add(socket);
                        socket.getOutputStream().write(hole);
                    } catch (SocketException e) {
                        // It was refused because of the bound of a client, maybe before connect has
                        // returned.
                    }
                    if (sockets.size() == 5000) { // descriptors are scarce
                        closeAll(sockets.subList(0, 2500));
                    }
                }
                RunningProxy.await(
                        "the bound of a target is not reached", () -> dialer.hanging.get() == 256);
                assertTrue(proxy.connections.size() <= 2000);
                try (Socket socket = from(modest, proxy.address())) {
                    socket.getOutputStream().write(connect(server.port()));
                    socket.shutdownOutput();
                    byte[] all = socket.getInputStream().readAllBytes();
                    assertEquals(2 + 10 + "got 0: ".length(), all.length);
                }
                assertEquals(256, dialer.hanging.get());
            } finally {
                closeAll(sockets);
            }
            proxy.connections.close();
            RunningProxy.await("attempts go on", () -> dialer.hanging.get() == 0);
            RunningProxy.await(
                    "a target is still counted", () -> proxy.connections.dials().targets() == 0);
        }
    }

    private static byte[] connect(int port) {
        return new byte[] {5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port};
    }

    private static void closeAll(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void aClientAboveItsBoundIsResetAtOnce() throws Exception {
        ProxyLimits limits = new ProxyLimits(10, 2, 10, 10, LONG, LONG, LONG, LONG, 10, LONG);
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null), limits);
                Socket second = proxy.connect()) {
            Socket first = proxy.connect();
            RunningProxy.await("both are in", () -> proxy.connections.size() == 2);
            try (Socket third = proxy.connect()) {
                assertThrows(SocketException.class, () -> third.getInputStream().read());
            }
            assertEquals(1, proxy.connections.refused());
            first.close();
            RunningProxy.await("a place is free", () -> proxy.connections.size() == 1);
            try (Socket another = proxy.connect()) {
                another.getOutputStream().write(new byte[] {5, 1, 0});
                assertEquals(5, another.getInputStream().read());
            }
            assertFalse(second.isClosed());
        }
    }

    /** Those that have said what they want have no part in it. */
    @Test
    void silentClientsTakeOnlyThePlacesOfHandshakes() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (TestServer server = TestServer.echoes();
                RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null))) {
            try {
                for (int i = 0; i < 5; i++) {
                    sockets.add(relayed(proxy.connect(), server.port()));
                }
                for (int i = 0; i < Connections.HANDSHAKES_OF_CLIENT; i++) {
                    sockets.add(proxy.connect());
                }
                RunningProxy.await("all are in", () -> proxy.connections.size() == sockets.size());
                try (Socket oneMore = proxy.connect()) {
                    assertThrows(SocketException.class, () -> oneMore.getInputStream().read());
                }
                assertEquals(1, proxy.connections.refused());
                InetAddress other = InetAddress.ofLiteral("127.0.0.2");
                sockets.add(relayed(from(other, proxy.address()), server.port()));
                sockets.getFirst().getOutputStream().write(7);
                assertEquals(7, sockets.getFirst().getInputStream().read());
                sockets.remove(5).close();
                RunningProxy.await("one ends", () -> proxy.connections.size() == sockets.size());
                sockets.add(relayed(proxy.connect(), server.port()));
            } finally {
                closeAll(sockets);
            }
        }
    }

    /** Asks a SOCKS5 proxy for 127.0.0.1. */
    private static Socket relayed(Socket socket, int port) throws IOException {
        socket.getOutputStream()
                .write(
                        new byte[] {
                            5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port
                        });
        byte[] answer = socket.getInputStream().readNBytes(12);
        assertEquals(12, answer.length);
        assertEquals(0, answer[3]);
        return socket;
    }

    /** So a peer that has vanished is noticed in 60 + 4 * 15 seconds instead of two hours. */
    @Test
    void bothConnectionsAreKeptAlive() throws Exception {
        AtomicReference<Socket> near = new AtomicReference<>();
        try (TestServer server = TestServer.echoes()) {
            ConnectionHandler handler =
                    new ForwardHandler(dialer, new HostAndPort("inside.test", server.port()));
            try (RunningProxy proxy =
                            new RunningProxy(
                                    connection -> {
                                        near.set(connection.client());
                                        handler.serve(connection);
                                    });
                    Socket socket = proxy.connect()) {
                socket.getOutputStream().write(1);
                assertEquals(1, socket.getInputStream().read());
                for (Socket each : List.of(near.get(), dialer.last.get())) {
                    assertTrue(each.getKeepAlive());
                    assertEquals(60, each.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
                    assertEquals(15, each.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL));
                    assertEquals(4, each.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
                }
            }
        }
    }

    /** As a reload does it. */
    @Test
    void theConnectionsOfAListenerOutliveIt() throws Exception {
        try (TestServer server = TestServer.echoes();
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        dialer, new HostAndPort("inside.test", server.port())));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(1);
            assertEquals(1, socket.getInputStream().read());
            InetSocketAddress address = proxy.address();
            proxy.server.close();
            try (ServerSocket again =
                    new ServerSocket(address.getPort(), 10, address.getAddress())) {
                assertTrue(again.isBound());
            }
            socket.getOutputStream().write(2);
            assertEquals(2, socket.getInputStream().read());
            proxy.connections.close();
            socket.setSoTimeout(10_000);
            assertThrows(SocketException.class, () -> readOne(socket));
        }
    }

    private static int readOne(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketTimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
