// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.ip.OwnAddress;
import org.wgj.netstack.socket.NameLookup;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Connecting to a name with several addresses (RFC 8305): a socket of a stack whose name lookups
 * are in the test's hand, and a server behind a tunnel.
 */
@Timeout(60)
class NameWithManyAddressesTest {
    private static final int MTU = 1420;
    private static final InetAddress OPEN4 = InetAddress.ofLiteral("10.9.0.2");
    private static final InetAddress OPEN6 = InetAddress.ofLiteral("fd09::2");

    /** In the server's allowed IPs, but no node has them. */
    private static final InetAddress SILENT4 = InetAddress.ofLiteral("10.9.0.99");

    private static final InetAddress SILENT6 = InetAddress.ofLiteral("fd09::99");

    private static TunnelNet server;
    private static ServerSocket listening;
    private static Tunnel tunnel;
    private static NetStackTun tun;
    private static SocketStack client;

    /** The result of the next lookup. */
    private static volatile NameLookup.Addresses addresses;

    @BeforeAll
    static void open() throws Exception {
        PrivateKey clientKey = PrivateKey.generate();
        PrivateKey serverKey = PrivateKey.generate();
        server =
                TunnelNet.builder()
                        .address(OPEN4)
                        .address(OPEN6)
                        .tunnel(
                                one ->
                                        one.privateKey(serverKey)
                                                .peer(
                                                        clientKey.publicKey(),
                                                        peer ->
                                                                peer.allowedIp(
                                                                                IpPrefix.parse(
                                                                                        "10.9.0.1/32"))
                                                                        .allowedIp(
                                                                                IpPrefix.parse(
                                                                                        "fd09::1/128"))))
                        .open();
        listening = server.listen(0);
        NetStack stack = new NetStack(StackOptions.DEFAULT.withMtu(MTU), new SecureRandom());
        stack.setOwnAddresses(
                List.of(
                        new OwnAddress(IpAddress.of(InetAddress.ofLiteral("10.9.0.1")), 32),
                        new OwnAddress(IpAddress.of(InetAddress.ofLiteral("fd09::1")), 128)));
        tun = new NetStackTun("many", stack, MTU);
        client = new SocketStack(tun, _ -> addresses, false);
        InetSocketAddress endpoint =
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        server.tunnel().status().join().listenPort());
        tunnel =
                Tunnel.builder(tun)
                        .privateKey(clientKey)
                        .peer(
                                serverKey.publicKey(),
                                peer ->
                                        peer.endpoint(endpoint)
                                                .allowedIp(IpPrefix.parse("10.9.0.0/24"))
                                                .allowedIp(IpPrefix.parse("fd09::/64")))
                        .start();
    }

    @AfterAll
    static void close() {
        client.close(Duration.ZERO);
        tunnel.close();
        server.close();
    }

    private static NameLookup.Addresses known(List<InetAddress> six, List<InetAddress> four) {
        return new NameLookup.Addresses(
                CompletableFuture.completedFuture(six), CompletableFuture.completedFuture(four));
    }

    private static NameLookup.Addresses pending() {
        return new NameLookup.Addresses(new CompletableFuture<>(), new CompletableFuture<>());
    }

    /** Connects to the name and returns the address that answered. */
    private static InetAddress connect(int timeoutMs) throws IOException {
        return connect(listening.getLocalPort(), timeoutMs);
    }

    private static InetAddress connect(int port, int timeoutMs) throws IOException {
        try (Socket socket = client.socket()) {
            socket.connect(InetSocketAddress.createUnresolved("db", port), timeoutMs);
            return socket.getInetAddress();
        }
    }

    @Test
    void ipv6GoesFirst() throws IOException {
        addresses = known(List.of(OPEN6), List.of(OPEN4));
        assertEquals(OPEN6, connect(0));
    }

    @Test
    void aSilentAddressIsOvertakenAndItsAttemptEnds() throws Exception {
        addresses = known(List.of(SILENT6), List.of(OPEN4));
        int before = connections();
        assertEquals(OPEN4, connect(0));
        int after = connections();
        assertTrue(after <= before + 1, before + " connections became " + after);
    }

    private static int connections() throws IOException {
        return client.call(() -> tun.stack().tcp().connections());
    }

    @Test
    void anAddressWithoutAPeerIsReplacedAtOnce() throws IOException {
        addresses = known(List.of(InetAddress.ofLiteral("fd08::1")), List.of(SILENT4, OPEN4));
        long begin = System.nanoTime();
        assertEquals(OPEN4, connect(0));
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(tookMs >= 250, "the silent address had its time: " + tookMs + " ms");
    }

    @Test
    void aFailureOfTheHostIsThrownOnceAllHaveFailed() throws IOException {
        int port;
        try (ServerSocket free = server.listen(0)) {
            port = free.getLocalPort();
        }
        // No peer has the first address of each family.
        addresses =
                known(
                        List.of(InetAddress.ofLiteral("fd08::1"), OPEN6),
                        List.of(InetAddress.ofLiteral("10.8.0.1"), OPEN4));
        assertEquals(
                "Connection refused",
                assertThrows(ConnectException.class, () -> connect(port, 0)).getMessage());
    }

    @Test
    void aHostWithoutAddressIsUnknown() {
        addresses = known(List.of(), List.of());
        UnknownHostException e = assertThrows(UnknownHostException.class, () -> connect(0));
        assertEquals("db", e.getMessage());

        UnknownHostException cause = new UnknownHostException("db: Name or service not known");
        addresses =
                new NameLookup.Addresses(
                        CompletableFuture.failedFuture(cause),
                        CompletableFuture.failedFuture(cause));
        e = assertThrows(UnknownHostException.class, () -> connect(0));
        assertEquals("db: Name or service not known", e.getMessage());
        assertEquals(cause, e.getCause());
    }

    @Test
    void addressesMayComeLaterAndIpv6MayNeverCome() throws Exception {
        addresses = pending();
        SideBySide.Running connecting = SideBySide.start(true, () -> connect(0)).blocked();
        addresses.ipv4().complete(List.of(OPEN4));
        assertEquals(OPEN4, connecting.result().get(20, TimeUnit.SECONDS));
    }

    @Test
    void anAddressThatComesAfterAllHaveFailedIsTried() throws Exception {
        addresses = pending();
        SideBySide.Running connecting = SideBySide.start(true, () -> connect(0)).blocked();
        addresses.ipv6().complete(List.of(InetAddress.ofLiteral("fd08::1")));
        connecting.blocked();
        addresses.ipv4().complete(List.of(OPEN4));
        assertEquals(OPEN4, connecting.result().get(20, TimeUnit.SECONDS));
    }

    @Test
    void theTimeoutIsForTheNameAndAllAttempts() {
        addresses = known(List.of(SILENT6), List.of(SILENT4));
        assertEquals(
                "Connect timed out",
                assertThrows(SocketTimeoutException.class, () -> connect(400)).getMessage());
        addresses = pending();
        assertThrows(SocketTimeoutException.class, () -> connect(1));
    }

    @Test
    void anInterruptEndsTheWaitForAName() throws Exception {
        addresses = pending();
        Socket socket = client.socket();
        SideBySide.Running connecting =
                SideBySide.start(
                                true,
                                () -> {
                                    try {
                                        socket.connect(
                                                InetSocketAddress.createUnresolved("db", 80));
                                        return "connected";
                                    } catch (SocketException e) {
                                        return e.getMessage();
                                    }
                                })
                        .blocked();
        connecting.thread().interrupt();
        assertEquals("Closed by interrupt", connecting.result().get(20, TimeUnit.SECONDS));
        assertTrue(socket.isClosed());
    }
}
