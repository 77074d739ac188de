// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.RelayPlace;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which nodes are used as relays, and where. */
class RelayNodesTest {
    private final SortedMap<Long, MapNode> nodes = new TreeMap<>();

    private static Candidate at(Candidate.Kind kind, String address) {
        return new Candidate(kind, new InetSocketAddress(InetAddress.ofLiteral(address), 51820));
    }

    private void node(long id, boolean relay, Candidate... candidates) {
        Membership member =
                new Membership(
                        TestMaps.key(id), null, List.of(TestMaps.address(id)), List.of(candidates));
        nodes.put(
                id,
                new MapNode(
                        id,
                        "n" + id,
                        new TreeMap<>(Map.of("wg0", member)),
                        List.of(),
                        relay,
                        false,
                        Bytes.NONE));
    }

    private List<String> places(long own) {
        MeshMap map = TestMaps.of(TestMaps.MESH, TestMaps.EPOCH, 1, nodes);
        return RelayNodes.places(map, "wg0", own).stream()
                .map(RelayPlace::endpoint)
                .map(place -> place.getAddress().getHostAddress())
                .toList();
    }

    @Test
    void aRelayIsWhereAllReachIt() {
        node(2, true, at(Candidate.Kind.STATIC, "192.0.2.2"));
        node(
                3,
                true,
                at(Candidate.Kind.OBSERVED, "192.0.2.3"),
                at(Candidate.Kind.LOCAL, "192.0.2.3"));
        node(
                4,
                true,
                at(Candidate.Kind.OBSERVED, "192.0.2.4"),
                at(Candidate.Kind.MAPPED, "192.0.2.44"));
        node(5, false, at(Candidate.Kind.STATIC, "192.0.2.5")); // does not relay
        node( // behind a router
                6,
                true,
                at(Candidate.Kind.OBSERVED, "192.0.2.6"),
                at(Candidate.Kind.LOCAL, "192.168.1.6"));
        assertEquals(List.of("192.0.2.2", "192.0.2.3", "192.0.2.44"), places(9));
        assertEquals(List.of("192.0.2.3", "192.0.2.44"), places(2), "not itself");
    }

    @Test
    void nobodyIsARelayAtThePlaceOfAnother() {
        node(2, true, at(Candidate.Kind.STATIC, "192.0.2.7"));
        node(7, false, at(Candidate.Kind.OBSERVED, "192.0.2.7"));
        assertEquals(List.of(), places(9));
    }

    @Test
    void aRelayThatJoinedAgainIsOneAlthoughItsOldSelfWasSeenThere() {
        node(2, false, at(Candidate.Kind.OBSERVED, "192.0.2.2"));
        node(
                7,
                true,
                at(Candidate.Kind.OBSERVED, "192.0.2.2"),
                at(Candidate.Kind.LOCAL, "192.0.2.2"));
        assertEquals(List.of("192.0.2.2"), places(9));
    }

    @Test
    void nobodyIsARelayAtAPlaceThatAnotherNames() {
        node(2, true, at(Candidate.Kind.STATIC, "192.0.2.7"));
        node(7, false, at(Candidate.Kind.STATIC, "192.0.2.7"));
        node(3, true, at(Candidate.Kind.MAPPED, "192.0.2.8"));
        node(8, false, at(Candidate.Kind.LOCAL, "192.0.2.8"));
        assertEquals(List.of(), places(9));
    }

    @Test
    void aRelayThatIsSeenAtItsAddressCannotBePushedAway() {
        node(
                2,
                true,
                at(Candidate.Kind.OBSERVED, "192.0.2.2"),
                at(Candidate.Kind.STATIC, "192.0.2.2"));
        node(7, false, at(Candidate.Kind.STATIC, "192.0.2.2"));
        assertEquals(List.of("192.0.2.2"), places(9));
    }

    @Test
    void theOldestAreUsedIfAllWantToBe() {
        for (int id = 2; id < 60; id++) {
            node(id, true, at(Candidate.Kind.STATIC, "192.0.2." + id));
        }
        List<String> places = places(99);
        assertEquals(RelayNodes.MAX, places.size());
        assertEquals("192.0.2.2", places.getFirst());
    }
}
