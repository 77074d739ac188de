// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The hooks by which a program sees, decides and sends beside a tunnel, over real sockets. */
class HooksTest {
    private final TestTunnels two = new TestTunnels();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private Tunnel started(Tunnel.Builder builder) throws Exception {
        Tunnel tunnel = builder.start();
        open.add(tunnel);
        return tunnel;
    }

    private DatagramSocket socket() throws Exception {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(TestTunnels.PATIENCE_S));
        open.add(socket);
        return socket;
    }

    private static InetSocketAddress addressOf(DatagramSocket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static byte[] receive(DatagramSocket socket) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static byte[] bytes(PacketBatch batch, int i) {
        return batch.slab()
                .asSlice(batch.offsets()[i], batch.lengths()[i])
                .toArray(ValueLayout.JAVA_BYTE);
    }

    /** Keeps the outlet, and sends "echo" datagrams back within the batch that brought them. */
    private static class Echo implements DatagramFilter {
        final CompletableFuture<DatagramOutlet> outlet = new CompletableFuture<>();

        @Override
        public void attached(DatagramOutlet attached) {
            assertTrue(outlet.complete(attached), "attached twice");
        }

        @Override
        public void filter(PacketBatch datagrams) {
            int count = datagrams.count();
            datagrams.setCount(0);
            for (int i = 0; i < count; i++) {
                if (datagrams.lengths()[i] == 4) {
                    datagrams.add(datagrams.offsets()[i], 4, (byte) 0, datagrams.endpoints()[i]);
                }
            }
            if (datagrams.count() > 0) {
                outlet.join().send(datagrams);
                datagrams.setCount(0);
            }
        }
    }

    @Test
    void aFilterSendsFromTheTunnelsPort() throws Exception {
        Echo echo = new Echo();
        Tunnel bob = started(two.bob().filter(echo));
        DatagramSocket socket = socket();
        socket.connect(TestTunnels.addressOf(bob)); // hears nothing from elsewhere
        socket.send(new DatagramPacket(new byte[] {1, 2, 3, 4}, 4));
        assertArrayEquals(new byte[] {1, 2, 3, 4}, receive(socket));
        assertTrue(echo.outlet.join().nowNs() >= 0);
    }

    @Test
    void aFilterRunsTasksLaterUntilTheTunnelCloses() throws Exception {
        Echo echo = new Echo();
        Tunnel bob = started(two.bob().filter(echo));
        DatagramOutlet outlet = echo.outlet.join();
        CompletableFuture<Thread> ran = new CompletableFuture<>();
        CompletableFuture<Boolean> writable = new CompletableFuture<>();
        long before = System.nanoTime();
        outlet.schedule(
                () -> {
                    ran.complete(Thread.currentThread());
                    writable.complete(outlet.isWritable());
                    throw new IllegalStateException("thrown by a test");
                },
                50_000_000);
        assertTrue(ran.get(20, TimeUnit.SECONDS).getName().startsWith("wgj-loop"));
        assertTrue(System.nanoTime() - before >= 50_000_000);
        assertTrue(writable.join());
        CompletableFuture<Void> late = new CompletableFuture<>();
        outlet.schedule(() -> late.complete(null), TimeUnit.HOURS.toNanos(1));
        bob.close();
        outlet.schedule(() -> late.complete(null), 0);
        assertFalse(late.isDone());
    }

    @Test
    void theOutletKnowsProvenPeersAndOwnIndicesAndBeginsHandshakes() throws Exception {
        Quiet quiet = new Quiet();
        List<Integer> indices = Collections.synchronizedList(new ArrayList<>());
        Tunnel bob =
                started(
                        two.bob()
                                .filter(quiet.followedBy(new Quiet()))
                                .reservedIndices(
                                        index -> {
                                            indices.add(index);
                                            return false;
                                        }));
        DatagramOutlet outlet = quiet.outlet.join();
        PublicKey aliceKey = two.aliceKey.publicKey();
        assertNull(onLoop(outlet, () -> outlet.provenEndpointOrNull(aliceKey)));
        Tunnel alice = started(two.alice(TestTunnels.addressOf(bob)));
        two.exchange();
        int port = alice.status().join().listenPort();
        Endpoint proven = onLoop(outlet, () -> outlet.provenEndpointOrNull(aliceKey));
        assertEquals(port, proven.port());
        PublicKey unknown = two.bobKey.publicKey();
        assertNull(onLoop(outlet, () -> outlet.provenEndpointOrNull(unknown)));
        int index = indices.getFirst();
        assertTrue(onLoop(outlet, () -> outlet.ownsIndex(index)));
        assertFalse(onLoop(outlet, () -> outlet.ownsIndex(index + 1)));

        DatagramSocket elsewhere = socket();
        Endpoint there = Endpoint.of(addressOf(elsewhere));
        outlet.schedule(() -> outlet.initiate(aliceKey, there), 0);
        byte[] initiation = receive(elsewhere);
        assertEquals(148, initiation.length);
        assertEquals(indices.getLast(), senderIndex(initiation));
    }

    /** Leaves every datagram to the tunnel. */
    private static final class Quiet extends Echo {
        @Override
        public void filter(PacketBatch datagrams) {}
    }

    private interface Question<T> {
        T ask();
    }

    private static <T> T onLoop(DatagramOutlet outlet, Question<T> question) throws Exception {
        CompletableFuture<T> answer = new CompletableFuture<>();
        outlet.schedule(() -> answer.complete(question.ask()), 0);
        return answer.get(TestTunnels.PATIENCE_S, TimeUnit.SECONDS);
    }

    @Test
    void aPacketFilterTakesPacketsOutAndKnowsTheirSource() throws Exception {
        BlockingQueue<Integer> ports = new LinkedBlockingQueue<>();
        PacketFilter noTwos =
                packets -> {
                    int count = packets.count();
                    packets.setCount(0);
                    for (int i = 0; i < count; i++) {
                        ports.add(packets.endpoints()[i].port());
                        if (bytes(packets, i).length != 28) {
                            continue;
                        }
                        packets.add(
                                packets.offsets()[i],
                                packets.lengths()[i],
                                packets.trafficClasses()[i],
                                packets.endpoints()[i]);
                    }
                };
        Tunnel bob = started(two.bob().packetFilter(noTwos));
        Tunnel alice = started(two.alice(TestTunnels.addressOf(bob)));
        two.exchange();
        byte[] longer = Arrays.copyOf(TestTunnels.packet(1, 2), 32);
        longer[3] = 32;
        assertTrue(alice.sendVia(two.bobKey.publicKey(), longer, null).join());
        two.exchange();
        int port = alice.status().join().listenPort();
        assertEquals(List.of(port, port, port), List.copyOf(ports));
        assertNull(two.bobPackets.receive(0, TimeUnit.SECONDS));
    }

    @Test
    void aFailingPacketFilterLosesOnlyItsBatch() throws Exception {
        CompletableFuture<Void> first = new CompletableFuture<>();
        Tunnel bob =
                started(
                        two.bob()
                                .packetFilter(
                                        packets -> {
                                            if (first.complete(null)) {
                                                throw new InternalError("thrown by a test");
                                            }
                                        }));
        started(two.alice(TestTunnels.addressOf(bob)));
        two.alicePackets.offer(TestTunnels.packet(1, 2));
        first.get(TestTunnels.PATIENCE_S, TimeUnit.SECONDS);
        two.exchange();
    }

    @Test
    void initiationsOfStrangersReachTheHandlerWhichMayFail() throws Exception {
        BlockingQueue<PublicKey> claims = new LinkedBlockingQueue<>();
        Tunnel bob =
                started(
                        Tunnel.builder(two.bobPackets)
                                .privateKey(two.bobKey)
                                .unknownInitiators(
                                        (claimed, message, source, nowNs) -> {
                                            claims.add(claimed);
                                            assertEquals(148, message.length);
                                            throw new IllegalStateException("thrown by a test");
                                        }));
        started(two.alice(TestTunnels.addressOf(bob)));
        two.alicePackets.offer(TestTunnels.packet(1, 2));
        assertEquals(
                two.aliceKey.publicKey(), claims.poll(TestTunnels.PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(1, bob.status().join().drops().get(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void aTunnelChoosesNoReservedIndex() throws Exception {
        Set<Integer> refused = ConcurrentHashMap.newKeySet();
        BlockingQueue<Integer> used = new LinkedBlockingQueue<>();
        Tunnel bob =
                started(
                        two.bob()
                                .filter(
                                        batch -> {
                                            if (batch.lengths()[0] == 148) {
                                                used.add(senderIndex(bytes(batch, 0)));
                                            }
                                        }));
        started(
                two.alice(TestTunnels.addressOf(bob))
                        .reservedIndices(index -> refused.isEmpty() && refused.add(index)));
        two.exchange();
        assertEquals(1, refused.size());
        assertFalse(refused.contains(used.take()));
    }

    private static int senderIndex(byte[] message) {
        return message[4] & 0xff
                | (message[5] & 0xff) << 8
                | (message[6] & 0xff) << 16
                | message[7] << 24;
    }

    @Test
    void packetsAndOpenersGoWhereTheProgramSays() throws Exception {
        Tunnel bob = started(two.bob());
        Tunnel alice = started(two.alice(TestTunnels.addressOf(bob)));
        PublicKey bobsKey = two.bobKey.publicKey();
        byte[] packet = TestTunnels.packet(1, 2);
        assertFalse(alice.sendVia(bobsKey, packet, null).join(), "no session yet");
        two.exchange();
        DatagramSocket elsewhere = socket();
        assertTrue(alice.sendVia(bobsKey, packet, addressOf(elsewhere)).join());
        assertEquals(32 + 32, receive(elsewhere).length, "padded to 16 bytes, and sealed");
        assertTrue(alice.sendRaw(new byte[] {42}, addressOf(elsewhere)).join());
        assertArrayEquals(new byte[] {42}, receive(elsewhere));
        assertFalse(alice.sendVia(two.aliceKey.publicKey(), packet, null).join(), "no peer");
    }

    @Test
    void whatCannotBeSentIsRefusedAtOnce() throws Exception {
        Tunnel bob = started(two.bob());
        InetSocketAddress nowhere = new InetSocketAddress("192.0.2.1", 0);
        InetSocketAddress somewhere = new InetSocketAddress("192.0.2.1", 1);
        PublicKey key = two.aliceKey.publicKey();
        for (Runnable mistake :
                List.<Runnable>of(
                        () -> bob.sendRaw(new byte[0], somewhere),
                        () -> bob.sendRaw(new byte[65_508], somewhere),
                        () -> bob.sendRaw(new byte[1], nowhere),
                        () -> bob.sendVia(key, new byte[65_536], somewhere),
                        () -> bob.sendVia(key, new byte[20], nowhere),
                        () -> two.bob().peer(key, p -> p.handshakeEndpoints(List.of(nowhere))),
                        () ->
                                two.bob()
                                        .peer(
                                                key,
                                                p ->
                                                        p.handshakeEndpoints(
                                                                Collections.nCopies(
                                                                        9, somewhere))))) {
            assertThrows(IllegalArgumentException.class, mistake::run);
        }
    }

    @Test
    void aPeerIsCalledAtSeveralPlacesAndAtOnce() throws Exception {
        Tunnel bob = started(two.bob());
        DatagramSocket nowhere = socket();
        Tunnel alice =
                started(
                        Tunnel.builder(two.alicePackets)
                                .privateKey(two.aliceKey)
                                .peer(
                                        two.bobKey.publicKey(),
                                        peer ->
                                                peer.endpoint(addressOf(nowhere))
                                                        .managedEndpoint(true)
                                                        .handshakeEndpoints(
                                                                List.of(
                                                                        TestTunnels.addressOf(
                                                                                bob)))));
        BlockingQueue<TunnelEvent> events = new LinkedBlockingQueue<>();
        alice.addListener(events::add);
        alice.configure(editor -> editor.peer(two.bobKey.publicKey()).orElseThrow().initiate())
                .join();
        TestTunnels.await(events, TunnelEvent.HandshakeCompleted.class);
        assertEquals(148, receive(nowhere).length);
        assertEquals(
                TestTunnels.addressOf(bob),
                alice.status().join().peers().getFirst().endpoint().toSocketAddress());
    }
}
