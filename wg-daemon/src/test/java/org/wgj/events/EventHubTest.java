// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

class EventHubTest {
    private static final PublicKey A = PublicKey.fromHex("0a".repeat(32));
    private static final Endpoint HOME = Endpoint.of(new InetSocketAddress("192.0.2.1", 7));

    /** A tunnel that answers at once. */
    private static final class FakeSource implements Source {
        final List<Consumer<TunnelEvent>> listeners = new CopyOnWriteArrayList<>();
        volatile List<PeerStatus> peers = List.of();
        volatile CompletableFuture<TunnelStatus> answer;

        void tell(TunnelEvent event) {
            listeners.forEach(listener -> listener.accept(event));
        }

        TunnelStatus now() {
            return new TunnelStatus(
                    "wg0",
                    A,
                    0,
                    0,
                    peers,
                    Map.of(DropReason.REPLAYED, 1L),
                    UdpCounters.ZERO,
                    TunnelCounters.ZERO);
        }

        @Override
        public String name() {
            return "wg0";
        }

        @Override
        public CompletableFuture<TunnelStatus> status() {
            return answer == null ? CompletableFuture.completedFuture(now()) : answer;
        }

        @Override
        public CompletableFuture<DataPathInfo> dataPath() {
            return CompletableFuture.completedFuture(
                    new DataPathInfo(
                            "x",
                            0,
                            Set.of(),
                            false,
                            false,
                            now().drops(),
                            UdpCounters.ZERO,
                            TunnelCounters.ZERO,
                            Duration.ZERO));
        }

        @Override
        public CompletableFuture<Optional<PeerStatus>> peer(PublicKey key) {
            return CompletableFuture.completedFuture(
                    peers.stream().filter(peer -> peer.publicKey().equals(key)).findFirst());
        }

        @Override
        public void addListener(Consumer<TunnelEvent> listener) {
            listeners.add(listener);
        }

        @Override
        public void removeListener(Consumer<TunnelEvent> listener) {
            listeners.remove(listener);
        }
    }

    private final FakeSource source = new FakeSource();
    private final EventHub hub = new EventHub(source, Duration.ofSeconds(180));

    @AfterEach
    void close() {
        hub.close();
    }

    private static PeerStatus peer(Instant handshake) {
        return new PeerStatus(A, HOME, handshake, 0, 0, 0, List.of());
    }

    /** Each step of the hub may have posted another one. */
    private void settle() {
        for (int i = 0; i < 4; i++) {
            hub.idle().join();
        }
    }

    private List<Event> take(Follower follower) {
        settle();
        List<Event> events = new ArrayList<>();
        for (Event event = follower.poll(); event != null; event = follower.poll()) {
            events.add(event);
        }
        return events;
    }

    @Test
    void withoutAFollowerAndALogItDoesNothing() {
        settle();
        assertEquals(0, source.listeners.size());
        Follower follower = hub.follow(() -> {});
        settle();
        assertEquals(1, source.listeners.size());
        hub.unfollow(follower);
        settle();
        assertEquals(0, source.listeners.size());
    }

    @Test
    void aConnectionHasTheEndpointAndTheEndIsTheLastEvent() {
        source.peers = List.of(peer(null));
        Follower follower = hub.follow(() -> {});
        settle();
        source.tell(new TunnelEvent.PeerAdded(A));
        source.tell(new TunnelEvent.HandshakeStarted(A));
        source.tell(new TunnelEvent.HandshakeCompleted(A));
        source.tell(new TunnelEvent.HandshakeCompleted(A));
        settle();
        source.tell(new TunnelEvent.Closed(TunnelEvent.CloseReason.INTERFACE_DELETED, null));
        source.tell(new TunnelEvent.PeerRemoved(A));
        List<Event> events = take(follower);
        assertEquals(
                List.of(Event.Kind.ADDED, Event.Kind.CONNECTED, Event.Kind.CLOSED),
                events.stream().map(Event::kind).toList());
        assertEquals(HOME, events.get(1).endpoint());
        assertEquals("interface_deleted", events.getLast().reason());
        assertTrue(follower.isEnded());
        assertEquals(0, source.listeners.size());
    }

    @Test
    void whatWasThereBeforeIsNotNewsEvenIfItIsReportedMeanwhile() {
        source.peers = List.of(peer(Instant.now().minusSeconds(100)));
        source.answer = new CompletableFuture<>();
        Follower follower = hub.follow(() -> {});
        settle();
        source.tell(new TunnelEvent.HandshakeCompleted(A)); // a renewal
        settle();
        source.answer.complete(source.now());
        assertEquals(List.of(), take(follower));
    }

    @Test
    void closingTellsFollowersTheEnd() {
        Follower follower = hub.follow(() -> {});
        settle();
        hub.close();
        Event last = follower.poll();
        assertEquals(Event.Kind.CLOSED, last.kind());
        assertEquals("requested", last.reason());
        assertNull(follower.poll());
        assertTrue(follower.isEnded());
        assertNull(hub.follow(() -> {}));
    }

    @Test
    void theNumberOfFollowersIsBounded() {
        List<Follower> all = new ArrayList<>();
        for (int i = 0; i < EventHub.MAX_FOLLOWERS; i++) {
            all.add(hub.follow(() -> {}));
        }
        assertFalse(all.contains(null));
        assertNull(hub.follow(() -> {}));
        hub.unfollow(all.getFirst());
        assertNotNull(hub.follow(() -> {}));
    }

    @Test
    void aSlowFollowerGetsTheFirstEventsAndThenTheNumberOfThoseItMissed() {
        Follower slow = hub.follow(() -> {});
        settle();
        for (int i = 0; i < Follower.MAX_WAITING + 100; i++) {
            source.tell(new TunnelEvent.PeerAdded(A));
            settle();
        }
        for (int i = 0; i < Follower.MAX_WAITING; i++) {
            assertEquals(Event.Kind.ADDED, slow.poll().kind());
        }
        Event missed = slow.poll();
        assertEquals(Event.Kind.MISSED, missed.kind());
        assertEquals(100, missed.count());
        assertNull(slow.poll());
        source.tell(new TunnelEvent.PeerRemoved(A));
        assertEquals(Event.Kind.REMOVED, take(slow).getFirst().kind());
    }

    /** A tunnel whose events come faster than they are looked at occupies a bounded queue. */
    @Test
    void reportsThatDoNotFitAreCounted() {
        source.answer = new CompletableFuture<>(); // nothing is looked at before this
        Follower follower = hub.follow(() -> {});
        settle();
        for (int i = 0; i < 5000; i++) {
            source.tell(new TunnelEvent.HandshakeStarted(A));
        }
        source.peers = List.of(peer(Instant.now()));
        source.answer.complete(source.now());
        List<Event> events = take(follower);
        assertEquals(1, events.size(), events.toString());
        assertEquals(Event.Kind.MISSED, events.getFirst().kind());
        assertEquals(5000 - 4096, events.getFirst().count());
    }
}
