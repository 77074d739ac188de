// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The changes of nodes that are in the mesh: routes, views, candidates, keys, contacts, names. */
class RegistryTest {
    private static final IpPrefix LAN = IpPrefix.parse("192.168.2.0/24");

    private final Meshes.Clock clock = new Meshes.Clock();
    private Registry registry;

    @BeforeEach
    void create() throws IOException {
        registry = Meshes.create(Store.openMemory(), Meshes.plan(true), clock);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private MapNode inMap(long id) {
        return registry.snapshot().map().nodes().get(id);
    }

    private Reason refused(org.junit.jupiter.api.function.Executable action) {
        return assertThrows(RefusedException.class, action).reason();
    }

    @Test
    void aRoutesOwnerIsChosenAnewInTheCommitThatRemovesTheOldOne() throws IOException {
        NodeInfo one = Meshes.join(registry, "one");
        NodeInfo two = Meshes.join(registry, "two");
        registry.advertise(one.id(), List.of(LAN));
        registry.advertise(two.id(), List.of(LAN));
        assertEquals(List.of(), inMap(one.id()).routes());
        registry.approveRoute("one", LAN, true, Bytes.NONE, "admin");
        registry.approveRoute("two", LAN, true, Bytes.NONE, "admin");
        assertEquals(List.of(LAN), inMap(one.id()).routes());
        assertEquals(List.of(), inMap(two.id()).routes());
        long revision = registry.snapshot().map().revision();
        registry.remove("one", "test", "admin");
        assertEquals(revision + 1, registry.snapshot().map().revision());
        assertEquals(List.of(LAN), inMap(two.id()).routes());
        registry.approveRoute("two", LAN, false, Bytes.NONE, "admin");
        assertEquals(List.of(), inMap(two.id()).routes());
    }

    @Test
    void aRouteIsNeitherADefaultRouteNorInTheMesh() throws IOException {
        NodeInfo node = Meshes.join(registry, "one");
        for (String bad :
                List.of(
                        "0.0.0.0/0",
                        "0.0.0.0/1",
                        "::/0",
                        "10.77.3.0/24",
                        "10.0.0.0/8",
                        "fd77::/16",
                        "127.0.0.0/8",
                        "224.0.0.0/8")) {
            assertEquals(
                    Reason.BAD_REQUEST,
                    refused(() -> registry.advertise(node.id(), List.of(IpPrefix.parse(bad)))),
                    bad);
        }
        assertEquals(
                Reason.NOT_FOUND,
                refused(() -> registry.approveRoute("one", LAN, true, Bytes.NONE, "admin")));
    }

    @Test
    void aNodeSeesItsPlanesOnly() throws IOException {
        NodeInfo both = Meshes.join(registry, "both", "wg0", "wg1");
        NodeInfo first = Meshes.join(registry, "first", "wg0");
        NodeInfo other = Meshes.join(registry, "other", "wg3");
        MeshMap view = registry.snapshot().viewOf(first.id());
        assertEquals(Set.of(both.id(), first.id()), view.nodes().keySet());
        assertEquals(Set.of("wg0"), view.nodes().get(both.id()).planes().keySet());
        assertEquals(1, view.planes().size());
        assertEquals(Set.of("wg0"), view.coordinators().getFirst().addresses().keySet());
        assertEquals(Set.of(other.id()), registry.snapshot().viewOf(other.id()).nodes().keySet());
    }

    @Test
    void aDifferenceForAViewLeadsToThatView() throws IOException {
        NodeInfo first = Meshes.join(registry, "first", "wg0");
        MeshMap before = registry.snapshot().viewOf(first.id());
        Meshes.join(registry, "both", "wg0", "wg1");
        Meshes.join(registry, "other", "wg3");
        MeshMap after = registry.snapshot().viewOf(first.id());
        assertEquals(
                after,
                MapNodes.apply(
                        before,
                        registry.delta(Set.of("wg0"), before.epoch(), before.revision())
                                .orElseThrow()));
    }

    @Test
    void aThousandRevisionsAreKept() throws IOException {
        NodeInfo node = Meshes.join(registry, "web");
        MeshMap first = registry.snapshot().map();
        for (int port = 1; port <= 1_200; port++) {
            registry.observe(node.id(), "wg0", new InetSocketAddress("198.51.100.7", port), 1);
        }
        MeshMap last = registry.snapshot().map();
        assertEquals(first.revision() + 1_200, last.revision());
        assertEquals(Optional.empty(), registry.mapAt(first.epoch(), first.revision()));
        MeshMap kept = registry.mapAt(first.epoch(), last.revision() - 1_000).orElseThrow();
        assertEquals(
                200,
                kept.nodes()
                        .get(node.id())
                        .planes()
                        .get("wg0")
                        .candidates()
                        .getFirst()
                        .endpoint()
                        .getPort());
        assertEquals(last, registry.mapAt(last.epoch(), last.revision()).orElseThrow());
    }

    @Test
    void aReportReplacesWhatWasReportedAndKeepsWhatWasObserved() throws IOException {
        NodeInfo node = Meshes.join(registry, "web");
        InetSocketAddress seen = new InetSocketAddress("198.51.100.7", 4_000);
        registry.observe(node.id(), "wg0", seen, 1);
        Candidate local = local("192.168.1.5", 51_820);
        registry.reportCandidates(
                node.id(),
                "wg0",
                List.of(
                        local,
                        local("127.0.0.1", 51_820),
                        local("10.77.0.9", 51_820),
                        local("169.254.1.1", 51_820),
                        new Candidate(
                                Candidate.Kind.OBSERVED, new InetSocketAddress("192.0.2.1", 1))));
        List<Candidate> known = inMap(node.id()).planes().get("wg0").candidates();
        assertEquals(List.of(new Candidate(Candidate.Kind.OBSERVED, seen), local), known);
        long revision = registry.snapshot().map().revision();
        registry.reportCandidates(node.id(), "wg0", List.of(local));
        registry.observe(node.id(), "wg0", seen, 1);
        assertEquals(revision, registry.snapshot().map().revision(), "nothing was new");
    }

    @Test
    void eachCoordinatorHasItsOwnViewOfANode() throws IOException {
        long node = Meshes.join(registry, "web").id();
        InetSocketAddress first = new InetSocketAddress("198.51.100.7", 4_000);
        InetSocketAddress second = new InetSocketAddress("198.51.100.7", 4_001);
        InetSocketAddress six = new InetSocketAddress("2001:db8::7", 51_820);
        registry.observe(node, "wg0", first, 1);
        registry.observe(node, "wg0", second, 2);
        registry.observe(node, "wg0", six, 3);
        assertEquals(List.of(first, second, six), observed(node));
        long revision = registry.snapshot().map().revision();
        for (int handshake = 0; handshake < 3; handshake++) {
            registry.observe(node, "wg0", first, 1);
            registry.observe(node, "wg0", second, 2);
            registry.observe(node, "wg0", six, 3);
        }
        assertEquals(revision, registry.snapshot().map().revision(), "there is no news");

        registry.observe(node, "wg0", first, 2);
        assertEquals(List.of(first, six), observed(node), "the same place is in the map once");
        registry.observe(node, "wg0", second, 4);
        registry.observe(node, "wg0", new InetSocketAddress("198.51.100.7", 4_002), 5);
        assertEquals(3, observed(node).size(), "more observers would say little");

        InetSocketAddress moved = new InetSocketAddress("203.0.113.9", 4_000);
        registry.observe(node, "wg0", moved, 1);
        assertEquals(List.of(moved, six), observed(node), "the old address is past");
    }

    @Test
    void whatADeadCoordinatorSawIsForgotten() throws IOException {
        Store store = Store.openMemory();
        try (Registry one = Meshes.create(store, Meshes.plan(false), clock);
                Registry other = Registry.open(store, clock)) {
            long dead = other.registerCoordinator(Meshes.key(), Meshes.ENDPOINTS, true).id();
            long living = other.registerCoordinator(Meshes.key(), Meshes.ENDPOINTS, true).id();
            long node = Meshes.join(one, "web").id();
            InetSocketAddress first = new InetSocketAddress("198.51.100.7", 4_000);
            InetSocketAddress second = new InetSocketAddress("198.51.100.7", 4_001);
            InetSocketAddress third = new InetSocketAddress("198.51.100.7", 4_002);
            one.observe(node, "wg0", first, 1);
            one.observe(node, "wg0", second, dead);
            one.observe(node, "wg0", third, living);
            for (int minute = 0; minute < 5; minute++) {
                one.tick();
                other.tick();
                assertEquals(List.of(first, second, third), observed(one, node), "" + minute);
                clock.advance(Duration.ofMinutes(1));
            }
            one.tick();
            other.tick();
            assertEquals(List.of(first, third), observed(one, node));

            clock.advance(Duration.ofMinutes(2)); // one alone, and a clock that jumps is no death
            one.tick();
            one.observe(node, "wg0", second, dead);
            assertEquals(3, observed(one, node).size(), "it is back");
            clock.advance(Duration.ofMinutes(3));
            other.tick();
            clock.advance(Duration.ofMinutes(4));
            one.tick();
            assertTrue(observed(one, node).contains(third), "it was heard meanwhile");
            clock.advance(Duration.ofMinutes(5));
            one.tick();
            assertEquals(List.of(first), observed(one, node), "its own never go");
        }
    }

    private List<InetSocketAddress> observed(long node) {
        return observed(registry, node);
    }

    private static List<InetSocketAddress> observed(Registry registry, long node) {
        return registry.snapshot().map().nodes().get(node).planes().get("wg0").candidates().stream()
                .map(Candidate::endpoint)
                .toList();
    }

    private static Candidate local(String address, int port) {
        return new Candidate(Candidate.Kind.LOCAL, new InetSocketAddress(address, port));
    }

    @Test
    void aChangeOfKeyIsPublishedConfirmedAndForgotten() throws IOException {
        NodeInfo node = Meshes.join(registry, "web");
        PublicKey old = node.planes().get("wg0").key();
        assertEquals(node.joined(), node.planes().get("wg0").keySince());
        clock.advance(Duration.ofHours(1));
        PublicKey next = Meshes.key();
        registry.beginRotation(node.id(), "wg0", next, "node:1");
        registry.beginRotation(node.id(), "wg0", next, "node:1");
        assertEquals(old, inMap(node.id()).planes().get("wg0").key());
        assertEquals(next, inMap(node.id()).planes().get("wg0").pendingKeyOrNull());
        assertEquals(Snapshot.Use.PENDING, registry.snapshot().keys().get(next).use());
        registry.confirmRotation(node.id(), "wg0", Meshes.key());
        assertEquals(old, inMap(node.id()).planes().get("wg0").key(), "heard under another key");
        registry.confirmRotation(node.id(), "wg0", next);
        registry.confirmRotation(node.id(), "wg0", next);
        assertEquals(next, inMap(node.id()).planes().get("wg0").key());
        assertEquals(
                node.joined().plus(Duration.ofHours(1)),
                registry.nodes(false).getFirst().planes().get("wg0").keySince());
        assertNull(inMap(node.id()).planes().get("wg0").pendingKeyOrNull());
        assertEquals(Snapshot.Use.PREVIOUS, registry.snapshot().keys().get(old).use());
        clock.advance(Duration.ofSeconds(179));
        registry.tick();
        assertTrue(registry.snapshot().keys().containsKey(old));
        clock.advance(Duration.ofSeconds(1));
        registry.tick();
        assertFalse(registry.snapshot().keys().containsKey(old));
    }

    @Test
    void aChangeOfKeyThatNobodyFinishesIsTakenBackAfterAWeek() throws IOException {
        NodeInfo node = Meshes.join(registry, "web");
        PublicKey next = Meshes.key();
        registry.beginRotation(node.id(), "wg0", next, "node:1");
        clock.advance(Duration.ofDays(7));
        registry.tick();
        assertNull(inMap(node.id()).planes().get("wg0").pendingKeyOrNull());
        assertEquals("rotate-given-up", registry.audit(0, 100).getLast().verb());
        registry.beginRotation(node.id(), "wg0", next, "node:1"); // the key is free again
    }

    @Test
    void aKnownKeyIsNoNewKey() throws IOException {
        NodeInfo one = Meshes.join(registry, "one");
        NodeInfo two = Meshes.join(registry, "two");
        assertEquals(
                Reason.KEY_KNOWN,
                refused(
                        () ->
                                registry.beginRotation(
                                        one.id(), "wg0", two.planes().get("wg0").key(), "x")));
        assertEquals(
                Reason.WRONG_PLANE,
                refused(() -> registry.beginRotation(one.id(), "wg2", Meshes.key(), "x")));
    }

    @Test
    void anEphemeralNodeGoesHalfAnHourAfterItsLastContact() throws IOException {
        JoinAnswer answer =
                registry.join(
                        Meshes.token(registry, 1),
                        new JoinRequest(
                                "ci",
                                new TreeMap<>(Map.of("wg0", Meshes.key())),
                                NodePorts.USUAL,
                                List.of(),
                                null,
                                true,
                                false,
                                null),
                        Meshes.SOURCE);
        NodeInfo stays = Meshes.join(registry, "stays");
        clock.advance(Duration.ofMinutes(29));
        registry.contact(answer.nodeOrNull().id());
        registry.tick();
        clock.advance(Duration.ofMinutes(30).minusMillis(1));
        registry.tick();
        assertEquals(2, registry.snapshot().map().nodes().size());
        clock.advance(Duration.ofMillis(1));
        registry.tick();
        assertEquals(Set.of(stays.id()), registry.snapshot().map().nodes().keySet());
    }

    @Test
    void aTokensNodesGoWithItOnRequest() throws IOException {
        PublicKey token = Meshes.token(registry, 3);
        registry.join(token, Meshes.node("a"), Meshes.SOURCE);
        registry.join(token, Meshes.node("b"), Meshes.SOURCE);
        NodeInfo other = Meshes.join(registry, "other");
        long id =
                registry.tokens().stream()
                        .filter(t -> t.key().equals(token))
                        .findFirst()
                        .orElseThrow()
                        .id();
        assertEquals(List.of(), registry.revokeToken(id, false, "admin"));
        assertEquals(3, registry.snapshot().map().nodes().size());
        assertEquals(2, registry.revokeToken(id, true, "admin").size());
        assertEquals(Set.of(other.id()), registry.snapshot().map().nodes().keySet());
        assertEquals(
                Reason.UNKNOWN_TOKEN,
                registry.join(token, Meshes.node("c"), Meshes.SOURCE).reasonOrNull());
    }

    @Test
    void aRenamedNodeKeepsItsIdAndAddress() throws IOException {
        NodeInfo node = Meshes.join(registry, "web");
        Meshes.join(registry, "db");
        NodeInfo renamed = registry.rename("web", "FRONT", Bytes.NONE, "admin");
        assertEquals("front", renamed.name());
        assertEquals(node.id(), renamed.id());
        assertEquals(node.planes(), renamed.planes());
        assertEquals(
                Reason.NAME_TAKEN,
                refused(() -> registry.rename("front", "db", Bytes.NONE, "admin")));
        assertEquals(Reason.NOT_FOUND, refused(() -> registry.remove("web", "", "admin")));
    }

    @Test
    void aStockPeerHasOneKeyInTheFirstPlane() throws IOException {
        PublicKey key = Meshes.key();
        NodeInfo peer = registry.addStock("phone", key, "admin");
        assertTrue(inMap(peer.id()).stock());
        assertEquals(Set.of("wg0"), peer.planes().keySet());
        assertEquals(Reason.KEY_KNOWN, refused(() -> registry.addStock("other", key, "admin")));
    }
}
