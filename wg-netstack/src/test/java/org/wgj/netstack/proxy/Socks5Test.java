// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tests SOCKS5 with the JDK's own client, and with bytes where it cannot speak them. */
class Socks5Test {
    private static final byte[] NO_AUTHENTICATION = {5, 1, 0};

    private final TestDialer dialer = new TestDialer();

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String all(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Socket through(RunningProxy proxy) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, proxy.address()));
        socket.setSoTimeout(10_000);
        return socket;
    }

    @Test
    void theClientOfTheJdkReachesANameThatOnlyTheTunnelKnows() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                TestServer server = TestServer.answersAtTheEnd();
                Socket socket = through(proxy)) {
            socket.connect(InetSocketAddress.createUnresolved("inside.test", server.port()));
            socket.getOutputStream().write(utf8("x\n"));
            socket.shutdownOutput();
            assertEquals("got 2: x\n", all(socket));
            assertEquals("inside.test", dialer.asked.peek());
            proxy.awaitNoConnections();
        }
    }

    @Test
    void theEndOfTheServerReachesTheClientAndTheClientMaySendOn() throws IOException {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                TestServer server =
                        new TestServer(
                                client -> {
                                    client.getOutputStream().write(utf8("bye"));
                                    client.shutdownOutput();
                                    byte[] rest = client.getInputStream().readAllBytes();
                                    synchronized (received) {
                                        received.writeBytes(rest);
                                    }
                                });
                Socket socket = through(proxy)) {
            socket.connect(InetSocketAddress.createUnresolved("inside.test", server.port()));
            assertEquals("bye", all(socket));
            byte[] much = new byte[1 << 20];
            Arrays.fill(much, (byte) 7);
            socket.getOutputStream().write(much);
            socket.shutdownOutput();
            RunningProxy.await(
                    "the rest has not arrived",
                    () -> {
                        synchronized (received) {
                            return received.size() == much.length;
                        }
                    });
            assertArrayEquals(much, received.toByteArray());
        }
    }

    @Test
    void aResetOfTheServerIsNotTakenForItsEnd() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                TestServer server = new TestServer(client -> client.setSoLinger(true, 0));
                Socket socket = through(proxy)) {
            socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
            assertThrows(SocketException.class, () -> socket.getInputStream().read());
        }
    }

    /** The address types of RFC 1928, each answered with an address of its own length. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 1, 4", "::1, 4, 16", "inside.test, 3, 4"})
    void everyAddressTypeIsUnderstoodAndAnsweredInTheRightLength(
            String host, int type, int answerBytes) throws IOException {
        InetAddress address =
                type == 3 ? InetAddress.ofLiteral("127.0.0.1") : InetAddress.ofLiteral(host);
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                TestServer server =
                        new TestServer(
                                address,
                                client -> client.getOutputStream().write(utf8("at once")));
                Socket socket = proxy.connect()) {
            DataInputStream in = greet(socket);
            socket.getOutputStream().write(request(1, type, host, server.port()));
            byte[] reply = new byte[4 + answerBytes + 2];
            in.readFully(reply);
            assertArrayEquals(
                    new byte[] {5, 0, 0, (byte) (answerBytes == 4 ? 1 : 4)},
                    Arrays.copyOf(reply, 4));
            byte[] bound = Arrays.copyOfRange(reply, 4, 4 + answerBytes);
            assertArrayEquals(address.getAddress(), bound);
            assertEquals("at once", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "forbidden.test, 2",
        "unreachable.test, 3",
        "no.network, 3",
        "no.ipv6, 3",
        "no.such.name, 4",
        "127.0.0.1, 5",
        "late.test, 6"
    })
    void aFailedAttemptIsAnsweredWithItsReason(String host, int code) throws IOException {
        int closedPort;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            closedPort = unused.getLocalPort();
        }
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                Socket socket = proxy.connect()) {
            DataInputStream in = greet(socket);
            socket.getOutputStream().write(request(1, 3, host, closedPort));
            byte[] reply = in.readNBytes(10);
            assertArrayEquals(new byte[] {5, (byte) code, 0, 1, 0, 0, 0, 0, 0, 0}, reply);
            assertEquals(-1, in.read());
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 7", "9, 1, 7", "1, 2, 8"})
    void unknownCommandsAndAddressTypesAreRefused(int command, int type, int code)
            throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                Socket socket = proxy.connect()) {
            DataInputStream in = greet(socket);
            byte[] request = request(command, 1, "127.0.0.1", 80);
            request[3] = (byte) type;
            socket.getOutputStream().write(request);
            assertEquals(code, in.readNBytes(10)[1]);
        }
    }

    @Test
    void aNameWithControlCharactersIsRefused() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                Socket socket = proxy.connect()) {
            DataInputStream in = greet(socket);
            socket.getOutputStream().write(request(1, 3, "a\nb", 80));
            assertEquals(1, in.readNBytes(10)[1]);
            assertTrue(dialer.asked.isEmpty());
        }
    }

    @Test
    void theClientOfTheJdkLogsIn() throws IOException {
        Authenticator before = Authenticator.getDefault();
        Authenticator.setDefault(
                new Authenticator() {
                    @Override
                    protected PasswordAuthentication getPasswordAuthentication() {
                        return new PasswordAuthentication("me", "s3cret".toCharArray());
                    }
                });
        try (RunningProxy proxy =
                        new RunningProxy(
                                new Socks5Handler(dialer, new Credentials("me", "s3cret")));
                TestServer server = TestServer.answersAtTheEnd();
                Socket socket = through(proxy)) {
            socket.connect(InetSocketAddress.createUnresolved("inside.test", server.port()));
            socket.shutdownOutput();
            assertEquals("got 0: ", all(socket));
        } finally {
            Authenticator.setDefault(before);
        }
    }

    @ParameterizedTest
    @CsvSource({"me, wrong, 1", "you, s3cret, 1", "'', '', 1", "me, s3cret, 0"})
    void onlyTheRightNameAndPasswordAreLetIn(String name, String password, int status)
            throws IOException {
        try (RunningProxy proxy =
                        new RunningProxy(
                                new Socks5Handler(dialer, new Credentials("me", "s3cret")));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(new byte[] {5, 2, 0, 2});
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertArrayEquals(new byte[] {5, 2}, in.readNBytes(2));
            ByteArrayOutputStream login = new ByteArrayOutputStream();
            login.write(1);
            login.write(name.length());
            login.writeBytes(utf8(name));
            login.write(password.length());
            login.writeBytes(utf8(password));
            socket.getOutputStream().write(login.toByteArray());
            assertArrayEquals(new byte[] {1, (byte) status}, in.readNBytes(2));
            if (status != 0) {
                assertEquals(-1, in.read());
            }
        }
    }

    @Test
    void aClientWithoutPasswordIsToldThatNoMethodFits() throws IOException {
        try (RunningProxy proxy =
                        new RunningProxy(
                                new Socks5Handler(dialer, new Credentials("me", "s3cret")));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(NO_AUTHENTICATION);
            InputStream in = socket.getInputStream();
            assertArrayEquals(new byte[] {5, (byte) 0xff}, in.readNBytes(2));
            assertEquals(-1, in.read());
        }
    }

    @Test
    void datagramsGoOutAndComeBackWithTheirSender() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                DatagramSocket server = udp();
                DatagramSocket client = udp();
                Socket control = proxy.connect()) {
            InetSocketAddress relay = associate(control);
            assertEquals(InetAddress.ofLiteral("127.0.0.1"), relay.getAddress());
            for (String host : new String[] {"127.0.0.1", "inside.test"}) {
                int type = host.startsWith("127") ? 1 : 3;
                client.send(datagram(relay, type, host, server.getLocalPort(), "ping " + host));
                DatagramPacket got = receive(server);
                assertEquals("ping " + host, text(got, 0));
                byte[] pong = utf8("pong");
                server.send(new DatagramPacket(pong, pong.length, got.getSocketAddress()));
                DatagramPacket answer = receive(client);
                byte[] bytes = Arrays.copyOf(answer.getData(), answer.getLength());
                assertArrayEquals(new byte[] {0, 0, 0, 1, 127, 0, 0, 1}, Arrays.copyOf(bytes, 8));
                assertEquals(server.getLocalPort(), (bytes[8] & 0xff) << 8 | bytes[9] & 0xff);
                assertEquals("pong", text(answer, 10));
            }
        }
    }

    @Test
    void anAnswerOverIpv6HasTheLongAddress() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                DatagramSocket server =
                        new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
                DatagramSocket client = udp();
                Socket control = proxy.connect()) {
            server.setSoTimeout(10_000);
            InetSocketAddress relay = associate(control);
            client.send(datagram(relay, 4, "::1", server.getLocalPort(), "six"));
            DatagramPacket got = receive(server);
            server.send(new DatagramPacket(utf8("6"), 1, got.getSocketAddress()));
            DatagramPacket answer = receive(client);
            assertEquals(4, answer.getData()[3]);
            assertEquals("6", text(answer, 22));
        }
    }

    @Test
    void theRelayServesOnlyTheFirstPortOfTheClient() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                DatagramSocket server = udp();
                DatagramSocket client = udp();
                DatagramSocket stranger = udp();
                Socket control = proxy.connect()) {
            InetSocketAddress relay = associate(control);
            client.send(datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "first"));
            assertEquals("first", text(receive(server), 0));
            stranger.send(datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "stranger"));
            client.send(datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "second"));
            assertEquals("second", text(receive(server), 0));
        }
    }

    @Test
    void aHostThatTheClientNeverSentToCannotReachIt() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                DatagramSocket server = udp();
                DatagramSocket stranger =
                        new DatagramSocket(
                                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.9"), 0));
                DatagramSocket client = udp();
                Socket control = proxy.connect()) {
            InetSocketAddress relay = associate(control);
            client.send(datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "hello"));
            DatagramPacket got = receive(server);
            stranger.send(new DatagramPacket(utf8("bad"), 3, got.getSocketAddress()));
            server.send(new DatagramPacket(utf8("good"), 4, got.getSocketAddress()));
            assertEquals("good", text(receive(client), 10));
        }
    }

    @Test
    void fragmentsAndMalformedHeadersAreDropped() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                DatagramSocket server = udp();
                DatagramSocket client = udp();
                Socket control = proxy.connect()) {
            InetSocketAddress relay = associate(control);
            DatagramPacket fragment =
                    datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "fragment");
            fragment.getData()[2] = 1;
            client.send(fragment);
            byte[] whole = datagram(relay, 3, "inside.test", server.getLocalPort(), "").getData();
            for (int length = 0; length < whole.length; length++) {
                client.send(new DatagramPacket(whole, length, relay));
            }
            client.send(datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "whole"));
            assertEquals("whole", text(receive(server), 0));
        }
    }

    @Test
    void theRelayEndsWithTheControlConnection() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null));
                DatagramSocket server = udp();
                DatagramSocket client = udp()) {
            InetSocketAddress relay;
            try (Socket control = proxy.connect()) {
                relay = associate(control);
                client.send(datagram(relay, 1, "127.0.0.1", server.getLocalPort(), "alive"));
                receive(server);
            }
            proxy.awaitNoConnections();
            assertEquals(0, proxy.connections.associations().total());
            RunningProxy.await("the port is not free", () -> isFree(relay));
        }
    }

    private static boolean isFree(InetSocketAddress address) {
        try (DatagramSocket bound = new DatagramSocket(address)) {
            return bound.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void associationsAreBounded() throws IOException {
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null))) {
            Socket[] controls = new Socket[7]; // two thirds of the ten of all clients
            for (int i = 0; i < controls.length; i++) {
                controls[i] = proxy.connect();
                associate(controls[i]);
            }
            try (Socket another = proxy.connect()) {
                DataInputStream in = greet(another);
                another.getOutputStream().write(request(3, 1, "0.0.0.0", 0));
                assertEquals(1, in.readNBytes(10)[1]);
            }
            controls[0].close();
            RunningProxy.await(
                    "a place is free", () -> proxy.connections.associations().total() == 6);
            try (Socket another = proxy.connect()) {
                associate(another);
            }
            for (Socket control : controls) {
                control.close();
            }
        }
    }

    /** Cut off at every byte, the client gets no connection, and the proxy forgets it. */
    @Test
    void aRequestThatEndsEarlyLeavesNothing() throws IOException {
        byte[] whole = request(1, 3, "inside.test", 1);
        try (RunningProxy proxy = new RunningProxy(new Socks5Handler(dialer, null))) {
            for (int length = 0; length < whole.length; length++) {
                try (Socket socket = proxy.connect()) {
                    socket.getOutputStream().write(NO_AUTHENTICATION);
                    socket.getOutputStream().write(whole, 0, length);
                    socket.shutdownOutput();
                    try {
                        assertEquals(2, socket.getInputStream().readAllBytes().length);
                    } catch (SocketException e) {
                        assertFalse(e instanceof java.net.ConnectException);
                    }
                }
            }
            proxy.awaitNoConnections();
            assertTrue(dialer.asked.isEmpty());
        }
    }

    private static DataInputStream greet(Socket socket) throws IOException {
        socket.getOutputStream().write(NO_AUTHENTICATION);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        assertArrayEquals(new byte[] {5, 0}, in.readNBytes(2));
        return in;
    }

    private static InetSocketAddress associate(Socket control) throws IOException {
        DataInputStream in = greet(control);
        control.getOutputStream().write(request(3, 1, "0.0.0.0", 0));
        byte[] reply = in.readNBytes(10);
        assertArrayEquals(new byte[] {5, 0, 0, 1}, Arrays.copyOf(reply, 4));
        return new InetSocketAddress(
                InetAddress.getByAddress(Arrays.copyOfRange(reply, 4, 8)),
                (reply[8] & 0xff) << 8 | reply[9] & 0xff);
    }

    private static byte[] request(int command, int type, String host, int port) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(new byte[] {5, (byte) command, 0});
        writeAddress(request, type, host, port);
        return request.toByteArray();
    }

    private static void writeAddress(ByteArrayOutputStream to, int type, String host, int port) {
        to.write(type);
        if (type == 3) {
            to.write(host.length());
            to.writeBytes(utf8(host));
        } else {
            to.writeBytes(InetAddress.ofLiteral(host).getAddress());
        }
        to.write(port >> 8);
        to.write(port);
    }

    private static DatagramPacket datagram(
            InetSocketAddress relay, int type, String host, int port, String payload) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[3]);
        writeAddress(bytes, type, host, port);
        bytes.writeBytes(utf8(payload));
        return new DatagramPacket(bytes.toByteArray(), bytes.size(), relay);
    }

    private static DatagramSocket udp() throws IOException {
        DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no datagram has come", e);
        }
        return packet;
    }

    private static String text(DatagramPacket packet, int from) {
        return new String(
                packet.getData(), from, packet.getLength() - from, StandardCharsets.UTF_8);
    }
}
