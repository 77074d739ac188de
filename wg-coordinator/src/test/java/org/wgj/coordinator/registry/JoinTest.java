// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Which nodes get into a mesh, under which name and address, and at what price. */
class JoinTest {
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

    @Test
    void aNodeGetsTheLowestHostOfEveryPlaneAndIsInTheMap() throws IOException {
        NodeInfo first = Meshes.join(registry, "web-1", "wg0", "wg1", "wg2", "wg3");
        NodeInfo second = Meshes.join(registry, "web-2", "wg0", "wg3");
        assertEquals("10.77.0.2 fd77:0:0:1:0:0:0:2", addresses(first, "wg0"));
        assertEquals("10.80.0.2 fd77:0:0:4:0:0:0:2", addresses(first, "wg3"));
        assertEquals("10.77.0.3 fd77:0:0:1:0:0:0:3", addresses(second, "wg0"));
        assertEquals("10.80.0.3 fd77:0:0:4:0:0:0:3", addresses(second, "wg3"));
        MeshMap map = registry.snapshot().map();
        assertEquals(Set.of(first.id(), second.id()), map.nodes().keySet());
        assertEquals(first.mapNode(), map.nodes().get(first.id()));
        assertEquals(
                "10.77.0.1",
                map.coordinators().getFirst().addresses().get("wg0").getFirst().getHostAddress());
    }

    private static String addresses(NodeInfo node, String plane) {
        List<InetAddress> addresses = node.planes().get(plane).addresses();
        return addresses.get(0).getHostAddress() + " " + addresses.get(1).getHostAddress();
    }

    @Test
    void theSameNodeGetsTheSameAnswerWithoutASecondUse() throws IOException {
        PublicKey token = Meshes.token(registry, 2);
        JoinRequest request = Meshes.node("web");
        JoinAnswer first = registry.join(token, request, Meshes.SOURCE);
        assertEquals(first, registry.join(token, request, Meshes.SOURCE));
        assertEquals(1, registry.tokens().getFirst().usesLeft());
    }

    @Test
    void aUsedUpTokenRefusesOthersButAnswersItsNodeUntilItExpires() throws IOException {
        PublicKey token = Meshes.token(registry, 1);
        JoinRequest request = Meshes.node("web");
        JoinAnswer joined = registry.join(token, request, Meshes.SOURCE);
        assertEquals(Reason.USED, refusal(token, Meshes.node("other")));
        assertEquals(joined, registry.join(token, request, Meshes.SOURCE));
        assertTrue(registry.snapshot().isLive(token, clock.instant()));
        clock.advance(Duration.ofHours(1));
        assertFalse(registry.snapshot().isLive(token, clock.instant()));
        assertEquals(Reason.UNKNOWN_TOKEN, refusal(token, request));
    }

    private Reason refusal(PublicKey token, JoinRequest request) throws IOException {
        JoinAnswer answer = registry.join(token, request, Meshes.SOURCE);
        assertEquals(JoinAnswer.Result.REFUSED, answer.result());
        assertNull(answer.nodeOrNull());
        return answer.reasonOrNull();
    }

    @Test
    void aRefusedJoinBurnsNoUse() throws IOException {
        PublicKey token = Meshes.token(registry, 1);
        JoinRequest badName = Meshes.node("not_a_name");
        assertEquals(Reason.BAD_REQUEST, refusal(token, badName));
        Map<String, PublicKey> keys = Map.of("wg0", Meshes.key());
        registry.join(Meshes.token(registry, 1), JoinRequest.of("web", keys), Meshes.SOURCE);
        JoinRequest otherMachine =
                new JoinRequest(
                        "web",
                        new TreeMap<>(keys),
                        NodePorts.USUAL,
                        List.of(),
                        "copy",
                        false,
                        false,
                        null);
        assertEquals(Reason.KEY_KNOWN, refusal(token, otherMachine));
        assertEquals(
                JoinAnswer.Result.JOINED,
                registry.join(token, Meshes.node("good"), Meshes.SOURCE).result());
    }

    @Test
    void aNodeThatTakesNoRelayIsMarkedFromTheStart() throws IOException {
        NodeInfo usual = Meshes.join(registry, "usual", "wg0", "wg1");
        JoinRequest asked = Meshes.node("shy", "wg0", "wg1");
        JoinRequest request =
                new JoinRequest(
                        "shy", asked.keys(), asked.ports(), List.of(), null, false, true, null);
        long id =
                registry.join(Meshes.token(registry, 1), request, Meshes.SOURCE).nodeOrNull().id();
        assertTrue(registry.node("shy").directOnly());
        assertEquals(Set.of(id), MapNodes.directOnly(registry.snapshot().map()));
        MeshMap view = Views.of(registry.snapshot().map(), Set.of("wg1"));
        assertEquals(Set.of(id), MapNodes.directOnly(view));
        MapNode node = registry.snapshot().map().nodes().get(id);
        assertEquals(node, NodeJson.node(NodeJson.text(node)));

        registry.setDirectOnly(id, false);
        registry.setDirectOnly(usual.id(), true);
        assertEquals(Set.of(usual.id()), MapNodes.directOnly(registry.snapshot().map()));
        registry.restore(registry.export(), "admin");
        assertEquals(Set.of(usual.id()), MapNodes.directOnly(registry.snapshot().map()));
    }

    /** As the node itself counts them, also if the token is for some of the planes. */
    @Test
    void portsAreThoseThatTheNodeOpens() throws IOException {
        assertEquals(Map.of("wg1", 51_821, "wg3", 51_823), ports(NodePorts.USUAL));
        assertEquals(Map.of("wg1", 4_000, "wg3", 4_001), ports(new NodePorts(4_000, false)));
        assertEquals(Map.of("wg1", 51_821, "wg3", 51_821), ports(new NodePorts(0, true)));
        assertEquals(Map.of("wg1", 4_000, "wg3", 4_000), ports(new NodePorts(4_000, true)));
    }

    /** A node may get another port later: what it says of its own addresses has it. */
    @Test
    void aNodeMayOpenAnotherPortLater() throws IOException {
        long id = joined(NodePorts.USUAL).id();
        registry.reportCandidates(id, "wg3", List.of(candidate(Candidate.Kind.LOCAL)));
        registry.reportCandidates(id, "wg1", List.of(candidate(Candidate.Kind.STATIC)));
        assertEquals(Map.of("wg1", 51_821, "wg3", 4_000), ports(registry.node("" + id)));
    }

    private static Candidate candidate(Candidate.Kind kind) {
        return new Candidate(kind, new InetSocketAddress("192.0.2.7", 4_000));
    }

    private Map<String, Integer> ports(NodePorts ports) throws IOException {
        return ports(joined(ports));
    }

    private static Map<String, Integer> ports(NodeInfo node) {
        Map<String, Integer> ports = new TreeMap<>();
        node.planes().forEach((plane, in) -> ports.put(plane, in.port()));
        return ports;
    }

    private NodeInfo joined(NodePorts ports) throws IOException {
        PublicKey token = Meshes.token(registry, Meshes.request(null, false, false, "wg1", "wg3"));
        TreeMap<String, PublicKey> keys = new TreeMap<>();
        for (String plane : List.of("wg0", "wg1", "wg2", "wg3")) {
            keys.put(plane, Meshes.key());
        }
        JoinRequest request =
                new JoinRequest(null, keys, ports, List.of(), null, false, false, null);
        return registry.join(token, request, Meshes.SOURCE).nodeOrNull();
    }

    @Test
    void aKeyOfACoordinatorOrOfAnotherPlaneIsRefused() throws IOException {
        PublicKey coordinator = registry.snapshot().map().coordinators().getFirst().key();
        assertEquals(
                Reason.KEY_KNOWN,
                refusal(
                        Meshes.token(registry, 1),
                        JoinRequest.of("a", Map.of("wg0", coordinator))));
        PublicKey twice = Meshes.key();
        assertEquals(
                Reason.BAD_REQUEST,
                refusal(
                        Meshes.token(registry, 1),
                        JoinRequest.of("a", Map.of("wg0", twice, "wg1", twice))));
    }

    @Test
    void namesAreFoldedAndASecondOneGetsASuffix() throws IOException {
        assertEquals("web", Meshes.join(registry, "WEB").name());
        assertEquals("web-2", Meshes.join(registry, "Web").name());
        assertEquals("web-3", Meshes.join(registry, "web").name());
        String longest = "a".repeat(63);
        assertEquals(longest, Meshes.join(registry, longest).name());
        assertEquals("a".repeat(61) + "-2", Meshes.join(registry, longest).name());
    }

    @Test
    void aNodeReplacesAnotherOnlyByATokenMadeForIt() throws IOException {
        NodeInfo old = Meshes.join(registry, "web");
        JoinRequest replace = Meshes.node("new");
        PublicKey named = Meshes.token(registry, Meshes.request("web", false, false));
        assertEquals(Reason.NAME_TAKEN, refusal(named, replace));
        PublicKey allowed = Meshes.token(registry, Meshes.request("web", false, true));
        JoinAnswer answer = registry.join(allowed, replace, Meshes.SOURCE);
        assertEquals(JoinAnswer.Result.JOINED, answer.result());
        assertEquals("web", answer.nodeOrNull().name());
        assertEquals(addresses(old, "wg0"), addresses(answer.nodeOrNull(), "wg0"));
        assertTrue(answer.nodeOrNull().id() > old.id());
        assertEquals(Set.of(answer.nodeOrNull().id()), registry.snapshot().map().nodes().keySet());
    }

    @Test
    void aTokensNameWinsAndItsPlanesLimit() throws IOException {
        PublicKey token = Meshes.token(registry, Meshes.request("db-1", false, false, "wg1"));
        JoinAnswer answer = registry.join(token, Meshes.node("mine", "wg0", "wg1"), Meshes.SOURCE);
        assertEquals("db-1", answer.nodeOrNull().name());
        assertEquals(Set.of("wg1"), answer.nodeOrNull().planes().keySet());
        PublicKey other = Meshes.token(registry, Meshes.request(null, false, false, "wg1"));
        assertEquals(Reason.WRONG_PLANE, refusal(other, Meshes.node("x", "wg0")));
    }

    @Test
    void anAddressCanBePinnedAndRestsADayAfterItsNodeIsGone() throws IOException {
        InetAddress wanted = InetAddress.ofLiteral("10.77.9.9");
        NodeInfo node = pinned(wanted).nodeOrNull();
        assertEquals(wanted, node.planes().get("wg0").addresses().getFirst());
        assertEquals(Reason.ADDRESS_TAKEN, pinned(wanted).reasonOrNull());
        registry.remove(node.name(), "test", "admin");
        clock.advance(Duration.ofHours(24).minusMillis(1));
        assertEquals(Reason.ADDRESS_TAKEN, pinned(wanted).reasonOrNull());
        clock.advance(Duration.ofMillis(1));
        assertEquals(JoinAnswer.Result.JOINED, pinned(wanted).result());
        assertEquals(Reason.BAD_REQUEST, pinned(InetAddress.ofLiteral("192.0.2.1")).reasonOrNull());
        assertEquals(
                Reason.BAD_REQUEST, pinned(InetAddress.ofLiteral("10.77.255.255")).reasonOrNull());
    }

    private JoinAnswer pinned(InetAddress address) throws IOException {
        return registry.join(
                Meshes.token(registry, 1),
                new JoinRequest(
                        "pin",
                        new TreeMap<>(Map.of("wg0", Meshes.key())),
                        NodePorts.USUAL,
                        List.of(),
                        null,
                        false,
                        false,
                        address),
                Meshes.SOURCE);
    }

    @Test
    void aWaitingNodeIsInNobodysMapUntilItIsApproved() throws IOException {
        PublicKey token = Meshes.token(registry, Meshes.request(null, true, false));
        JoinRequest request = Meshes.node("web");
        JoinAnswer waiting = registry.join(token, request, Meshes.SOURCE);
        assertEquals(JoinAnswer.Result.PENDING, waiting.result());
        assertEquals(Set.of(), registry.snapshot().map().nodes().keySet());
        registry.approve("web", List.of(), "admin");
        assertEquals(Set.of(waiting.nodeOrNull().id()), registry.snapshot().map().nodes().keySet());
        assertEquals(
                JoinAnswer.Result.JOINED, registry.join(token, request, Meshes.SOURCE).result());
    }

    @Test
    void aNodeGetsItsAnswerUnderANewTokenWhenTheFirstHasExpired() throws IOException {
        PublicKey first = Meshes.token(registry, Meshes.request(null, true, false, "wg1"));
        JoinRequest request = Meshes.node("web", "wg0", "wg1");
        JoinAnswer waiting = registry.join(first, request, Meshes.SOURCE);
        clock.advance(Duration.ofHours(1));
        assertEquals(Reason.UNKNOWN_TOKEN, refusal(first, request));

        PublicKey second = Meshes.token(registry, 1);
        assertEquals(waiting, registry.join(second, request, Meshes.SOURCE), "waits on");
        assertEquals(0, registry.tokens().getFirst().usesLeft());
        registry.approve("web", List.of(), "admin");
        JoinAnswer joined = registry.join(second, request, Meshes.SOURCE);
        assertEquals(JoinAnswer.Result.JOINED, joined.result());
        assertEquals(waiting.nodeOrNull().id(), joined.nodeOrNull().id());
        assertEquals(Set.of("wg1"), joined.nodeOrNull().planes().keySet());

        // A token for its name may replace it, but not by itself.
        PublicKey third = Meshes.token(registry, Meshes.request("web", false, true));
        assertEquals(joined, registry.join(third, request, Meshes.SOURCE));
        assertEquals(1, registry.snapshot().map().nodes().size());
    }

    @Test
    void aKnownKeyIsRefusedUnderATokenForOthersAndWithOtherKeys() throws IOException {
        PublicKey key = Meshes.key();
        Map<String, PublicKey> keys = Map.of("wg0", key, "wg1", Meshes.key());
        registry.join(Meshes.token(registry, 1), JoinRequest.of("web", keys), Meshes.SOURCE);
        for (TokenRequest other :
                List.of(
                        Meshes.request("db", false, false),
                        Meshes.request(null, false, false, "wg0"))) {
            PublicKey token = Meshes.token(registry, other);
            assertEquals(Reason.KEY_KNOWN, refusal(token, JoinRequest.of("web", keys)));
            assertEquals(1, registry.tokens().getFirst().usesLeft());
        }
        Map<String, PublicKey> others = Map.of("wg0", key, "wg1", Meshes.key());
        PublicKey token = Meshes.token(registry, 1);
        assertEquals(Reason.KEY_KNOWN, refusal(token, JoinRequest.of("web", others)));
    }

    @Test
    void aRemovedNodesKeysJoinAsANewNode() throws IOException {
        JoinRequest request = Meshes.node("web");
        PublicKey first = Meshes.token(registry, 1);
        JoinAnswer removed = registry.join(first, request, Meshes.SOURCE);
        registry.remove("web", "test", "admin");
        assertEquals(Reason.USED, refusal(first, request));
        JoinAnswer again = registry.join(Meshes.token(registry, 1), request, Meshes.SOURCE);
        assertEquals(JoinAnswer.Result.JOINED, again.result());
        assertTrue(again.nodeOrNull().id() > removed.nodeOrNull().id());
    }

    @Test
    void aTokenNamesEveryEndpointOfEveryCoordinator() throws IOException {
        List<HostPort> endpoints =
                List.of(new HostPort("192.0.2.2", 51_820), new HostPort("2001:db8::2", 51_820));
        PublicKey other = Meshes.key();
        registry.registerCoordinator(other, endpoints, true);
        PublicKey first = registry.snapshot().map().coordinators().getFirst().key();
        assertEquals(
                List.of(
                        new JoinToken.Coordinator(first, Meshes.ENDPOINTS.getFirst()),
                        new JoinToken.Coordinator(other, endpoints.get(0)),
                        new JoinToken.Coordinator(other, endpoints.get(1))),
                registry.createToken(TokenRequest.USUAL, "admin").token().coordinators());
    }

    @Test
    void aFullPlaneRefuses() throws IOException {
        try (Registry small =
                Meshes.create(
                        Store.openMemory(),
                        MeshPlan.usual(
                                "tiny",
                                IpPrefix.parse("10.0.0.0/30"),
                                null,
                                false,
                                org.wgj.mesh.map.Bytes.NONE),
                        clock)) {
            Meshes.join(small, "only");
            JoinAnswer answer =
                    small.join(Meshes.token(small, 1), Meshes.node("late"), Meshes.SOURCE);
            assertEquals(Reason.FULL, answer.reasonOrNull());
        }
    }

    @Test
    void eachCommitLeadsFromTheMapBeforeToTheMapAfter() throws IOException {
        MeshMap before = registry.snapshot().map();
        Meshes.join(registry, "a");
        Meshes.join(registry, "b");
        registry.remove("a", "test", "admin");
        MeshMap after = registry.snapshot().map();
        assertEquals(before.revision() + 3, after.revision());
        Set<String> all = Set.of("wg0", "wg1", "wg2", "wg3");
        assertEquals(
                after,
                MapNodes.apply(
                        before,
                        registry.delta(all, before.epoch(), before.revision()).orElseThrow()));
        assertEquals(before, registry.mapAt(before.epoch(), before.revision()).orElseThrow());
    }
}
