// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.TunnelEvent.CloseReason;

import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The events that a program gets of its tunnels, and the effect of its own mistakes on them. */
class TunnelEventsTest {
    private static final InetSocketAddress NOWHERE = new InetSocketAddress("192.0.2.1", 9);

    private final TestTunnels two = new TestTunnels();
    private final BlockingQueue<TunnelEvent> events = new LinkedBlockingQueue<>();
    private final List<Tunnel> tunnels = new ArrayList<>();

    private Tunnel started(Tunnel tunnel) {
        tunnels.add(tunnel);
        return tunnel;
    }

    @AfterEach
    void close() {
        tunnels.forEach(Tunnel::close);
    }

    private static TunnelEvent.Closed ended(Tunnel tunnel) throws Exception {
        return tunnel.whenClosed().get(TestTunnels.PATIENCE_S, TimeUnit.SECONDS);
    }

    @Test
    void completingAReturnedFutureDoesNotCloseTheTunnel() throws Exception {
        Tunnel bob = started(two.bob().start());
        assertTrue(bob.whenClosed().complete(null));
        assertTrue(bob.whenClosed().cancel(true));
        CompletableFuture<?> late = bob.whenClosed().orTimeout(1, TimeUnit.MILLISECONDS);
        late.exceptionally(_ -> null).get(TestTunnels.PATIENCE_S, TimeUnit.SECONDS);
        assertTrue(late.isCompletedExceptionally());
        assertFalse(bob.whenClosed().isDone());
        bob.close();
        assertEquals(new TunnelEvent.Closed(CloseReason.REQUESTED, null), ended(bob));
    }

    @Test
    void theLastEventSaysWhyTheTunnelClosed() throws Exception {
        Tunnel bob = started(two.bob().listener(events::add).start());
        two.bobPackets.delete();
        TunnelEvent.Closed closed = TestTunnels.await(events, TunnelEvent.Closed.class);
        assertEquals(new TunnelEvent.Closed(CloseReason.INTERFACE_DELETED, null), closed);
        assertSame(closed, ended(bob));
        assertNull(events.poll());
    }

    @Test
    void aListenerMayCloseTheTunnelInTheClosedEvent() throws Exception {
        Tunnel[] self = new Tunnel[1];
        self[0] =
                started(
                        two.bob()
                                .listener(
                                        event -> {
                                            if (event instanceof TunnelEvent.Closed) {
                                                self[0].close();
                                            }
                                            events.add(event);
                                        })
                                .start());
        self[0].close();
        TestTunnels.await(events, TunnelEvent.Closed.class);
    }

    @Test
    void aFailingListenerAffectsNeitherOthersNorTheTunnel() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Tunnel bob =
                started(
                        two.bob()
                                .listener(
                                        event -> {
                                            calls.incrementAndGet();
                                            throw new InternalError("thrown by a test");
                                        })
                                .listener(
                                        event -> {
                                            throw new IllegalStateException("thrown by a test");
                                        })
                                .listener(events::add)
                                .start());
        started(two.alice(TestTunnels.addressOf(bob)).start());
        two.exchange();
        TestTunnels.await(events, TunnelEvent.HandshakeCompleted.class);
        two.exchange();
        assertTrue(calls.get() >= 3, calls + " calls");
        assertFalse(bob.whenClosed().isDone());
    }

    @Test
    void aRemovedListenerIsNotCalled() throws Exception {
        Tunnel bob = started(two.bob().start());
        BlockingQueue<TunnelEvent> others = new LinkedBlockingQueue<>();
        Consumer<TunnelEvent> other = others::add;
        bob.addListener(events::add);
        bob.addListener(other);
        bob.removeListener(other);
        bob.configure(TunnelEditor::removePeers).join();
        TestTunnels.await(events, TunnelEvent.PeerRemoved.class);
        assertTrue(others.isEmpty());
    }

    @Test
    void aConsumerThatThrowsDoesNotFreezeTheTunnel() throws Exception {
        AtomicInteger thrown = new AtomicInteger();
        MemoryTun failing =
                new MemoryTun(
                        "failing",
                        1420,
                        packet -> {
                            thrown.incrementAndGet();
                            throw new InternalError("thrown by a test");
                        });
        Tunnel bob =
                started(
                        Tunnel.builder(failing)
                                .privateKey(two.bobKey)
                                .peer(
                                        two.aliceKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start());
        started(two.alice(TestTunnels.addressOf(bob)).start());
        long begun = System.nanoTime();
        for (int i = 1; i <= 20; i++) {
            two.alicePackets.offer(TestTunnels.packet(1, 2));
            while (thrown.get() < i) {
                assertTrue(System.nanoTime() - begun < 60e9, thrown + " packets");
                Thread.sleep(1);
            }
        }
        // Netty would pause for a second after each.
        assertTrue(System.nanoTime() - begun < 15e9, "frozen");
        assertFalse(bob.whenClosed().isDone());
    }

    @Test
    void anErrorOfTheTunnelItselfClosesItWithTheCauseAndLeavesOthersOnTheLoop() throws Exception {
        AtomicBoolean broken = new AtomicBoolean();
        try (TunnelLoops loops = TunnelLoops.create("wgj-test", 1)) {
            Tunnel bob =
                    started(
                            two.bob()
                                    .loops(loops)
                                    .clock(
                                            () -> {
                                                if (broken.get()) {
                                                    throw new InternalError("thrown by a test");
                                                }
                                                return System.nanoTime() & Long.MAX_VALUE;
                                            })
                                    .start());
            int port = TestTunnels.addressOf(bob).getPort();
            Tunnel alice = started(two.alice(TestTunnels.addressOf(bob)).loops(loops).start());
            two.exchange();
            broken.set(true);
            two.alicePackets.offer(TestTunnels.packet(1, 2));
            TunnelEvent.Closed closed = ended(bob);
            assertEquals(CloseReason.FAILED, closed.reason());
            assertInstanceOf(InternalError.class, closed.cause());
            new DatagramSocket(port).close();
            assertEquals("alice", alice.status().get(20, TimeUnit.SECONDS).name());
        }
    }

    @Test
    void aPeerThatDoesNotAnswerIsReportedAndNoSessionExpires() throws Exception {
        AtomicLong nowNs = new AtomicLong();
        MemoryNetwork network = new MemoryNetwork();
        started(
                two.alice(NOWHERE)
                        .transports(network)
                        .clock(nowNs::get)
                        .listener(events::add)
                        .start());
        PublicKey bob = two.bobKey.publicKey();
        two.alicePackets.offer(TestTunnels.packet(1, 2));
        assertEquals(
                new TunnelEvent.HandshakeStarted(bob),
                TestTunnels.await(events, TunnelEvent.HandshakeStarted.class));
        nowNs.addAndGet(6_000_000_000L);
        assertEquals(
                new TunnelEvent.HandshakeUnanswered(bob),
                events.poll(TestTunnels.PATIENCE_S, TimeUnit.SECONDS));
        TunnelEvent next = null;
        for (int i = 0; i < 40 && next == null; i++) {
            nowNs.addAndGet(6_000_000_000L);
            next = events.poll(100, TimeUnit.MILLISECONDS);
        }
        assertEquals(new TunnelEvent.HandshakeFailed(bob), next);
        nowNs.addAndGet(600_000_000_000L);
        assertNull(events.poll(100, TimeUnit.MILLISECONDS));
    }

    @Test
    void changesOfPeersAndTheirRangesAreReported() throws Exception {
        Tunnel bob = started(two.bob().start());
        bob.addListener(events::add);
        PublicKey alice = two.aliceKey.publicKey();
        PublicKey carol = PrivateKey.generate().publicKey();
        IpPrefix range = IpPrefix.parse("10.0.0.1/32");
        bob.configure(
                        editor -> {
                            editor.addPeer(carol).allowedIp(range);
                            editor.addPeer(carol).allowedIp(range);
                            editor.removePeer(alice);
                            editor.removePeer(alice);
                        })
                .join();
        assertEquals(
                List.of(
                        new TunnelEvent.PeerAdded(carol),
                        new TunnelEvent.AllowedIpMoved(range, alice, carol),
                        new TunnelEvent.PeerRemoved(alice)),
                List.copyOf(events));
    }
}
