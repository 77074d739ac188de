// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.PeerDirectory;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeersOnDemand;
import org.wgj.tunnel.TunnelChange;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Which nodes are peers of a tunnel when the plane is large: here, more than two others. */
class PlanePeersTest {
    private static final IpPrefix LAN = IpPrefix.parse("192.168.2.0/24");
    private static final InetSocketAddress RELAY =
            new InetSocketAddress(InetAddress.ofLiteral("198.51.100.1"), 51820);

    private final PeerDirectory directory = new PeerDirectory("wg0", 2, 2);
    private final PlanePeers peers = new PlanePeers("wg0", 2, directory);
    private final Map<PublicKey, String> names = new HashMap<>();

    PlanePeersTest() {
        for (long id = 2; id < 10; id++) {
            names.put(TestMaps.key(id), Long.toString(id));
        }
        names.put(TestMaps.COORDINATOR.publicKey(), "coordinator");
        directory.relays(
                List.of(
                        new RelayPlace(
                                TestMaps.COORDINATOR.publicKey(),
                                List.of(TestMaps.address(1)),
                                RELAY)));
    }

    private static MeshMap map(MapNode... nodes) {
        TreeMap<Long, MapNode> all = new TreeMap<>();
        for (MapNode node : nodes) {
            all.put(node.id(), node);
        }
        return TestMaps.of(TestMaps.MESH, TestMaps.EPOCH, 1, all);
    }

    private List<String> calls(TunnelChange changeOrNull) {
        RecordingEditor editor = new RecordingEditor();
        if (changeOrNull != null) {
            editor.record(changeOrNull);
        }
        return editor.calls(names).stream().sorted().toList();
    }

    private List<String> take(MeshMap map) {
        return calls(peers.map(map.coordinators(), map, _ -> true));
    }

    @Test
    void nodesOfALargePlaneBecomePeersOnDemandAndCanBeReleased() {
        MeshMap large =
                map(TestMaps.node(2), TestMaps.node(3), TestMaps.node(4), TestMaps.node(5, LAN));
        assertEquals(
                List.of(
                        "5 allowedIp 10.77.0.5/32",
                        "5 allowedIp 192.168.2.0/24",
                        "5 managedEndpoint true",
                        "coordinator allowedIp 10.77.0.1/32",
                        "coordinator managedEndpoint false",
                        "coordinator persistentKeepalive 25"),
                take(large));
        PeersOnDemand.Found found = directory.byAddress(TestMaps.address(3));
        assertEquals(TestMaps.key(3), found.key());
        assertEquals(RELAY, found.endpointOrNull().toSocketAddress());
        assertEquals(List.of(IpPrefix.parse("10.77.0.3/32")), found.allowedIps());
        assertEquals(found, directory.byKey(TestMaps.key(3)));
        assertNull(directory.byAddress(TestMaps.address(2)), "the node itself");
        assertNull(directory.byAddress(TestMaps.address(9)), "nobody");
        assertNull(directory.byKey(TestMaps.key(9)), "nobody");

        assertEquals(
                List.of("3 allowedIp 10.77.0.3/32", "3 managedEndpoint true"),
                calls(peers.added(TestMaps.key(3))));
        assertNull(peers.added(TestMaps.key(3)), "known by now");
        assertEquals(List.of(), take(large));
        assertEquals(List.of("3 removed"), calls(peers.released(TestMaps.key(3))));
        assertNull(peers.released(TestMaps.key(3)));
        assertNull(peers.released(TestMaps.key(5)), "it is needed at any time");
    }

    @Test
    void theFirstEndpointIsNeitherInsideTheMeshNorOnThisMachine() {
        InetAddress own = InetAddress.ofLiteral("192.0.2.9");
        directory.surroundings(
                List.of(IpPrefix.parse("10.77.0.0/16"), IpPrefix.parse("198.51.100.0/24")),
                List.of(new LocalAddress("eth0", own, 24, false)));
        InetSocketAddress good = new InetSocketAddress("192.0.2.33", 51820);
        take(
                map(
                        TestMaps.node(2),
                        at(3, new InetSocketAddress("10.77.0.4", 51820), good),
                        at(4, new InetSocketAddress(own, 51820)),
                        at(5, new InetSocketAddress("127.0.0.1", 51820))));
        PeersOnDemand.Found found = directory.byAddress(TestMaps.address(3));
        assertEquals(
                good, found.endpointOrNull().toSocketAddress(), "the relay is inside the mesh");
        assertNull(directory.byAddress(TestMaps.address(4)));
        assertNull(directory.byAddress(TestMaps.address(5)));
        PeersOnDemand.Found caller = directory.byKey(TestMaps.key(5));
        assertNull(caller.endpointOrNull(), "it may call, and is then where it calls from");
        assertEquals(
                TestMaps.node(5).planes().get("wg0").addresses().stream()
                        .map(IpPrefix::host)
                        .toList(),
                caller.allowedIps());
    }

    @Test
    void aNodeThatTakesNoRelayIsLookedForAtItsOwnPlace() {
        InetSocketAddress place = new InetSocketAddress("203.0.113.7", 51820);
        MapNode open = at(3, place);
        MapNode direct =
                new MapNode(3, "n3", open.planes(), List.of(), false, true, false, Bytes.NONE);
        take(map(TestMaps.node(2), direct, TestMaps.node(4), TestMaps.node(5)));
        assertEquals(
                place, directory.byAddress(TestMaps.address(3)).endpointOrNull().toSocketAddress());
        assertEquals(
                RELAY, directory.byAddress(TestMaps.address(4)).endpointOrNull().toSocketAddress());
    }

    private static MapNode at(long id, InetSocketAddress... places) {
        Membership member =
                new Membership(
                        TestMaps.key(id),
                        null,
                        List.of(TestMaps.address(id)),
                        Stream.of(places)
                                .map(place -> new Candidate(Candidate.Kind.STATIC, place))
                                .toList());
        MapNode node = TestMaps.node(id);
        return new MapNode(
                id,
                node.name(),
                new TreeMap<>(Map.of("wg0", member)),
                List.of(),
                false,
                false,
                Bytes.NONE);
    }

    @Test
    void theKeysOfANodeOverlapWhileItChangesThem() {
        PublicKey next = TestMaps.key(30);
        for (boolean large : new boolean[] {false, true}) {
            PlanePeersTest one = new PlanePeersTest();
            one.names.put(next, "3 next");
            MapNode[] others = {TestMaps.node(2), TestMaps.node(4), TestMaps.node(5)};
            if (!large) {
                others = new MapNode[] {TestMaps.node(2), TestMaps.node(4)};
            }
            one.take(map(with(others, TestMaps.node(3))));
            one.peers.added(TestMaps.key(3));

            assertEquals(
                    List.of("3 next managedEndpoint true", "3 next standsInFor 3"),
                    one.take(map(with(others, TestMaps.keyed(3, TestMaps.key(3), next)))));
            assertEquals(Set.of(), one.peers.takeReplaced());
            MeshMap changed = map(with(others, TestMaps.keyed(3, next, null)));
            assertEquals(
                    List.of(
                            "3 handshakesAllowed false",
                            "3 next allowedIp 10.77.0.3/32",
                            "3 next standsInFor null",
                            "3 removeAllowedIp 10.77.0.3/32",
                            "3 standsInFor 3 next"),
                    one.take(changed));
            assertEquals(Set.of(TestMaps.key(3)), one.peers.takeReplaced());
            assertEquals(Set.of(), one.peers.takeReplaced());
            assertEquals(List.of(), one.take(changed), "it stays until it is forgotten");
            assertEquals(
                    List.of("3 removed"), one.calls(one.peers.forget(Set.of(TestMaps.key(3)))));
            assertNull(one.peers.forget(Set.of(TestMaps.key(3), next)));
            assertEquals(List.of(), one.take(changed));
        }
    }

    @Test
    void aReplacedKeyIsNoPeerAnyMoreWhenItsNodeIsRemoved() {
        PublicKey next = TestMaps.key(30);
        names.put(next, "3 next");
        take(map(TestMaps.node(2), TestMaps.node(3)));
        take(map(TestMaps.node(2), TestMaps.keyed(3, next, null))); // the one between was missed
        assertEquals(Set.of(TestMaps.key(3)), peers.takeReplaced());
        assertEquals(List.of("3 next removed", "3 removed"), take(map(TestMaps.node(2))));
        assertNull(peers.forget(Set.of(TestMaps.key(3))));

        // A key that is taken back was never the node's own.
        take(map(TestMaps.node(2), TestMaps.keyed(3, TestMaps.key(3), next)));
        assertEquals(List.of("3 next removed"), take(map(TestMaps.node(2), TestMaps.node(3))));
        assertEquals(Set.of(), peers.takeReplaced());
    }

    @Test
    void anOldKeyThatComesBackIsAPeerLikeAnyOther() {
        PublicKey next = TestMaps.key(30);
        names.put(next, "3 next");
        take(map(TestMaps.node(2), TestMaps.node(3)));
        take(map(TestMaps.node(2), TestMaps.keyed(3, next, null)));
        assertEquals(
                List.of(
                        "3 allowedIp 10.77.0.3/32",
                        "3 handshakesAllowed true",
                        "3 next handshakesAllowed false",
                        "3 next removeAllowedIp 10.77.0.3/32",
                        "3 next standsInFor 3",
                        "3 standsInFor null"),
                take(map(TestMaps.node(2), TestMaps.node(3))));
        assertEquals(Set.of(TestMaps.key(3), next), peers.takeReplaced());
        assertEquals(List.of("3 next removed"), calls(peers.forget(Set.of(TestMaps.key(3), next))));
    }

    private static MapNode[] with(MapNode[] others, MapNode node) {
        return Stream.concat(Stream.of(others), Stream.of(node)).toArray(MapNode[]::new);
    }

    @Test
    void aRemovedNodeIsNoPeerAnyMore() {
        take(map(TestMaps.node(2), TestMaps.node(3), TestMaps.node(4), TestMaps.node(5)));
        peers.added(TestMaps.key(3));
        MeshMap without =
                map(TestMaps.node(2), TestMaps.node(4), TestMaps.node(5), TestMaps.node(6));
        assertEquals(List.of("3 removed"), take(without));
        assertNull(directory.byKey(TestMaps.key(3)));
        assertEquals(List.of("3 removed"), calls(peers.added(TestMaps.key(3))), "a late event");
    }

    @Test
    void peersStayWhenAPlaneBecomesLargeAndComeWhenItBecomesSmall() {
        MeshMap small = map(TestMaps.node(2), TestMaps.node(3), TestMaps.node(4));
        take(small);
        assertNull(directory.byAddress(TestMaps.address(3)), "all are peers");
        MeshMap large = map(TestMaps.node(2), TestMaps.node(3), TestMaps.node(4), TestMaps.node(5));
        assertEquals(List.of(), take(large));
        assertEquals(List.of("4 removed"), calls(peers.released(TestMaps.key(4))));
        assertEquals(List.of("4 allowedIp 10.77.0.4/32", "4 managedEndpoint true"), take(small));
    }
}
