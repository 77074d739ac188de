// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tests forwards to a fixed target, standard input and output, and the choice of the path. */
class ForwardTest {
    private final TestDialer dialer = new TestDialer();

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void echoPipedIntoNcGetsItsAnswer() throws IOException {
        try (TestServer server = TestServer.answersAtTheEnd();
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        dialer, new HostAndPort("inside.test", server.port())));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(utf8("x"));
            socket.shutdownOutput();
            assertEquals(
                    "got 1: x",
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            proxy.awaitNoConnections();
        }
    }

    @Test
    void theConnectionOfStandardStreamsIsKeptAliveAndDoesNotWait() throws IOException {
        try (TestServer server = TestServer.answersAtTheEnd();
                Socket socket = new Socket("127.0.0.1", server.port())) {
            AtomicBoolean set = new AtomicBoolean();
            InputStream in =
                    new ByteArrayInputStream(utf8("x")) {
                        @Override
                        public synchronized int read(byte[] bytes, int offset, int length) {
                            try {
                                set.set(socket.getKeepAlive() && socket.getTcpNoDelay());
                            } catch (SocketException e) {
                                throw new UncheckedIOException(e);
                            }
                            return super.read(bytes, offset, length);
                        }
                    };
            StdioForward.run(in, new ByteArrayOutputStream(), socket, Duration.ofSeconds(10));
            assertTrue(set.get());
        }
    }

    /** The server must not take half of a file for all of it. */
    @Test
    @Timeout(20)
    void anInputThatFailsIsToldAndResetsTheConnection() throws Exception {
        CompletableFuture<Boolean> endedWell = new CompletableFuture<>();
        try (TestServer server =
                new TestServer(
                        client -> {
                            try {
                                client.getInputStream().readAllBytes();
                                endedWell.complete(true);
                            } catch (SocketException e) {
                                endedWell.complete(false);
                            }
                        })) {
            InputStream in =
                    new InputStream() {
                        @Override
                        public int read() throws IOException {
                            throw new IOException("the disk is gone");
                        }
                    };
            IOException e =
                    assertThrows(
                            IOException.class,
                            () ->
                                    StdioForward.run(
                                            in,
                                            new ByteArrayOutputStream(),
                                            new Socket("127.0.0.1", server.port()),
                                            Duration.ofSeconds(10)));
            assertEquals("cannot read the input: the disk is gone", e.getMessage());
            assertFalse(endedWell.get());
        }
    }

    @Test
    @Timeout(20)
    void aNameThatIsNotAnsweredCountsAsTimeOfTheConnection() {
        Dialer names =
                new Dialer() {
                    @Override
                    public Socket connect(String host, int port, Duration timeout) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public DatagramSocket datagram(int port) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public ServerSocket listen(int port) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public List<InetAddress> resolve(String host) throws IOException {
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            throw new InterruptedIOException();
                        }
                        return List.of();
                    }
                };
        RoutedDialer routed = new RoutedDialer(names, null, one -> true);
        assertThrows(
                SocketTimeoutException.class,
                () -> routed.connect("silent.test", 1, Duration.ofMillis(50)));
    }

    /** As an inbound forward works: the tunnel is not asked for localhost, and does not connect. */
    @Test
    void anInboundForwardReachesLocalhost() throws IOException {
        try (TestServer server = TestServer.echoes();
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        new SystemDialer(dialer),
                                        new HostAndPort("localhost", server.port())));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(utf8("both ways"));
            socket.shutdownOutput();
            assertEquals(
                    "both ways",
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertTrue(dialer.asked.isEmpty()); // it was not the one that connected
        }
    }

    @Test
    void muchDataPassesBothWaysAtOnce() throws Exception {
        byte[] data = new byte[8 << 20];
        new java.util.Random(1).nextBytes(data);
        try (TestServer server = TestServer.echoes();
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        dialer, new HostAndPort("inside.test", server.port())));
                Socket socket = proxy.connect()) {
            Thread writer =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            socket.getOutputStream().write(data);
                                            socket.shutdownOutput();
                                        } catch (IOException e) {
                                            // The reader finds too little.
                                        }
                                    });
            org.junit.jupiter.api.Assertions.assertArrayEquals(
                    data, socket.getInputStream().readAllBytes());
            writer.join();
        }
    }

    @Test
    void aTargetThatRefusesResetsTheClient() throws IOException {
        try (RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        dialer, new HostAndPort("unreachable.test", 1)));
                Socket socket = proxy.connect()) {
            assertThrows(SocketException.class, () -> socket.getInputStream().read());
        }
    }

    @Test
    void standardInputEndsAloneAndTheAnswerIsWritten() throws IOException {
        try (TestServer server = TestServer.answersAtTheEnd()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            StdioForward.run(
                    new ByteArrayInputStream(utf8("x\n")),
                    out,
                    new Socket("127.0.0.1", server.port()),
                    Duration.ofSeconds(10));
            assertEquals("got 2: x\n", out.toString(StandardCharsets.UTF_8));
        }
    }

    @Test
    void standardInputThatNeverEndsDoesNotHoldTheProgram() throws IOException {
        try (TestServer server = new TestServer(client -> client.getOutputStream().write('a'));
                PipedOutputStream neverClosed = new PipedOutputStream();
                PipedInputStream in = new PipedInputStream(neverClosed)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            StdioForward.run(
                    in, out, new Socket("127.0.0.1", server.port()), Duration.ofMillis(50));
            assertEquals("a", out.toString(StandardCharsets.UTF_8));
        }
    }

    @Test
    void inputIsSentAfterTheServerHasEnded() throws Exception {
        byte[] data = new byte[4 << 20];
        java.util.concurrent.CompletableFuture<Integer> received =
                new java.util.concurrent.CompletableFuture<>();
        try (TestServer server =
                new TestServer(
                        client -> {
                            client.shutdownOutput();
                            received.complete(client.getInputStream().readAllBytes().length);
                        })) {
            StdioForward.run(
                    new ByteArrayInputStream(data),
                    new ByteArrayOutputStream(),
                    new Socket("127.0.0.1", server.port()),
                    Duration.ofSeconds(10));
            assertEquals(data.length, received.get(10, java.util.concurrent.TimeUnit.SECONDS));
        }
    }

    @Test
    void aTargetOutsideOfTheTunnelIsRefusedOrReachedDirectlyAsTheUserSays() throws IOException {
        InetAddress outside = InetAddress.ofLiteral("127.0.0.2");
        dialer.names.put("outside.test", outside);
        try (TestServer server = TestServer.echoes();
                TestServer far =
                        new TestServer(outside, client -> client.getOutputStream().write(9))) {
            RoutedDialer strict = new RoutedDialer(dialer, null, one -> !one.equals(outside));
            assertThrows(
                    TargetRefusedException.class,
                    () -> strict.connect("outside.test", far.port(), Duration.ofSeconds(5)));
            assertThrows(TargetRefusedException.class, () -> strict.pathTo(outside));
            assertTrue(dialer.asked.isEmpty());
            strict.connect("inside.test", server.port(), Duration.ofSeconds(5)).close();
            assertEquals("inside.test", dialer.asked.poll());

            SystemDialer direct = new SystemDialer();
            RoutedDialer open =
                    new RoutedDialer(dialer, direct, one -> !one.equals(outside), one -> false);
            try (Socket socket = open.connect("outside.test", far.port(), Duration.ofSeconds(5))) {
                assertEquals(9, socket.getInputStream().read());
            }
            assertTrue(dialer.asked.isEmpty()); // the tunnel resolved the name and no more
            assertEquals(direct, open.pathTo(outside));
            assertEquals(dialer, open.pathTo(InetAddress.ofLiteral("127.0.0.1")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.8.9.10",
                "::1",
                "0.0.0.0",
                "::",
                "169.254.169.254",
                "fe80::1",
                "224.0.0.251",
                "ff02::1",
                "255.255.255.255",
                "::ffff:127.0.0.1"
            })
    void aDirectPathNeverLeadsToThisMachineOrItsLink(String address) throws IOException {
        assertRefused(InetAddress.ofLiteral(address));
    }

    @Test
    void aDirectPathNeverLeadsToAnAddressOfAnInterface() throws IOException {
        List<InetAddress> own =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .toList();
        assertFalse(own.isEmpty());
        for (InetAddress each : own) {
            assertRefused(each);
        }
    }

    private void assertRefused(InetAddress address) throws IOException {
        dialer.names.put("rebound.test", address);
        try (TestServer server = TestServer.echoes()) {
            RoutedDialer open = new RoutedDialer(dialer, new SystemDialer(), one -> false);
            for (String host : List.of("rebound.test", address.getHostAddress())) {
                assertThrows(
                        TargetRefusedException.class,
                        () -> open.connect(host, server.port(), Duration.ofSeconds(5)));
            }
            assertThrows(TargetRefusedException.class, () -> open.pathTo(address));
            assertTrue(server.clients.isEmpty());
        }
    }

    /** A name of which the tunnel covers a part: those addresses are tried beside one another. */
    @Test
    void aSilentAddressDoesNotHoldUpTheOthersOfAName() throws IOException {
        InetAddress silent = InetAddress.ofLiteral("10.0.0.1");
        InetAddress answers = InetAddress.ofLiteral("10.0.0.2");
        InetAddress outside = InetAddress.ofLiteral("192.0.2.1");
        try (Socket expected = new Socket()) {
            Dialer names =
                    new Dialer() {
                        @Override
                        public List<InetAddress> resolve(String host) {
                            return List.of(silent, outside, answers);
                        }

                        @Override
                        public DatagramSocket datagram(int port) {
                            throw new AssertionError();
                        }

                        @Override
                        public ServerSocket listen(int port) {
                            throw new AssertionError();
                        }

                        @Override
                        public Socket connect(String host, int port, Duration timeout)
                                throws IOException {
                            if (host.equals("10.0.0.2")) {
                                return expected;
                            }
                            assertEquals("10.0.0.1", host);
                            try {
                                Thread.sleep(timeout);
                                throw new SocketTimeoutException();
                            } catch (InterruptedException e) {
                                throw new InterruptedIOException();
                            }
                        }
                    };
            RoutedDialer routed = new RoutedDialer(names, null, one -> !one.equals(outside));
            assertEquals(expected, routed.connect("many.test", 1, Duration.ofHours(1)));
        }
    }

    @Test
    void aDirectPathLeadsToOtherMachines() throws IOException {
        Dialer direct = new SystemDialer();
        RoutedDialer open = new RoutedDialer(dialer, direct, one -> false);
        assertEquals(direct, open.pathTo(InetAddress.ofLiteral("192.0.2.1")));
        assertEquals(direct, open.pathTo(InetAddress.ofLiteral("2001:db8::1")));
    }

    @Test
    void theServersOfATunnelCannotSteerAnOutsideNameToThisMachine() throws IOException {
        Dialer outward = new SystemDialer(dialer);
        for (String address : List.of("127.0.0.1", "::1", "0.0.0.0", "169.254.1.1", "fe80::1")) {
            dialer.names.put("rebound.test", InetAddress.ofLiteral(address));
            assertThrows(TargetRefusedException.class, () -> outward.resolve("rebound.test"));
        }
        InetAddress other = InetAddress.ofLiteral("192.168.1.2");
        dialer.names.put("rebound.test", other);
        assertEquals(List.of(other), outward.resolve("rebound.test"));
        dialer.names.put("localhost", other);
        for (String name : List.of("localhost", "LOCALHOST.", "app.localhost")) {
            assertEquals(
                    List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1")),
                    outward.resolve(name));
        }
        assertEquals(List.of(InetAddress.ofLiteral("127.0.0.1")), outward.resolve("127.0.0.1"));
    }
}
