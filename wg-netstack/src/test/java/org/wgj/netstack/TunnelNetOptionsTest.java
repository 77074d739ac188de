// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.crypto.PrivateKey;
import org.wgj.lab.Await;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.tcp.TcpLimits;
import org.wgj.netstack.tcp.TcpOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Tests the settings of a network's stack. */
@Timeout(120)
class TunnelNetOptionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Occupies the stack's thread of a net, so that it answers nothing. */
    private static CountDownLatch silence(TunnelNet net) {
        CountDownLatch free = new CountDownLatch(1);
        net.tun()
                .execute(
                        () -> {
                            try {
                                free.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        return free;
    }

    /** Returns how a connection ends whose peer acknowledges nothing any more. */
    private static SocketException endOfSilent(TwoNets nets, int optionMs) throws Exception {
        try (ServerSocket listening = nets.server.listen(0);
                Socket client =
                        nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
                Socket server = listening.accept()) {
            if (optionMs > 0) {
                client.setOption(TunnelSocketOptions.TCP_USER_TIMEOUT, optionMs);
                assertEquals(optionMs, client.getOption(TunnelSocketOptions.TCP_USER_TIMEOUT));
            }
            assertTrue(client.supportedOptions().contains(TunnelSocketOptions.TCP_USER_TIMEOUT));
            client.setSoTimeout(60_000);
            server.getOutputStream().write(1);
            assertEquals(1, client.getInputStream().read());
            CountDownLatch free = silence(nets.server);
            try {
                client.getOutputStream().write(1);
                return assertThrows(SocketException.class, () -> client.getInputStream().read());
            } finally {
                free.countDown();
            }
        }
    }

    @Test
    void theUserTimeoutOfTheNetEndsAConnection() throws Exception {
        try (TwoNets nets =
                new TwoNets(client -> client.userTimeout(Duration.ofSeconds(1)), _ -> {})) {
            assertTrue(endOfSilent(nets, 0).getMessage().contains("timed out"));
        }
    }

    @Test
    void theUserTimeoutOfASocketReplacesThatOfTheNet() throws Exception {
        try (TwoNets nets =
                new TwoNets(client -> client.userTimeout(Duration.ofHours(1)), _ -> {})) {
            assertTrue(endOfSilent(nets, 1000).getMessage().contains("timed out"));
            try (Socket socket = nets.client.socketFactory().createSocket()) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> socket.setOption(TunnelSocketOptions.TCP_USER_TIMEOUT, -1));
            }
        }
    }

    private static TunnelNetBuilder alone(String address, int mtu) {
        return TunnelNet.builder()
                .tunnel(tunnel -> tunnel.privateKey(PrivateKey.generate()))
                .address(InetAddress.ofLiteral(address))
                .mtu(mtu);
    }

    private static void expectNoSource(TunnelNet net, String host, String reason)
            throws IOException {
        InetAddress address = InetAddress.ofLiteral(host);
        assertEquals(
                "No route to host: " + reason,
                assertThrows(NoRouteToHostException.class, () -> net.connect(host, 80, PATIENCE))
                        .getMessage());
        assertEquals(
                "Network is unreachable: " + reason,
                assertThrows(NoRouteToHostException.class, () -> net.ping(address, PATIENCE))
                        .getMessage());
        try (DatagramSocket socket = net.datagram(0)) {
            DatagramPacket packet = new DatagramPacket(new byte[1], 1, address, 53);
            socket.send(packet);
            socket.setSoTimeout(20_000);
            assertEquals(
                    "Network is unreachable: " + reason,
                    assertThrows(NoRouteToHostException.class, () -> socket.receive(packet))
                            .getMessage());
        }
        assertEquals(0, net.statistics().sentPackets());
    }

    @Test
    void aTargetOfAFamilyThatTheTunnelLacksSaysWhy() throws Exception {
        String small = "MTU 1200 is below 1280, which IPv6 needs";
        InetAddress server = InetAddress.ofLiteral("fd00::53");
        try (TunnelNet net = alone("10.9.0.1", 1200).dns(server).open()) {
            expectNoSource(net, "fd00::1", small);
            Throwable why =
                    assertThrows(UnknownHostException.class, () -> net.resolve("db.internal"));
            while (why.getCause() != null) {
                why = why.getCause();
            }
            assertTrue(why.getMessage().contains("fd00:"), why.getMessage());
            assertTrue(why.getMessage().endsWith(small), why.getMessage());
            assertEquals(0, net.statistics().sentPackets());
        }
        try (TunnelNet net = alone("10.9.0.1", 1280).open()) {
            expectNoSource(net, "fd00::1", "the tunnel has no IPv6 address");
        }
        try (TunnelNet net = alone("fd00::2", 1280).open()) {
            expectNoSource(net, "10.9.0.1", "the tunnel has no IPv4 address");
        }
        TunnelNetBuilder both = alone("fd00::2", 1279);
        assertEquals(
                "MTU 1279 is below 1280, which IPv6 needs: use a larger MTU, or no IPv6 address",
                assertThrows(IllegalArgumentException.class, both::open).getMessage());
    }

    @Test
    void pingsMayStayWithoutAnswer() throws Exception {
        try (TwoNets nets = new TwoNets(_ -> {}, TunnelNetBuilder::ignorePings)) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> nets.client.ping(TwoNets.SERVER4, Duration.ofMillis(500)));
            assertTrue(nets.server.ping(TwoNets.CLIENT4, PATIENCE).isPositive());
        }
    }

    /** Reads everything on the stack's thread. */
    private static final class Reader implements TcpHandler {
        private final NetStackTun tun;
        private final byte[] bytes = new byte[1 << 16];
        private long read;
        private TcpConnection connection;

        Reader(NetStackTun tun) {
            this.tun = tun;
        }

        boolean begin(TcpConnection accepted) {
            connection = accepted;
            connection.setHandler(this);
            return true;
        }

        @Override
        public void readable() {
            for (int count; (count = connection.read(bytes, 0, bytes.length)) > 0; ) {
                read += count;
            }
            connection.consumed(tun.nowNs());
        }

        @Override
        public void established() {}

        @Override
        public void writable() {}

        @Override
        public void ended(TcpFailure failure) {}
    }

    /** Returns the size to which the receive buffer grows when 16 MiB come. */
    private static int grownBuffer(Change change) throws Exception {
        int much = 16 << 20;
        try (TwoNets nets = new TwoNets(_ -> {}, change::apply)) {
            NetStackTun tun = nets.server.tun();
            Reader reader = new Reader(tun);
            nets.server
                    .sockets()
                    .call(
                            () ->
                                    tun.stack()
                                            .tcp()
                                            .listen(
                                                    null,
                                                    7000,
                                                    4,
                                                    TcpOptions.DEFAULT,
                                                    reader::begin));
            try (Socket client = nets.client.connect("10.9.0.2", 7000, PATIENCE)) {
                client.getOutputStream().write(new byte[much]);
                Await.until(
                        "all is read",
                        Duration.ofSeconds(60),
                        () -> onStack(nets.server, () -> reader.read == much));
                return onStack(nets.server, () -> reader.connection.info().receiveBuffer());
            }
        }
    }

    private interface Change {
        void apply(TunnelNetBuilder builder);
    }

    private static <T> T onStack(TunnelNet net, SocketStack.OwnerTask<T> task) {
        try {
            return net.sockets().call(task);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void buffersGrowToTheirMaximumAndNoFurther() throws Exception {
        int most = 96 * 1024;
        assertTrue(grownBuffer(server -> server.maxTcpBuffer(most)) <= most);
    }

    @Test
    void limitsReachTheStack() throws Exception {
        try (TwoNets nets =
                new TwoNets(
                        client -> client.tcpMemory(2 << 20).halfOpenConnections(500, 100),
                        _ -> {})) {
            assertEquals(
                    new TcpLimits(2 << 20, 16 << 20, 500, 100),
                    nets.client.sockets().call(() -> nets.client.tun().stack().tcp().limits()));
            assertEquals(
                    2L << 20,
                    nets.client
                            .sockets()
                            .call(() -> nets.client.tun().stack().tcp().pool().budget()));
            assertEquals(
                    new TcpLimits(64 << 20, 16 << 20, 128, 32),
                    nets.server.sockets().call(() -> nets.server.tun().stack().tcp().limits()));
        }
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        TunnelNetBuilder builder = TunnelNet.builder();
        assertEquals(
                "user timeout PT0.0001S is less than 1 ms",
                refusal(() -> builder.userTimeout(Duration.ofNanos(100_000))));
        assertEquals(
                "user timeout PT-1S is less than 1 ms",
                refusal(() -> builder.userTimeout(Duration.ofSeconds(-1))));
        assertEquals(
                "memory for TCP: 1048575 bytes are less than 1048576",
                refusal(() -> builder.tcpMemory((1 << 20) - 1)));
        assertEquals(
                "buffer maximum 65535 is not from 65536 to 67108864",
                refusal(() -> builder.maxTcpBuffer(65_535)));
        assertEquals(
                "buffer maximum 67108865 is not from 65536 to 67108864",
                refusal(() -> builder.maxTcpBuffer(67_108_865)));
        assertEquals(
                "half-open connections 4097 is not from 1 to 4096",
                refusal(() -> builder.halfOpenConnections(4097, 1)));
        assertEquals(
                "half-open connections of a peer 11 is not from 1 to 10",
                refusal(() -> builder.halfOpenConnections(10, 11)));
    }

    private static String refusal(Runnable setting) {
        return assertThrows(IllegalArgumentException.class, setting::run).getMessage();
    }
}
