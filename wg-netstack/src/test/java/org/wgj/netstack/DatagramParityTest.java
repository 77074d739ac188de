// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.wgj.netstack.SideBySide.Log;
import org.wgj.netstack.SideBySide.Network;
import org.wgj.netstack.SideBySide.Plain;
import org.wgj.netstack.SideBySide.Running;
import org.wgj.netstack.SideBySide.Tunnelled;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** As {@link SocketParityTest}, for datagram sockets. */
class DatagramParityTest {
    private static TwoNets nets;

    @BeforeAll
    static void open() throws Exception {
        nets = new TwoNets();
    }

    @AfterAll
    static void close() {
        nets.close();
    }

    @TestFactory
    Stream<DynamicTest> theTunnelsDatagramSocketsBehaveAsThoseOfTheJdk() {
        return scenarios().entrySet().stream()
                .map(entry -> dynamicTest(entry.getKey(), () -> compare(entry.getValue())));
    }

    private static void compare(SocketParityTest.Scenario scenario) throws Exception {
        Log plain = new Log();
        scenario.run(new Plain(), plain);
        Log tunnelled = new Log();
        scenario.run(new Tunnelled(nets), tunnelled);
        assertEquals(String.join("\n", plain.lines), String.join("\n", tunnelled.lines));
    }

    private static Map<String, SocketParityTest.Scenario> scenarios() {
        Map<String, SocketParityTest.Scenario> all = new LinkedHashMap<>();
        all.put("datagrams go both ways", DatagramParityTest::bothWays);
        all.put("a packet is used again", DatagramParityTest::packetReused);
        all.put("a datagram longer than the packet", DatagramParityTest::truncated);
        all.put("a datagram of many fragments", DatagramParityTest::fragmented);
        all.put("a datagram that is too long", DatagramParityTest::tooLong);
        all.put("a receive that times out", DatagramParityTest::timeout);
        all.put("a connected socket", DatagramParityTest::connected);
        all.put("a port that nobody has", DatagramParityTest::unreachable);
        all.put("a port that nobody has, not connected", DatagramParityTest::unreachableIgnored);
        all.put("states", DatagramParityTest::states);
        all.put("a port in use", DatagramParityTest::portInUse);
        all.put("a foreign address", DatagramParityTest::foreignAddress);
        all.put("targets that are none", DatagramParityTest::badTargets);
        all.put("a closed socket", DatagramParityTest::closedSocket);
        all.put("options", DatagramParityTest::options);
        for (boolean virtual : new boolean[] {false, true}) {
            String thread = virtual ? "a virtual thread" : "a platform thread";
            all.put("close wakes " + thread, (n, l) -> closeInReceive(n, l, virtual));
            all.put(
                    "an option set while " + thread + " waits",
                    (n, l) -> setInReceive(n, l, virtual));
        }
        all.put("an interrupt of a virtual thread", DatagramParityTest::interrupt);
        return all;
    }

    private record Ends(DatagramSocket client, DatagramSocket server) implements AutoCloseable {
        static Ends open(Network network) throws Exception {
            DatagramSocket client = network.clientDatagrams();
            DatagramSocket server = network.serverDatagrams();
            client.bind(new InetSocketAddress(network.clientAddress(), 0));
            server.bind(new InetSocketAddress(network.serverAddress(), 0));
            client.setSoTimeout(10_000);
            server.setSoTimeout(10_000);
            return new Ends(client, server);
        }

        DatagramPacket toServer(String text) {
            return new DatagramPacket(
                    text.getBytes(), text.length(), server.getLocalSocketAddress());
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), packet.getOffset(), packet.getLength());
    }

    private static void bothWays(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            ends.client().send(ends.toServer("question"));
            DatagramPacket packet = new DatagramPacket(new byte[100], 20, 50);
            ends.server().receive(packet);
            log.note("server", text(packet) + " at " + packet.getOffset());
            log.note(
                    "from",
                    packet.getSocketAddress().equals(ends.client().getLocalSocketAddress()));
            packet.setData("answer".getBytes());
            ends.server().send(packet);
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            ends.client().receive(answer);
            log.note("client", text(answer));
            ends.client().send(ends.toServer(""));
            ends.server().receive(packet);
            log.note("empty", packet.getLength());
        }
    }

    private static void packetReused(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            DatagramPacket packet = new DatagramPacket(new byte[100], 10);
            for (String text : new String[] {"1", "12345", "", "123456789012345"}) {
                ends.client().send(ends.toServer(text));
                ends.server().receive(packet);
                log.note("packet", text(packet));
            }
            packet.setLength(3);
            ends.client().send(ends.toServer("123456"));
            ends.server().receive(packet);
            log.note("shorter", text(packet));
            packet.setData(new byte[6]);
            ends.client().send(ends.toServer("123456"));
            ends.server().receive(packet);
            log.note("new data", text(packet));
        }
    }

    private static void truncated(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            ends.client().send(ends.toServer("0123456789"));
            ends.client().send(ends.toServer("next"));
            DatagramPacket packet = new DatagramPacket(new byte[4], 4);
            ends.server().receive(packet);
            log.note("first", text(packet));
            ends.server().receive(packet);
            log.note("second", text(packet));
        }
    }

    private static void fragmented(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            byte[] bytes = new byte[65_507];
            new java.util.Random(1).nextBytes(bytes);
            ends.client()
                    .send(
                            new DatagramPacket(
                                    bytes, bytes.length, ends.server().getLocalSocketAddress()));
            DatagramPacket packet = new DatagramPacket(new byte[70_000], 70_000);
            ends.server().receive(packet);
            log.note("length", packet.getLength());
            log.note(
                    "equal",
                    java.util.Arrays.equals(
                            bytes, 0, bytes.length, packet.getData(), 0, packet.getLength()));
        }
    }

    private static void tooLong(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            byte[] bytes = new byte[65_508];
            log.attemptVoid(
                    "send",
                    () ->
                            ends.client()
                                    .send(
                                            new DatagramPacket(
                                                    bytes,
                                                    bytes.length,
                                                    ends.server().getLocalSocketAddress())));
            ends.client().send(ends.toServer("works"));
            DatagramPacket packet = new DatagramPacket(new byte[10], 10);
            ends.server().receive(packet);
            log.note("then", text(packet));
        }
    }

    private static void timeout(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            ends.server().setSoTimeout(30);
            DatagramPacket packet = new DatagramPacket(new byte[10], 10);
            log.attemptVoid("receive", () -> ends.server().receive(packet));
            ends.server().setSoTimeout(10_000);
            ends.client().send(ends.toServer("late"));
            ends.server().receive(packet);
            log.note("then", text(packet));
        }
    }

    private static void connected(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network);
                DatagramSocket other = network.clientDatagrams()) {
            other.bind(new InetSocketAddress(network.clientAddress(), 0));
            ends.server().connect(ends.client().getLocalSocketAddress());
            log.note("connected", ends.server().isConnected());
            log.note("port", ends.server().getPort() == ends.client().getLocalPort());
            other.send(ends.toServer("stranger"));
            ends.client().send(ends.toServer("friend"));
            DatagramPacket packet = new DatagramPacket(new byte[10], 10);
            ends.server().receive(packet);
            log.note("received", text(packet));
            DatagramPacket answer = new DatagramPacket("back".getBytes(), 4);
            ends.server().send(answer);
            log.note("address filled in", answer.getPort() == ends.client().getLocalPort());
            ends.client().receive(packet);
            log.note("back", text(packet));
            DatagramPacket wrong =
                    new DatagramPacket("x".getBytes(), 1, other.getLocalSocketAddress());
            log.attemptVoid("another target", () -> ends.server().send(wrong));
            ends.server().disconnect();
            log.note("disconnected", !ends.server().isConnected());
            log.note("no port", ends.server().getPort());
            log.note("no address", ends.server().getInetAddress());
            other.send(ends.toServer("again"));
            ends.server().receive(packet);
            log.note("from all", text(packet));
        }
    }

    private static void unreachable(Network network, Log log) throws Exception {
        int port;
        try (Ends ends = Ends.open(network)) {
            port = ends.server().getLocalPort();
        }
        try (DatagramSocket client = network.clientDatagrams()) {
            client.bind(new InetSocketAddress(network.clientAddress(), 0));
            client.connect(network.serverAddress(), port);
            client.setSoTimeout(10_000);
            client.send(new DatagramPacket("x".getBytes(), 1));
            DatagramPacket packet = new DatagramPacket(new byte[10], 10);
            log.attemptVoid("receive", () -> client.receive(packet));
            client.setSoTimeout(30);
            log.attemptVoid("again", () -> client.receive(packet));
        }
    }

    private static void unreachableIgnored(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            int port = ends.server().getLocalPort();
            ends.server().close();
            ends.client()
                    .send(new DatagramPacket("x".getBytes(), 1, network.serverAddress(), port));
            ends.client().setSoTimeout(100);
            log.attemptVoid(
                    "receive", () -> ends.client().receive(new DatagramPacket(new byte[1], 1)));
        }
    }

    private static void states(Network network, Log log) throws Exception {
        DatagramSocket socket = network.clientDatagrams();
        note("fresh", socket, log);
        log.note("text", socket.getChannel() == null);
        socket.bind(null);
        note("bound", socket, log);
        log.note("any", socket.getLocalAddress().isAnyLocalAddress());
        log.attemptVoid("twice", () -> socket.bind(null));
        socket.close();
        note("closed", socket, log);
        DatagramSocket unbound = network.clientDatagrams();
        unbound.setSoTimeout(10);
        log.attemptVoid("receive", () -> unbound.receive(new DatagramPacket(new byte[1], 1)));
        log.note("was bound", unbound.isBound());
        unbound.close();
    }

    private static void note(String when, DatagramSocket socket, Log log) {
        log.note(
                when,
                socket.isBound()
                        + " "
                        + socket.isConnected()
                        + " "
                        + socket.isClosed()
                        + " "
                        + Integer.signum(socket.getLocalPort())
                        + " "
                        + socket.getPort()
                        + " "
                        + socket.getRemoteSocketAddress()
                        + " "
                        + (socket.getLocalSocketAddress() == null)
                        + " "
                        + (socket.getLocalAddress() == null));
    }

    private static void portInUse(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network);
                DatagramSocket second = network.serverDatagrams()) {
            log.attemptVoid("bind", () -> second.bind(ends.server().getLocalSocketAddress()));
            log.note("bound", second.isBound());
            log.note("closed", second.isClosed());
        }
    }

    private static void foreignAddress(Network network, Log log) throws Exception {
        try (DatagramSocket socket = network.clientDatagrams()) {
            InetAddress foreign = InetAddress.ofLiteral("192.0.2.77");
            log.attemptVoid("bind", () -> socket.bind(new InetSocketAddress(foreign, 0)));
            log.attemptVoid(
                    "unresolved",
                    () -> socket.bind(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
        }
    }

    private static void badTargets(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            DatagramSocket client = ends.client();
            log.attemptVoid("none", () -> client.send(new DatagramPacket(new byte[1], 1)));
            log.attemptVoid(
                    "port 0",
                    () ->
                            client.send(
                                    new DatagramPacket(
                                            new byte[1], 1, network.serverAddress(), 0)));
            log.attemptVoid("null", () -> client.connect(null));
            log.attemptVoid("connect to 0", () -> client.connect(network.serverAddress(), 0));
            log.attemptVoid(
                    "unresolved",
                    () -> client.connect(InetSocketAddress.createUnresolved("x.invalid", 1)));
        }
    }

    private static void closedSocket(Network network, Log log) throws Exception {
        Ends ends = Ends.open(network);
        DatagramPacket packet = ends.toServer("x");
        ends.close();
        DatagramSocket socket = ends.client();
        log.attemptVoid("send", () -> socket.send(packet));
        log.attemptVoid("receive", () -> socket.receive(packet));
        log.attemptVoid("bind", () -> socket.bind(null));
        log.attemptVoid("connect", () -> socket.connect(packet.getSocketAddress()));
        log.attemptVoid("disconnect", socket::disconnect);
        log.attemptVoid("timeout", () -> socket.setSoTimeout(1));
        log.attempt("get timeout", socket::getSoTimeout);
        log.attempt("buffer", socket::getReceiveBufferSize);
        log.attemptVoid("close", socket::close);
    }

    private static void options(Network network, Log log) throws Exception {
        try (DatagramSocket socket = network.clientDatagrams()) {
            log.note("timeout", socket.getSoTimeout());
            log.note("reuse", socket.getReuseAddress());
            log.note("broadcast", socket.getBroadcast());
            log.note("tos", socket.getTrafficClass());
            socket.setTrafficClass(0x10);
            log.note("tos", socket.getTrafficClass());
            socket.setReceiveBufferSize(65_536);
            socket.setSendBufferSize(65_536);
            log.note("receive buffer", socket.getReceiveBufferSize() >= 65_536);
            log.note("send buffer", socket.getSendBufferSize() >= 65_536);
            log.attemptVoid("negative timeout", () -> socket.setSoTimeout(-1));
            log.attemptVoid("no buffer", () -> socket.setReceiveBufferSize(0));
            log.attemptVoid(
                    "foreign option",
                    () -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true));
        }
    }

    private static void closeInReceive(Network network, Log log, boolean virtual) throws Exception {
        for (int timeout : new int[] {0, 60_000}) {
            try (Ends ends = Ends.open(network)) {
                ends.server().setSoTimeout(timeout);
                Running receiver = receive(ends, virtual).blocked();
                ends.server().close();
                log.join("receive", receiver.result());
            }
        }
    }

    private static Running receive(Ends ends, boolean virtual) {
        return SideBySide.start(
                virtual,
                () -> {
                    DatagramPacket packet = new DatagramPacket(new byte[10], 10);
                    ends.server().receive(packet);
                    return text(packet);
                });
    }

    private static void setInReceive(Network network, Log log, boolean virtual) throws Exception {
        try (Ends ends = Ends.open(network)) {
            ends.server().setSoTimeout(0);
            Running receiver = receive(ends, virtual).blocked();
            ends.server().setSoTimeout(5);
            ends.server()
                    .send(
                            new DatagramPacket(
                                    "x".getBytes(), 1, ends.client().getLocalSocketAddress()));
            log.note("timeout", ends.server().getSoTimeout());
            ends.client().send(ends.toServer("hello"));
            log.join("receive", receiver.result());
        }
    }

    private static void interrupt(Network network, Log log) throws Exception {
        try (Ends ends = Ends.open(network)) {
            ends.server().setSoTimeout(0);
            Running receiver = receive(ends, true).blocked();
            receiver.thread().interrupt();
            log.join("receive", receiver.result());
            log.note("closed", ends.server().isClosed());
        }
    }
}
