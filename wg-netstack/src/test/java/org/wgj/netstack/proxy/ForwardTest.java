// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

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

    /** As an inbound forward works: the name comes from the tunnel, the connection does not. */
    @Test
    void anInboundForwardTakesTheNameFromTheTunnel() throws IOException {
        try (TestServer server = TestServer.echoes();
                RunningProxy proxy =
                        new RunningProxy(
                                new ForwardHandler(
                                        new SystemDialer(dialer),
                                        new HostAndPort("inside.test", server.port())));
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
            RoutedDialer open = new RoutedDialer(dialer, direct, one -> !one.equals(outside));
            try (Socket socket = open.connect("outside.test", far.port(), Duration.ofSeconds(5))) {
                assertEquals(9, socket.getInputStream().read());
            }
            assertTrue(dialer.asked.isEmpty()); // the tunnel resolved the name and no more
            assertEquals(direct, open.pathTo(outside));
            assertEquals(dialer, open.pathTo(InetAddress.ofLiteral("127.0.0.1")));
        }
    }
}
