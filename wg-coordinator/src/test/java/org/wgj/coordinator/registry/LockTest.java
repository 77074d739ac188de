// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.LockSignature;
import org.wgj.mesh.map.MapLock;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A mesh with a lock: no signature, no place in the map. */
class LockTest {
    private final Meshes.Clock clock = new Meshes.Clock();
    private KeyPair lock;
    private Store store;
    private Registry registry;

    @BeforeEach
    void create() throws Exception {
        lock = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        store = Store.openMemory();
        registry =
                Meshes.create(
                        store,
                        new MeshPlan("prod", Meshes.plan(true).planes(), publicKey(lock)),
                        clock);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private static Bytes publicKey(KeyPair pair) {
        byte[] encoded = pair.getPublic().getEncoded();
        return Bytes.of(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    }

    private static Bytes sign(KeyPair pair, MapNode node, long timeMs) {
        return LockSignature.sign(pair.getPrivate(), "prod", node, timeMs).bytes();
    }

    private List<Bytes> signatures(KeyPair pair, String name) throws Exception {
        List<Bytes> signatures = new ArrayList<>();
        Signing signing = registry.toSign(name);
        long timeMs = signing.newestMs();
        for (MapNode form : signing.nodes()) {
            signatures.add(sign(pair, form, ++timeMs));
        }
        return signatures;
    }

    private Set<Long> inMap() {
        return registry.snapshot().map().nodes().keySet();
    }

    @Test
    void aNodeWaitsForTheSignatureOfThisLock() throws Exception {
        NodeInfo node = Meshes.join(registry, "web");
        assertEquals(NodeInfo.State.PENDING, node.state());
        assertEquals(Set.of(), inMap());
        assertThrows(RefusedException.class, () -> registry.approve("web", List.of(), "admin"));
        KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        List<Bytes> wrong = signatures(other, "web");
        assertThrows(RefusedException.class, () -> registry.approve("web", wrong, "admin"));
        assertEquals(Set.of(), inMap());
        registry.approve("web", signatures(lock, "web"), "admin");
        assertEquals(Set.of(node.id()), inMap());
        assertTrue(
                new MapLock(publicKey(lock))
                        .hasSigned("prod", registry.snapshot().map().nodes().get(node.id())));
    }

    @Test
    void theLockSignsThatANodeTakesNoRelay() throws Exception {
        JoinRequest asked = Meshes.node("shy");
        registry.join(
                Meshes.token(registry, 1),
                new JoinRequest(
                        "shy", asked.keys(), asked.ports(), List.of(), null, false, true, null),
                Meshes.SOURCE);
        registry.approve("shy", signatures(lock, "shy"), "admin");
        assertEquals(Set.of(1L), MapNodes.directOnly(registry.snapshot().map()));

        registry.setDirectOnly(1, false); // as a report of the node says
        assertEquals(Set.of(1L), MapNodes.directOnly(registry.snapshot().map()));

        store.write(
                sql -> {
                    sql.run("UPDATE node SET direct_only = 0");
                    return null;
                });
        registry.observe(1, "wg0", new java.net.InetSocketAddress("192.0.2.1", 9), 1);
        assertEquals(Set.of(), inMap());
    }

    @Test
    void signaturesComeInTheirOrder() throws Exception {
        Meshes.join(registry, "web");
        Meshes.join(registry, "db");
        List<Bytes> early = signatures(lock, "web");
        registry.approve("db", signatures(lock, "db"), "admin");
        RefusedException e =
                assertThrows(RefusedException.class, () -> registry.approve("web", early, "admin"));
        assertTrue(e.getMessage().contains("signed another change"), e.getMessage());
        registry.remove("db", "", "admin");
        assertThrows(RefusedException.class, () -> registry.approve("web", early, "admin"));
        registry.approve("web", signatures(lock, "web"), "admin");
        assertEquals(Set.of(1L), inMap());
    }

    @Test
    void aSignatureOfNextYearDoesNotBlockLaterOnes() throws Exception {
        Meshes.join(registry, "web");
        MapNode form = registry.toSign("web").nodes().getFirst();
        long far = clock.instant().plus(Duration.ofDays(365)).toEpochMilli();
        RefusedException e =
                assertThrows(
                        RefusedException.class,
                        () -> registry.approve("web", List.of(sign(lock, form, far)), "admin"));
        assertTrue(e.getMessage().contains("clock"), e.getMessage());
        registry.approve("web", signatures(lock, "web"), "admin");
    }

    @Test
    void aCoordinatorThatWritesToTheStoreCannotAddANode() throws Exception {
        Meshes.join(registry, "web");
        store.write(
                sql -> {
                    sql.run("UPDATE node SET state = 'member'");
                    return null;
                });
        registry.observe(1, "wg0", new java.net.InetSocketAddress("192.0.2.1", 9), 1);
        assertEquals(Set.of(), inMap());
    }

    @Test
    void aNewNameNeedsANewSignature() throws Exception {
        NodeInfo node = Meshes.join(registry, "web");
        registry.approve("web", signatures(lock, "web"), "admin");
        assertThrows(
                RefusedException.class, () -> registry.rename("web", "db", Bytes.NONE, "admin"));
        assertEquals("web", registry.node("1").name());
        MapNode now = registry.snapshot().map().nodes().get(node.id());
        MapNode renamed =
                new MapNode(
                        now.id(),
                        "db",
                        now.planes(),
                        now.routes(),
                        now.relay(),
                        now.stock(),
                        Bytes.NONE);
        long timeMs = registry.toSign("web").newestMs() + 1;
        registry.rename("web", "db", sign(lock, renamed, timeMs), "admin");
        assertEquals("db", registry.snapshot().map().nodes().get(node.id()).name());
    }

    @Test
    void aStandbyOfANetworkStaysInTheMapWhenItsOwnerGoes() throws Exception {
        IpPrefix network = IpPrefix.parse("192.168.2.0/24");
        long web = Meshes.join(registry, "web").id();
        long db = Meshes.join(registry, "db").id();
        for (String name : List.of("web", "db")) {
            registry.approve(name, signatures(lock, name), "admin");
            registry.advertise(registry.node(name).id(), List.of(network));
        }
        approve("web", network, List.of(network));
        approve("db", network, List.of());
        assertEquals(Set.of(web, db), inMap());

        registry.advertise(web, List.of());
        registry.approve("web", signatures(lock, "web"), "admin");
        assertEquals(List.of(), registry.snapshot().map().nodes().get(db).routes());
        assertEquals(Set.of(web, db), inMap());
        approve("db", network, List.of(network));
        assertEquals(List.of(network), registry.snapshot().map().nodes().get(db).routes());

        registry.advertise(web, List.of(network));
        approve("web", network, List.of());
        registry.remove("db", "", "admin");
        assertEquals(Set.of(web), inMap());
    }

    /** Approves a network of a node, which owns those networks afterwards. */
    private void approve(String name, IpPrefix network, List<IpPrefix> owned) throws Exception {
        Signing signing = registry.toSign(name);
        MapNode now = signing.nodes().getFirst();
        MapNode then =
                new MapNode(
                        now.id(),
                        now.name(),
                        now.planes(),
                        owned,
                        now.relay(),
                        now.stock(),
                        Bytes.NONE);
        registry.approveRoute(
                name, network, true, sign(lock, then, signing.newestMs() + 1), "admin");
    }

    @Test
    void aChangeOfKeyIsSignedOnceForBothItsSteps() throws Exception {
        NodeInfo node = Meshes.join(registry, "web");
        registry.approve("web", signatures(lock, "web"), "admin");
        PublicKey next = Meshes.key();
        registry.beginRotation(node.id(), "wg0", next, "node:1");
        assertEquals(Set.of(node.id()), inMap(), "the node stays as it was");
        assertEquals(
                null,
                registry.snapshot()
                        .map()
                        .nodes()
                        .get(node.id())
                        .planes()
                        .get("wg0")
                        .pendingKeyOrNull());
        List<Bytes> both = signatures(lock, "web");
        assertEquals(2, both.size());
        registry.approve("web", both, "admin");
        assertEquals(Snapshot.Use.PENDING, registry.snapshot().keys().get(next).use());
        registry.confirmRotation(node.id(), "wg0", next);
        assertEquals(Set.of(node.id()), inMap());
        assertEquals(
                next, registry.snapshot().map().nodes().get(node.id()).planes().get("wg0").key());
    }

    @Test
    void aMemberOfOnePlaneIsShownThatOneOnly() throws Exception {
        NodeInfo all = Meshes.join(registry, "web", "wg0", "wg1");
        NodeInfo one = Meshes.join(registry, "db", "wg0");
        registry.approve("web", signatures(lock, "web"), "admin");
        registry.approve("db", signatures(lock, "db"), "admin");
        registry.observe(all.id(), "wg0", new java.net.InetSocketAddress("192.0.2.1", 9), 1);
        registry.observe(all.id(), "wg1", new java.net.InetSocketAddress("192.0.2.1", 10), 1);
        MapNode shown = registry.snapshot().viewOf(one.id()).nodes().get(all.id());
        assertEquals(Set.of("wg0"), shown.planes().keySet());
        // To check the signature it gets all planes, without where the node is in the others.
        MapNode sent = Views.of(registry.snapshot().map(), Set.of("wg0")).nodes().get(all.id());
        assertTrue(new MapLock(publicKey(lock)).hasSigned("prod", sent));
        assertEquals(1, sent.planes().get("wg0").candidates().size());
        assertEquals(List.of(), sent.planes().get("wg1").candidates());
    }

    @Test
    void onePlaneOfANodeChangesItsKeyAtATime() throws Exception {
        NodeInfo node = Meshes.join(registry, "web", "wg0", "wg1");
        registry.approve("web", signatures(lock, "web"), "admin");
        assertThrows(RefusedException.class, () -> registry.wantRotation("web", null, "admin"));
        PublicKey next = Meshes.key();
        registry.beginRotation(node.id(), "wg0", next, "node:1");
        assertThrows(
                RefusedException.class,
                () -> registry.beginRotation(node.id(), "wg1", Meshes.key(), "node:1"));
        registry.approve("web", signatures(lock, "web"), "admin");
        assertThrows(
                RefusedException.class,
                () -> registry.beginRotation(node.id(), "wg1", Meshes.key(), "node:1"));
        registry.confirmRotation(node.id(), "wg0", next);
        registry.beginRotation(node.id(), "wg1", Meshes.key(), "node:1");
        assertEquals(Set.of(node.id()), inMap());
    }

    @Test
    void aPublishedKeyStaysUntilAnotherIsSigned() throws Exception {
        NodeInfo node = Meshes.join(registry, "web");
        registry.approve("web", signatures(lock, "web"), "admin");
        PublicKey lost = Meshes.key();
        registry.beginRotation(node.id(), "wg0", lost, "node:1");
        registry.approve("web", signatures(lock, "web"), "admin");
        clock.advance(Rotations.GIVE_UP.plusDays(1));
        registry.tick();
        assertEquals(Set.of(node.id()), inMap(), "nobody must vanish because a key was not used");
        PublicKey next = Meshes.key();
        registry.beginRotation(node.id(), "wg0", next, "node:1");
        assertEquals(Set.of(node.id()), inMap());
        assertEquals(Snapshot.Use.PENDING, registry.snapshot().keys().get(lost).use());
        registry.approve("web", signatures(lock, "web"), "admin");
        assertEquals(Set.of(node.id()), inMap());
        assertEquals(null, registry.snapshot().keys().get(lost));
        registry.confirmRotation(node.id(), "wg0", next);
        assertEquals(Set.of(node.id()), inMap());
        assertEquals(Snapshot.Use.CURRENT, registry.snapshot().keys().get(next).use());
    }

    @Test
    void aRepeatedJoinOfAWaitingNodeStillWaits() throws IOException {
        PublicKey token = Meshes.token(registry, 1);
        JoinRequest request = Meshes.node("web");
        JoinAnswer first = registry.join(token, request, Meshes.SOURCE);
        assertEquals(first, registry.join(token, request, Meshes.SOURCE));
        assertEquals(JoinAnswer.Result.PENDING, first.result());
    }
}
