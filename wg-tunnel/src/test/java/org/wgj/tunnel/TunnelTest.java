// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.MemoryTun;
import org.wgj.tun.PacketOutcome;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tunnels as an embedding program uses them: no root, no command line, real datagrams on loopback.
 */
class TunnelTest {
    private static final long PATIENCE_S = 20;

    private final PrivateKey aliceKey = PrivateKey.generate();
    private final PrivateKey bobKey = PrivateKey.generate();
    private final MemoryTun alicePackets = new MemoryTun("alice", 1420);
    private final MemoryTun bobPackets = new MemoryTun("bob", 1420);
    private final BlockingQueue<TunnelEvent> aliceEvents = new LinkedBlockingQueue<>();
    private Tunnel alice;
    private Tunnel bob;

    @AfterEach
    void close() {
        if (alice != null) {
            alice.close();
        }
        if (bob != null) {
            bob.close();
        }
    }

    /** Bob waits to be called; Alice knows where he is. */
    private void startBoth() throws IOException {
        startBoth(event -> {});
    }

    private void startBoth(Consumer<TunnelEvent> bobsListener) throws IOException {
        bob =
                Tunnel.builder(bobPackets)
                        .privateKey(bobKey)
                        .peer(
                                aliceKey.publicKey(),
                                peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                        .listener(bobsListener)
                        .start();
        alice = callerOfBob(alicePackets, aliceKey, aliceEvents::add);
    }

    private Tunnel callerOfBob(MemoryTun packets, PrivateKey key, Consumer<TunnelEvent> listener)
            throws IOException {
        return Tunnel.builder(packets)
                .privateKey(key)
                .peer(
                        bobKey.publicKey(),
                        peer ->
                                peer.endpoint(addressOf(bob))
                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                .listener(listener)
                .start();
    }

    private static InetSocketAddress addressOf(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }

    /** An IPv4 packet of no protocol in particular from 10.0.0.FROM to 10.0.0.TO. */
    private static byte[] packet(int from, int to, String text) {
        byte[] payload = text.getBytes();
        return ByteBuffer.allocate(20 + payload.length)
                .putInt(0x4500_0000 | 20 + payload.length)
                .putInt(0)
                .putInt(0x40fd_0000)
                .putInt(0x0a00_0000 | from)
                .putInt(0x0a00_0000 | to)
                .put(payload)
                .array();
    }

    private static byte[] receive(MemoryTun tun) throws InterruptedException {
        byte[] packet = tun.receive(PATIENCE_S, TimeUnit.SECONDS);
        assertNotNull(packet, "no packet within " + PATIENCE_S + " s");
        return packet;
    }

    @Test
    void packetsGoBothWaysBetweenTwoTunnelsInOneProgram() throws Exception {
        startBoth();
        byte[] question = packet(1, 2, "anyone there?");
        assertEquals(PacketOutcome.TAKEN, alicePackets.offer(question));
        assertArrayEquals(question, receive(bobPackets));
        byte[] answer = packet(2, 1, "yes");
        assertEquals(PacketOutcome.TAKEN, bobPackets.offer(answer));
        assertArrayEquals(answer, receive(alicePackets));
    }

    @Test
    void theListenerIsToldOfTheHandshake() throws Exception {
        startBoth();
        alicePackets.offer(packet(1, 2, "hello"));
        assertEquals(
                new TunnelEvent.PeerAdded(bobKey.publicKey()),
                aliceEvents.poll(PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(
                new TunnelEvent.HandshakeStarted(bobKey.publicKey()),
                aliceEvents.poll(PATIENCE_S, TimeUnit.SECONDS));
        TunnelEvent event = aliceEvents.poll(PATIENCE_S, TimeUnit.SECONDS);
        assertEquals(new TunnelEvent.HandshakeCompleted(bobKey.publicKey()), event);
    }

    @Test
    void theListenerIsToldAPeersNewEndpoint() throws Exception {
        BlockingQueue<TunnelEvent> bobEvents = new LinkedBlockingQueue<>();
        startBoth(bobEvents::add);
        alicePackets.offer(packet(1, 2, "hello"));
        assertEquals(
                new TunnelEvent.PeerAdded(aliceKey.publicKey()),
                bobEvents.poll(PATIENCE_S, TimeUnit.SECONDS));
        TunnelEvent event = bobEvents.poll(PATIENCE_S, TimeUnit.SECONDS);
        assertEquals(
                new TunnelEvent.EndpointChanged(aliceKey.publicKey(), addressOf(alice)), event);
    }

    @Test
    void statusShowsWhatWasConfiguredAndCounted() throws Exception {
        PresharedKey psk = PresharedKey.generate();
        startBoth();
        for (Tunnel tunnel : List.of(alice, bob)) {
            var other = tunnel == alice ? bobKey.publicKey() : aliceKey.publicKey();
            tunnel.configure(
                            editor ->
                                    editor.peer(other)
                                            .orElseThrow()
                                            .presharedKey(psk)
                                            .persistentKeepalive(25))
                    .join();
        }
        alicePackets.offer(packet(1, 2, "hello"));
        receive(bobPackets);

        StatusWithKeys withKeys = alice.statusWithKeys().join();
        TunnelStatus status = withKeys.status();
        assertEquals("alice", status.name());
        assertEquals(aliceKey, withKeys.privateKey());
        assertEquals(aliceKey.publicKey(), status.publicKey());
        assertTrue(status.listenPort() > 0);
        PeerStatus peer = status.peers().getFirst();
        assertEquals(bobKey.publicKey(), peer.publicKey());
        assertEquals(Map.of(bobKey.publicKey(), psk), withKeys.presharedKeys());
        assertEquals(25, peer.persistentKeepaliveSeconds());
        assertEquals(List.of(IpPrefix.parse("10.0.0.2/32")), peer.allowedIps());
        assertNotNull(peer.lastHandshake());
        assertTrue(peer.sentBytes() >= 148 + 32 + 32, "an initiation and a packet at least");
        assertTrue(peer.receivedBytes() >= 92, "a response at least");
    }

    @Test
    void aPeerCanBeRemovedAndAddedWhileTheTunnelRuns() throws Exception {
        startBoth();
        alicePackets.offer(packet(1, 2, "before"));
        receive(bobPackets);
        InetSocketAddress bobAddress = addressOf(bob);
        alice.configure(editor -> editor.removePeer(bobKey.publicKey())).join();
        assertTrue(alice.status().join().peers().isEmpty());
        alice.configure(
                        editor ->
                                editor.addPeer(bobKey.publicKey())
                                        .endpoint(bobAddress)
                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                .join();
        byte[] after = packet(1, 2, "after");
        alicePackets.offer(after);
        assertArrayEquals(after, receive(bobPackets));
    }

    @Test
    void theTunnelMovesToAnotherPortWhileItRuns() throws Exception {
        startBoth();
        alicePackets.offer(packet(1, 2, "before"));
        receive(bobPackets);
        int before = addressOf(alice).getPort();
        alice.configure(editor -> editor.listenPort(0)).join();
        int after = addressOf(alice).getPort();
        assertTrue(after != 0 && after != before, before + " -> " + after);
        byte[] packet = packet(1, 2, "from there");
        alicePackets.offer(packet);
        assertArrayEquals(packet, receive(bobPackets));
        byte[] answer = packet(2, 1, "to there");
        bobPackets.offer(answer);
        assertArrayEquals(answer, receive(alicePackets));
    }

    @Test
    void aTakenPortIsRefusedAndTheOldOneKept() throws Exception {
        startBoth();
        int before = addressOf(alice).getPort();
        int taken = addressOf(bob).getPort();
        CompletionException refused =
                assertThrows(
                        CompletionException.class,
                        () -> alice.configure(editor -> editor.listenPort(taken)).join());
        BindException inUse = assertInstanceOf(BindException.class, refused.getCause());
        assertEquals(
                Errno.EADDRINUSE, assertInstanceOf(ErrnoException.class, inUse.getCause()).errno());
        assertEquals(before, addressOf(alice).getPort());
        byte[] packet = packet(1, 2, "still here");
        alicePackets.offer(packet);
        assertArrayEquals(packet, receive(bobPackets));
    }

    @Test
    void aRefusedPortLeavesTheWholeChangeUndone() throws Exception {
        startBoth();
        int taken = addressOf(bob).getPort();
        assertThrows(
                CompletionException.class,
                () ->
                        alice.configure(
                                        editor -> {
                                            editor.privateKey(null);
                                            editor.removePeers();
                                            editor.listenPort(taken);
                                        })
                                .join());
        byte[] packet = packet(1, 2, "still here");
        alicePackets.offer(packet);
        assertArrayEquals(packet, receive(bobPackets));
    }

    @Test
    void startingOnATakenPortFailsAndClosesTheTun() throws Exception {
        try (DatagramSocket other = new DatagramSocket()) {
            BindException refused =
                    assertThrows(
                            BindException.class,
                            () ->
                                    Tunnel.builder(alicePackets)
                                            .privateKey(aliceKey)
                                            .listenPort(other.getLocalPort())
                                            .start());
            assertEquals(
                    Errno.EADDRINUSE,
                    assertInstanceOf(ErrnoException.class, refused.getCause()).errno());
            assertThrows(IOException.class, () -> alicePackets.write(null, null, null, 0, 0));
        }
    }

    @Test
    void anInterfaceThatGoesDownEndsSessionsAndComesBack() throws Exception {
        startBoth();
        alicePackets.offer(packet(1, 2, "before"));
        receive(bobPackets);
        int port = addressOf(alice).getPort();
        alicePackets.setUp(false);
        alicePackets.setUp(true);
        byte[] packet = packet(1, 2, "after");
        // Packets may be lost while the interface comes up.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        byte[] received = null;
        while (received == null && System.nanoTime() < deadline) {
            alicePackets.offer(packet);
            received = bobPackets.receive(100, TimeUnit.MILLISECONDS);
        }
        assertArrayEquals(packet, received);
        assertEquals(port, addressOf(alice).getPort());
    }

    @Test
    void deletingTheInterfaceClosesTheTunnel() throws Exception {
        startBoth();
        alicePackets.delete();
        alice.whenClosed().get(PATIENCE_S, TimeUnit.SECONDS);
        CompletionException closed =
                assertThrows(CompletionException.class, () -> alice.status().join());
        assertInstanceOf(IllegalStateException.class, closed.getCause());
    }

    @Test
    void closingTwiceAndFromTheListenerIsHarmless() throws Exception {
        startBoth();
        Tunnel[] self = new Tunnel[1];
        MemoryTun packets = new MemoryTun("carol", 1420);
        PrivateKey carolKey = PrivateKey.generate();
        bob.configure(
                        editor ->
                                editor.addPeer(carolKey.publicKey())
                                        .allowedIp(IpPrefix.parse("10.0.0.3/32")))
                .join();
        Tunnel carol =
                callerOfBob(
                        packets,
                        carolKey,
                        event -> {
                            if (self[0] != null) {
                                self[0].close();
                            }
                        });
        self[0] = carol;
        packets.offer(packet(3, 2, "hello"));
        carol.whenClosed().get(PATIENCE_S, TimeUnit.SECONDS);
        carol.close();
        carol.close();
    }

    @Test
    void textsShowNoKey() throws Exception {
        startBoth();
        String status = alice.statusWithKeys().join().toString();
        assertTrue(status.contains(aliceKey.toString()), status);
        assertTrue(!status.contains(aliceKey.toBase64()) && !status.contains(aliceKey.toHex()));
    }

    @Test
    void aTunnelWithoutAKeyAnswersUnreachable() throws Exception {
        alice = Tunnel.builder(alicePackets).start();
        assertNull(alice.status().join().publicKey());
        alicePackets.offer(packet(1, 2, "nobody"));
        byte[] unreachable = receive(alicePackets);
        assertEquals(1, unreachable[9], "ICMP");
        assertEquals(3, unreachable[20], "destination unreachable");
    }
}
