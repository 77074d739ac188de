// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.udp.UdpCounters;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Four tunnels on one port, over real sockets and in memory. */
class SharedPortTest {
    private static final int PLANES = 4;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private SharedPort port(String name) {
        SharedPort port = SharedPort.create(name);
        open.add(port);
        return port;
    }

    /** One side of four tunnels; each has the address 10.0.0.1 or .2. */
    private final class Side {
        final SharedPort portOrNull;
        final List<PrivateKey> keys = new ArrayList<>();
        final List<MemoryTun> packets = new ArrayList<>();
        final List<Tunnel> tunnels = new ArrayList<>();
        final int host;

        Side(SharedPort portOrNull, int host) {
            this.portOrNull = portOrNull;
            this.host = host;
            for (int i = 0; i < PLANES; i++) {
                keys.add(PrivateKey.generate());
                packets.add(new MemoryTun("s" + host + i, 1420));
            }
        }

        Tunnel.Builder builder(int plane, Side other) {
            Tunnel.Builder builder =
                    Tunnel.builder(packets.get(plane))
                            .privateKey(keys.get(plane))
                            .peer(
                                    other.keys.get(plane).publicKey(),
                                    peer -> {
                                        peer.allowedIp(
                                                IpPrefix.parse("10.0.0." + other.host + "/32"));
                                        if (!other.tunnels.isEmpty()) {
                                            peer.endpoint(
                                                    TestTunnels.addressOf(
                                                            other.tunnels.get(plane)));
                                        }
                                    });
            if (portOrNull != null) {
                builder.sharedPort(portOrNull);
            }
            return builder;
        }

        void start(Side other) throws IOException {
            for (int plane = 0; plane < PLANES; plane++) {
                add(builder(plane, other).start());
            }
        }

        void add(Tunnel tunnel) {
            tunnels.add(tunnel);
            open.add(tunnel);
        }

        int port(int plane) {
            return tunnels.get(plane).status().join().listenPort();
        }

        UdpCounters udp(int plane) {
            return tunnels.get(plane).status().join().udp();
        }
    }

    /** Sends a packet in each plane, both ways, and finds it in that plane only. */
    private static void exchange(Side a, Side b) throws InterruptedException {
        for (int plane = 0; plane < PLANES; plane++) {
            exchange(a, b, plane);
            exchange(b, a, plane);
        }
        for (int plane = 0; plane < PLANES; plane++) {
            assertNull(a.packets.get(plane).receive(0, TimeUnit.SECONDS));
            assertNull(b.packets.get(plane).receive(0, TimeUnit.SECONDS));
        }
    }

    private static void exchange(Side from, Side to, int plane) throws InterruptedException {
        from.packets.get(plane).offer(TestTunnels.packet(from.host, to.host));
        assertNotNull(
                to.packets.get(plane).receive(TestTunnels.PATIENCE_S, TimeUnit.SECONDS),
                "no packet in plane " + plane);
    }

    @Test
    void fourTunnelsTalkToFourOfAnotherPort() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        exchange(a, b);
        for (int plane = 0; plane < PLANES; plane++) {
            assertEquals(a.port(0), a.port(plane));
            assertEquals(b.port(0), b.port(plane));
        }
    }

    @Test
    void theOtherSideMayHaveAPortForEach() throws Exception {
        Side b = new Side(null, 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        exchange(a, b);
    }

    @Test
    void equalRandomNumbersDoNotCollide() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        for (int plane = 0; plane < PLANES; plane++) {
            b.add(b.builder(plane, a).random(new Random(5)).start());
        }
        for (int plane = 0; plane < PLANES; plane++) {
            a.add(a.builder(plane, b).random(new Random(6)).start());
        }
        exchange(a, b);
        for (int plane = 0; plane < PLANES; plane++) { // not one went to a wrong tunnel
            assertEquals(0, dropped(a, plane));
            assertEquals(0, dropped(b, plane));
        }
    }

    @Test
    void aTunnelThatEndsLeavesThePortToTheOthers() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        exchange(a, b);
        a.tunnels.get(0).close(); // the first, which gets what is for none
        for (int plane = 1; plane < PLANES; plane++) {
            exchange(a, b, plane);
            exchange(b, a, plane);
        }
        int number = a.port(1);
        a.tunnels.forEach(Tunnel::close);
        new DatagramSocket(number).close(); // free
    }

    @Test
    void anInterfaceThatGoesDownAndUpComesBack() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        exchange(a, b);
        int number = a.port(2);
        a.packets.get(2).setUp(false);
        exchange(a, b, 1);
        a.packets.get(2).setUp(true);
        exchange(a, b, 2);
        exchange(b, a, 2);
        assertEquals(number, a.port(2));
    }

    @Test
    void aKeyChangesWhileTheOthersGoOn() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        exchange(a, b);
        PrivateKey next = PrivateKey.generate();
        b.tunnels.get(3).configure(editor -> editor.privateKey(next)).join();
        InetSocketAddress at = TestTunnels.addressOf(b.tunnels.get(3));
        a.tunnels
                .get(3)
                .configure(
                        editor -> {
                            editor.removePeer(b.keys.get(3).publicKey());
                            editor.addPeer(next.publicKey())
                                    .endpoint(at)
                                    .allowedIp(IpPrefix.parse("10.0.0.2/32"));
                        })
                .join();
        exchange(a, b);
    }

    @Test
    void thePortStaysAndHasNoMark() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        int number = a.port(0);
        assertInstance(
                BindException.class, a.tunnels.get(1).configure(e -> e.listenPort(number + 1)));
        assertInstance(IOException.class, a.tunnels.get(1).configure(e -> e.fwmark(7)));
        a.tunnels.get(1).configure(e -> e.listenPort(number)).join();
        exchange(a, b);
        Tunnel.Builder other =
                Tunnel.builder(new MemoryTun("other", 1420))
                        .sharedPort(a.portOrNull)
                        .listenPort(number == 1 ? 2 : number - 1);
        assertThrows(BindException.class, other::start);
        exchange(a, b);
    }

    private static void assertInstance(Class<?> type, CompletableFuture<Void> future) {
        Throwable cause = assertThrows(CompletionException.class, future::join).getCause();
        assertTrue(type.isInstance(cause), () -> "not a " + type + ": " + cause);
    }

    @Test
    void eachTunnelCountsItsOwnDatagrams() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        b.start(a);
        a.start(b);
        exchange(a, b, 2);
        for (int plane = 0; plane < PLANES; plane++) {
            assertEquals(plane == 2, a.udp(plane).sent() > 0, "plane " + plane);
            assertEquals(plane == 2, a.udp(plane).received() > 0, "plane " + plane);
        }
    }

    @Test
    void strayDatagramsAreDroppedAndCountedOnce() throws Exception {
        Side b = new Side(port("b"), 2);
        b.start(new Side(null, 1));
        byte[] data = new byte[32];
        data[0] = 4;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.connect(TestTunnels.addressOf(b.tunnels.get(0)));
            for (int i = 0; i < 3; i++) {
                socket.send(new DatagramPacket(data, data.length));
            }
        }
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(TestTunnels.PATIENCE_S);
        while (drops(b, 0) < 3 && System.nanoTime() < until) {
            Thread.sleep(10);
        }
        assertEquals(3, drops(b, 0));
        for (int plane = 1; plane < PLANES; plane++) {
            assertEquals(0, drops(b, plane));
        }
    }

    private static long dropped(Side side, int plane) {
        return side.tunnels.get(plane).status().join().drops().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static long drops(Side side, int plane) {
        return side.tunnels.get(plane).status().join().drops().get(DropReason.NO_SESSION);
    }

    /** Takes data with a session that no tunnel has, and speaks for all tunnels. */
    private static final class Watcher implements DatagramFilter {
        final CompletableFuture<DatagramOutlet> outlet = new CompletableFuture<>();
        final CompletableFuture<Integer> first = new CompletableFuture<>();

        @Override
        public void attached(DatagramOutlet attached) {
            assertTrue(outlet.complete(attached), "attached twice");
        }

        @Override
        public void filter(PacketBatch datagrams) {
            first.complete(datagrams.lengths()[0]);
        }
    }

    @Test
    void aFilterSeesAllAndKnowsThePeersOfEachTunnel() throws Exception {
        Side b = new Side(port("b"), 2);
        Side a = new Side(port("a"), 1);
        Watcher watcher = new Watcher();
        b.portOrNull.filter(watcher);
        b.start(a);
        a.start(b);
        exchange(a, b);
        assertEquals(148, watcher.first.join());
        DatagramOutlet outlet = watcher.outlet.join();
        CompletableFuture<List<InetSocketAddress>> proven = new CompletableFuture<>();
        outlet.schedule(
                () -> {
                    List<InetSocketAddress> all = new ArrayList<>();
                    for (PrivateKey key : a.keys) {
                        all.add(outlet.provenEndpointOrNull(key.publicKey()).toSocketAddress());
                    }
                    proven.complete(all);
                },
                0);
        assertEquals(
                List.of(a.port(0), a.port(0), a.port(0), a.port(0)),
                proven.join().stream().map(InetSocketAddress::getPort).toList());
        assertTrue(outlet.nowNs() >= 0);
    }

    @Test
    void closingThePortClosesItsTunnels() throws Exception {
        Side b = new Side(port("b"), 2);
        b.start(new Side(null, 1));
        b.portOrNull.close();
        for (Tunnel tunnel : b.tunnels) {
            assertTrue(tunnel.whenClosed().isDone());
        }
    }
}
