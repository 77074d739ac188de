// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import jdk.net.ExtendedSocketOptions;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.wgj.netstack.SideBySide.Log;
import org.wgj.netstack.SideBySide.Network;
import org.wgj.netstack.SideBySide.Pair;
import org.wgj.netstack.SideBySide.Plain;
import org.wgj.netstack.SideBySide.Running;
import org.wgj.netstack.SideBySide.Tunnelled;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Each scenario runs over the JDK's sockets and over a tunnel's: results, exceptions and messages
 * must be the same.
 */
class SocketParityTest {
    @FunctionalInterface
    interface Scenario {
        void run(Network network, Log log) throws Exception;
    }

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
    Stream<DynamicTest> theTunnelsSocketsBehaveAsThoseOfTheJdk() {
        return scenarios().entrySet().stream()
                .map(entry -> dynamicTest(entry.getKey(), () -> compare(entry.getValue())));
    }

    private static void compare(Scenario scenario) throws Exception {
        Log plain = new Log();
        scenario.run(new Plain(), plain);
        Log tunnelled = new Log();
        scenario.run(new Tunnelled(nets), tunnelled);
        assertEquals(String.join("\n", plain.lines), String.join("\n", tunnelled.lines));
    }

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("bytes go both ways", SocketParityTest::bytesBothWays);
        all.put("addresses, ports and states", SocketParityTest::addressesAndStates);
        all.put("a refused connection", SocketParityTest::refused);
        all.put("a read that times out loses nothing", SocketParityTest::readTimeout);
        all.put("an accept that times out", SocketParityTest::acceptTimeout);
        all.put("half-close by the client", SocketParityTest::halfClose);
        all.put("the end of the stream", SocketParityTest::endOfStream);
        all.put("a reset, read first", SocketParityTest::resetReadFirst);
        all.put("a reset, written first", SocketParityTest::resetWrittenFirst);
        all.put("bytes before a reset", SocketParityTest::bytesBeforeReset);
        all.put("a peer that closed", SocketParityTest::writeToClosedPeer);
        all.put("an input that was shut", SocketParityTest::shutInput);
        all.put("an output that was shut", SocketParityTest::shutOutput);
        all.put("a closed socket", SocketParityTest::closedSocket);
        all.put("streams of a closed socket", SocketParityTest::streamsOfClosedSocket);
        all.put("a socket that is not connected", SocketParityTest::unconnected);
        all.put("a socket that is connected twice", SocketParityTest::connectedTwice);
        all.put("a port in use", SocketParityTest::portInUse);
        all.put("a foreign address", SocketParityTest::foreignAddress);
        all.put("a server socket that is not bound", SocketParityTest::unboundServer);
        all.put("a closed server socket", SocketParityTest::closedServer);
        all.put("options", SocketParityTest::options);
        all.put("extended options", SocketParityTest::extendedOptions);
        all.put("arguments out of range", SocketParityTest::badArguments);
        all.put("urgent data", SocketParityTest::urgentData);
        for (boolean virtual : new boolean[] {false, true}) {
            String thread = virtual ? "a virtual thread" : "a platform thread";
            all.put("close wakes " + thread + " in read", (n, l) -> closeInRead(n, l, virtual));
            all.put("close wakes " + thread + " in write", (n, l) -> closeInWrite(n, l, virtual));
            all.put("close wakes " + thread + " in accept", (n, l) -> closeInAccept(n, l, virtual));
            all.put(
                    "an interrupt of " + thread + " in read",
                    (n, l) -> interruptRead(n, l, virtual));
            all.put(
                    "an interrupt of " + thread + " in accept",
                    (n, l) -> interruptAccept(n, l, virtual));
            all.put(
                    "close of " + thread + " lingers until all is acknowledged",
                    (n, l) -> lingerUntilRead(n, l, virtual));
            all.put(
                    "close of " + thread + " lingers until the time is over",
                    (n, l) -> lingerInVain(n, l, virtual));
        }
        all.put("an interrupt of a virtual thread in write", SocketParityTest::interruptWrite);
        return all;
    }

    private static void bytesBothWays(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            pair.client().getOutputStream().write("question".getBytes());
            log.note("server", new String(pair.server().getInputStream().readNBytes(8)));
            pair.server().getOutputStream().write("answer".getBytes());
            log.note("client", new String(pair.client().getInputStream().readNBytes(6)));
            log.note("nothing", pair.client().getInputStream().read(new byte[0]));
            pair.client().getOutputStream().write(new byte[0]);
            pair.client().getOutputStream().write(200);
            log.note("one byte", pair.server().getInputStream().read());
        }
    }

    private static void addressesAndStates(Network network, Log log) throws Exception {
        Socket fresh = network.socket();
        states("fresh", fresh, log);
        fresh.bind(new InetSocketAddress(network.clientAddress(), 0));
        log.note("bound", fresh.isBound());
        log.note("bound to", fresh.getLocalAddress().equals(network.clientAddress()));
        fresh.close();
        states("closed", fresh, log);
        try (Pair pair = Pair.open(network)) {
            states("connected", pair.client(), log);
            Socket client = pair.client();
            Socket server = pair.server();
            log.note("remote", client.getInetAddress().equals(network.serverAddress()));
            log.note("ports", client.getPort() == server.getLocalPort());
            log.note("back", server.getPort() == client.getLocalPort());
            log.note("local", server.getLocalAddress().equals(network.serverAddress()));
            log.note("seen", server.getInetAddress().equals(network.clientAddress()));
            log.note(
                    "pair", client.getLocalSocketAddress().equals(server.getRemoteSocketAddress()));
            log.note("channel", client.getChannel());
            pair.client().close();
            states("closed after use", pair.client(), log);
            log.note("still", pair.client().getInetAddress().equals(network.serverAddress()));
            log.note("port still", pair.client().getPort() > 0);
        }
    }

    private static void states(String when, Socket socket, Log log) {
        log.note(
                when,
                socket.isBound()
                        + " "
                        + socket.isConnected()
                        + " "
                        + socket.isClosed()
                        + " "
                        + socket.isInputShutdown()
                        + " "
                        + socket.isOutputShutdown());
        log.note(when + " has a port", socket.getLocalPort() > 0);
        log.note(when + " has a remote", socket.getRemoteSocketAddress() != null);
    }

    private static void refused(Network network, Log log) throws Exception {
        int port;
        try (ServerSocket taken = network.serverSocket()) {
            taken.bind(new InetSocketAddress(network.serverAddress(), 0));
            port = taken.getLocalPort();
        }
        Socket socket = network.socket();
        InetSocketAddress target = new InetSocketAddress(network.serverAddress(), port);
        log.attemptVoid("connect", () -> socket.connect(target));
        states("after", socket, log);
        log.attemptVoid("again", () -> socket.connect(target));
        Socket timed = network.socket();
        log.attemptVoid("timed", () -> timed.connect(target, 5000));
    }

    private static void readTimeout(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            pair.client().setSoTimeout(30);
            InputStream in = pair.client().getInputStream();
            log.attempt("read", in::read);
            log.attempt("again", in::read);
            pair.server().getOutputStream().write("late".getBytes());
            pair.client().setSoTimeout(0);
            log.note("nothing is lost", new String(in.readNBytes(4)));
        }
    }

    private static void acceptTimeout(Network network, Log log) throws Exception {
        try (ServerSocket server = network.serverSocket()) {
            server.bind(new InetSocketAddress(network.serverAddress(), 0));
            server.setSoTimeout(30);
            log.attempt("accept", server::accept);
            log.note("open", !server.isClosed());
            try (Socket client = network.socket()) {
                client.connect(server.getLocalSocketAddress());
                server.setSoTimeout(10_000);
                try (Socket accepted = server.accept()) {
                    log.note("then", accepted.isConnected());
                    log.note("timeout", accepted.getSoTimeout());
                }
            }
        }
    }

    private static void halfClose(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            pair.client().getOutputStream().write("all".getBytes());
            pair.client().shutdownOutput();
            log.note("server", new String(pair.server().getInputStream().readAllBytes()));
            pair.server().getOutputStream().write("still open".getBytes());
            pair.server().close();
            log.note("client", new String(pair.client().getInputStream().readAllBytes()));
            states("after", pair.client(), log);
        }
    }

    private static void endOfStream(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            pair.server().getOutputStream().write("12345".getBytes());
            while (in.available() < 5) {
                Thread.sleep(1);
            }
            log.note("available", in.available());
            pair.server().shutdownOutput();
            log.note("bytes", new String(in.readAllBytes()));
            log.attempt("end", in::read);
            log.attempt("again", in::read);
            log.attempt("available", in::available);
            pair.client().close();
            log.attempt("closed", in::read);
            log.attempt("available of closed", in::available);
        }
    }

    /** Bytes that fit into the client's send buffer, but not into the server's receive buffer. */
    private static final int UNREAD = 150_000;

    /** A pair whose server does not read, with bytes that wait for it. */
    private static Pair withUnacknowledged(Network network, int lingerSeconds) throws Exception {
        try (ServerSocket listening = network.serverSocket()) {
            listening.setReceiveBufferSize(8192);
            listening.bind(new InetSocketAddress(network.serverAddress(), 0));
            Socket client = network.socket();
            client.setSendBufferSize(1 << 20);
            client.connect(listening.getLocalSocketAddress(), 10_000);
            client.getOutputStream().write(new byte[UNREAD]);
            client.setSoLinger(true, lingerSeconds);
            return new Pair(client, listening.accept());
        }
    }

    private static void lingerUntilRead(Network network, Log log, boolean virtual)
            throws Exception {
        try (Pair pair = withUnacknowledged(network, 60)) {
            Running closer =
                    SideBySide.start(
                            virtual,
                            () -> {
                                pair.client().close();
                                return "closed, as " + Thread.currentThread().isInterrupted();
                            });
            Thread.sleep(300);
            log.note("returned early", closer.result().isDone());
            closer.thread().interrupt();
            Thread.sleep(300);
            log.note("returned by the interrupt", closer.result().isDone());
            log.note("read", pair.server().getInputStream().readAllBytes().length);
            log.join("then", closer.result());
        }
    }

    private static void lingerInVain(Network network, Log log, boolean virtual) throws Exception {
        try (Pair pair = withUnacknowledged(network, 1)) {
            long begin = System.nanoTime();
            Running closer =
                    SideBySide.start(
                            virtual,
                            () -> {
                                Thread.currentThread().interrupt();
                                pair.client().close();
                                return Thread.currentThread().isInterrupted();
                            });
            log.join("interrupted", closer.result());
            log.note("after a second", System.nanoTime() - begin >= 900_000_000);
            // What was written is not lost with the wait.
            log.note("read", pair.server().getInputStream().readAllBytes().length);
        }
    }

    private static void reset(Socket socket) throws Exception {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static void resetReadFirst(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            OutputStream out = pair.client().getOutputStream();
            reset(pair.server());
            log.attempt("read", in::read);
            log.attempt("again", in::read);
            log.attemptVoid("write", () -> out.write(1));
            log.attemptVoid("write again", () -> out.write(1));
            log.attempt("available", in::available);
            log.attemptVoid("shut", () -> pair.client().shutdownOutput());
        }
    }

    private static void resetWrittenFirst(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            OutputStream out = pair.client().getOutputStream();
            Running reader = SideBySide.start(false, in::read).blocked();
            reset(pair.server());
            log.join("blocked read", reader.result());
            log.attemptVoid("write", () -> out.write(1));
        }
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            OutputStream out = pair.client().getOutputStream();
            byte[] much = new byte[16 << 20];
            Running writer =
                    SideBySide.start(
                                    false,
                                    () -> {
                                        out.write(much);
                                        return "written";
                                    })
                            .blocked();
            reset(pair.server());
            log.join("blocked write", writer.result());
            log.attemptVoid("write again", () -> out.write(1));
            log.attempt("read", in::read);
        }
    }

    private static void bytesBeforeReset(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            pair.server().getOutputStream().write("last".getBytes());
            while (in.available() < 4) {
                Thread.sleep(1);
            }
            reset(pair.server());
            awaitReset(pair.client());
            log.attempt("bytes", () -> new String(in.readNBytes(4)));
            log.attempt("then", in::read);
        }
    }

    /** Waits until the socket knows of a reset, without taking the error. */
    private static void awaitReset(Socket socket) throws Exception {
        Thread.sleep(100);
        socket.getSoTimeout();
    }

    private static void writeToClosedPeer(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            OutputStream out = pair.client().getOutputStream();
            pair.server().close();
            log.attempt("read", in::read);
            log.attemptVoid("write", () -> out.write(1));
            log.attempt("until it fails", () -> writeUntilItFails(out));
            log.attemptVoid("write again", () -> out.write(1));
            log.attempt("read", in::read);
        }
    }

    private static Object writeUntilItFails(OutputStream out) throws Exception {
        for (int i = 0; i < 1000; i++) {
            out.write(1);
            Thread.sleep(10);
        }
        return "never";
    }

    private static void shutInput(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            pair.server().getOutputStream().write("lost".getBytes());
            while (in.available() < 4) {
                Thread.sleep(1);
            }
            pair.client().shutdownInput();
            log.attempt("available", in::available);
            log.attempt("read", in::read);
            log.attempt("stream", () -> pair.client().getInputStream());
            log.attemptVoid("again", () -> pair.client().shutdownInput());
            pair.server().getOutputStream().write("dropped".getBytes());
            pair.client().getOutputStream().write("other way".getBytes());
            log.note("server", new String(pair.server().getInputStream().readNBytes(9)));
            log.attempt("read again", in::read);
        }
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            Running reader = SideBySide.start(false, in::read).blocked();
            pair.client().shutdownInput();
            log.join("blocked read", reader.result());
        }
    }

    private static void shutOutput(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            OutputStream out = pair.client().getOutputStream();
            pair.client().shutdownOutput();
            log.attemptVoid("write", () -> out.write(1));
            log.attempt("stream", () -> pair.client().getOutputStream());
            log.attemptVoid("again", () -> pair.client().shutdownOutput());
            states("after", pair.client(), log);
        }
    }

    private static void closedSocket(Network network, Log log) throws Exception {
        Pair pair = Pair.open(network);
        pair.close();
        Socket socket = pair.client();
        log.attempt("input", socket::getInputStream);
        log.attempt("output", socket::getOutputStream);
        log.attemptVoid("shut input", socket::shutdownInput);
        log.attemptVoid("shut output", socket::shutdownOutput);
        log.attemptVoid("timeout", () -> socket.setSoTimeout(1));
        log.attemptVoid("option", () -> socket.setTcpNoDelay(true));
        log.attempt("get option", socket::getKeepAlive);
        log.attemptVoid(
                "new option", () -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true));
        log.attemptVoid(
                "connect", () -> socket.connect(new InetSocketAddress(network.serverAddress(), 1)));
        log.attemptVoid("bind", () -> socket.bind(null));
        log.attemptVoid("close", socket::close);
    }

    private static void streamsOfClosedSocket(Network network, Log log) throws Exception {
        Pair pair = Pair.open(network);
        InputStream in = pair.client().getInputStream();
        OutputStream out = pair.client().getOutputStream();
        in.close();
        log.note("closed", pair.client().isClosed());
        log.attempt("read", in::read);
        log.attempt("available", in::available);
        log.attemptVoid("write", () -> out.write(1));
        log.attemptVoid("flush", out::flush);
        log.attemptVoid("close", out::close);
        log.note("server", pair.server().getInputStream().read());
        pair.close();
    }

    private static void unconnected(Network network, Log log) throws Exception {
        Socket socket = network.socket();
        log.attempt("input", socket::getInputStream);
        log.attempt("output", socket::getOutputStream);
        log.attemptVoid("shut input", socket::shutdownInput);
        log.attemptVoid("shut output", socket::shutdownOutput);
        log.note("text", socket);
        log.attemptVoid("null", () -> socket.connect(null));
        log.attemptVoid("bind twice", () -> socket.bind(new InetSocketAddress(0)));
        log.attemptVoid("bind twice", () -> socket.bind(new InetSocketAddress(0)));
        log.attemptVoid("close", socket::close);
    }

    private static void connectedTwice(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            log.attemptVoid(
                    "connect", () -> pair.client().connect(pair.client().getRemoteSocketAddress()));
            log.attemptVoid("bind", () -> pair.client().bind(null));
            log.note("still", pair.client().isConnected() && !pair.client().isClosed());
        }
    }

    private static void portInUse(Network network, Log log) throws Exception {
        try (ServerSocket first = network.serverSocket();
                ServerSocket second = network.serverSocket()) {
            first.bind(new InetSocketAddress(network.serverAddress(), 0));
            log.attemptVoid("bind", () -> second.bind(first.getLocalSocketAddress()));
            log.note("bound", second.isBound());
            log.note("closed", second.isClosed());
            log.attemptVoid("first again", () -> first.bind(new InetSocketAddress(0)));
        }
    }

    private static void foreignAddress(Network network, Log log) throws Exception {
        InetAddress foreign = InetAddress.ofLiteral("192.0.2.77");
        try (ServerSocket server = network.serverSocket();
                Socket client = network.socket()) {
            log.attemptVoid("server", () -> server.bind(new InetSocketAddress(foreign, 0)));
            log.attemptVoid("client", () -> client.bind(new InetSocketAddress(foreign, 0)));
            log.attemptVoid(
                    "unresolved",
                    () -> client.bind(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
        }
    }

    private static void unboundServer(Network network, Log log) throws Exception {
        try (ServerSocket server = network.serverSocket()) {
            log.attempt("accept", server::accept);
            log.note("port", server.getLocalPort());
            log.note("address", server.getInetAddress());
            log.note("text", server);
            log.note("reuse", server.getReuseAddress());
            server.bind(null);
            log.note("port", server.getLocalPort() > 0);
            log.note("any", server.getInetAddress().isAnyLocalAddress());
        }
    }

    private static void closedServer(Network network, Log log) throws Exception {
        ServerSocket server = network.serverSocket();
        server.bind(new InetSocketAddress(network.serverAddress(), 0));
        int port = server.getLocalPort();
        server.close();
        server.close();
        log.attempt("accept", server::accept);
        log.attemptVoid("bind", () -> server.bind(null));
        log.attempt("timeout", server::getSoTimeout);
        log.note("bound", server.isBound());
        log.note("port", server.getLocalPort() == port);
        try (Socket client = network.socket()) {
            log.attemptVoid(
                    "connect",
                    () -> client.connect(new InetSocketAddress(network.serverAddress(), port)));
        }
    }

    private static void options(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            Socket socket = pair.client();
            log.note("nodelay", socket.getTcpNoDelay());
            log.note("keepalive", socket.getKeepAlive());
            log.note("linger", socket.getSoLinger());
            log.note("timeout", socket.getSoTimeout());
            log.note("tos", socket.getTrafficClass());
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setSoLinger(true, 5);
            socket.setTrafficClass(0x20);
            log.note("nodelay", socket.getTcpNoDelay());
            log.note("keepalive", socket.getKeepAlive());
            log.note("linger", socket.getSoLinger());
            log.note("tos", socket.getTrafficClass());
            socket.setSoLinger(true, 100_000);
            log.note("long linger", socket.getSoLinger());
            socket.setSoLinger(false, 0);
            log.note("no linger", socket.getSoLinger());
            log.note("new linger", socket.getOption(StandardSocketOptions.SO_LINGER));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, false);
            log.note("nodelay", socket.getTcpNoDelay());
            socket.setReceiveBufferSize(32_768);
            socket.setSendBufferSize(32_768);
            log.note("receive buffer", socket.getReceiveBufferSize() >= 32_768);
            log.note("send buffer", socket.getSendBufferSize() >= 32_768);
            socket.getOutputStream().write("works".getBytes());
            log.note("works", new String(pair.server().getInputStream().readNBytes(5)));
        }
    }

    private static void extendedOptions(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            Socket socket = pair.client();
            for (var option :
                    new java.net.SocketOption<?>[] {
                        ExtendedSocketOptions.TCP_KEEPIDLE,
                        ExtendedSocketOptions.TCP_KEEPINTERVAL,
                        ExtendedSocketOptions.TCP_KEEPCOUNT
                    }) {
                log.note(option.name(), socket.supportedOptions().contains(option));
                log.attempt(option.name(), () -> socket.getOption(option));
            }
            log.attemptVoid("set", () -> socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 30));
            log.attempt("get", () -> socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
            log.attemptVoid(
                    "foreign option",
                    () -> socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1));
        }
    }

    private static void badArguments(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            Socket socket = pair.client();
            log.attemptVoid("timeout", () -> socket.setSoTimeout(-1));
            log.attemptVoid("linger", () -> socket.setSoLinger(true, -1));
            log.attemptVoid("buffer", () -> socket.setReceiveBufferSize(0));
            log.attemptVoid("tos", () -> socket.setTrafficClass(256));
            log.attempt("read", () -> socket.getInputStream().read(new byte[4], 2, 3));
            log.attemptVoid("write", () -> socket.getOutputStream().write(new byte[4], -1, 3));
        }
    }

    private static void urgentData(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            log.note("inline", pair.client().getOOBInline());
        }
    }

    private static void closeInRead(Network network, Log log, boolean virtual) throws Exception {
        for (int timeout : new int[] {0, 60_000}) {
            try (Pair pair = Pair.open(network)) {
                pair.client().setSoTimeout(timeout);
                InputStream in = pair.client().getInputStream();
                Running reader = SideBySide.start(virtual, in::read).blocked();
                pair.client().close();
                log.join("read", reader.result());
                log.attempt("again", in::read);
            }
        }
    }

    private static void closeInWrite(Network network, Log log, boolean virtual) throws Exception {
        try (Pair pair = Pair.open(network)) {
            OutputStream out = pair.client().getOutputStream();
            Running writer =
                    SideBySide.start(
                            virtual,
                            () -> {
                                while (true) {
                                    out.write(new byte[1 << 20]);
                                }
                            });
            Thread.sleep(300); // until all buffers are full
            writer.blocked();
            pair.client().close();
            log.join("write", writer.result());
        }
    }

    private static void closeInAccept(Network network, Log log, boolean virtual) throws Exception {
        for (int timeout : new int[] {0, 60_000}) {
            ServerSocket server = network.serverSocket();
            server.bind(new InetSocketAddress(network.serverAddress(), 0));
            server.setSoTimeout(timeout);
            Running accepter = SideBySide.start(virtual, server::accept).blocked();
            server.close();
            log.join("accept", accepter.result());
        }
    }

    private static void interruptRead(Network network, Log log, boolean virtual) throws Exception {
        try (Pair pair = Pair.open(network)) {
            InputStream in = pair.client().getInputStream();
            Running reader =
                    SideBySide.start(
                                    virtual,
                                    () -> {
                                        Object result;
                                        try {
                                            result = in.read();
                                        } catch (Exception e) {
                                            result = e.toString();
                                        }
                                        return result
                                                + " "
                                                + Thread.currentThread().isInterrupted();
                                    })
                            .blocked();
            reader.thread().interrupt();
            if (!virtual) {
                Thread.sleep(50);
                log.note("still reads", !reader.result().isDone());
                pair.server().getOutputStream().write(7);
            }
            log.join("read", reader.result());
            log.note("closed", pair.client().isClosed());
        }
    }

    private static void interruptWrite(Network network, Log log) throws Exception {
        try (Pair pair = Pair.open(network)) {
            OutputStream out = pair.client().getOutputStream();
            Running writer =
                    SideBySide.start(
                            true,
                            () -> {
                                while (true) {
                                    out.write(new byte[1 << 20]);
                                }
                            });
            Thread.sleep(300);
            writer.blocked();
            writer.thread().interrupt();
            log.join("write", writer.result());
            log.note("closed", pair.client().isClosed());
        }
    }

    private static void interruptAccept(Network network, Log log, boolean virtual)
            throws Exception {
        try (ServerSocket server = network.serverSocket()) {
            server.bind(new InetSocketAddress(network.serverAddress(), 0));
            Running accepter =
                    SideBySide.start(
                                    virtual,
                                    () -> {
                                        Socket accepted = server.accept();
                                        boolean interrupted =
                                                Thread.currentThread().isInterrupted();
                                        accepted.close();
                                        return interrupted;
                                    })
                            .blocked();
            accepter.thread().interrupt();
            if (!virtual) {
                Thread.sleep(50);
                log.note("still accepts", !accepter.result().isDone());
                try (Socket client = network.socket()) {
                    client.connect(server.getLocalSocketAddress());
                    log.join("accept", accepter.result());
                }
            } else {
                log.join("accept", accepter.result());
            }
            log.note("closed", server.isClosed());
        }
    }
}
