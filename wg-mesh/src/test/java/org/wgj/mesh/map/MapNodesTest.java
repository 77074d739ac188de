// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

class MapNodesTest {
    private static final UUID EPOCH = new UUID(1, 2);
    private static final PublicKey KEY = PrivateKey.generate().publicKey();
    private static final PublicKey OTHER = PrivateKey.generate().publicKey();

    private static MapNode node(long id, String name, PublicKey key, int port) {
        SortedMap<String, Membership> planes = new TreeMap<>();
        planes.put(
                "wg0",
                new Membership(
                        key,
                        null,
                        List.of(InetAddress.ofLiteral("10.77.0." + id)),
                        List.of(
                                new Candidate(
                                        Candidate.Kind.OBSERVED,
                                        new InetSocketAddress(
                                                InetAddress.ofLiteral("203.0.113.5"), port)))));
        return new MapNode(id, name, planes, List.of(), false, false, Bytes.NONE);
    }

    private static MeshMap map(long revision, MapNode... nodes) {
        SortedMap<Long, MapNode> all = new TreeMap<>();
        Arrays.stream(nodes).forEach(node -> all.put(node.id(), node));
        return new MeshMap(
                "prod",
                EPOCH,
                revision,
                List.of(new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51820, 1420)),
                List.of(
                        new MapCoordinator(
                                1,
                                KEY,
                                List.of(new HostPort("198.51.100.1", 51820)),
                                new TreeMap<>(),
                                true)),
                all);
    }

    @Test
    void aDifferenceLeadsFromOneMapToTheOther() {
        MeshMap from = map(3, node(2, "a", KEY, 1), node(3, "b", KEY, 2), node(4, "c", KEY, 3));
        MeshMap to = map(5, node(2, "a", KEY, 1), node(3, "b", KEY, 9), node(5, "d", OTHER, 4));
        MapDelta delta = MapNodes.between(from, to);
        assertEquals(List.of(to.nodes().get(3L), to.nodes().get(5L)), delta.changed());
        assertEquals(Set.of(4L), delta.removed());
        assertNull(delta.coordinatorsOrNull());
        MeshMap applied = MapNodes.apply(from, delta);
        assertEquals(to, applied);
        assertEquals(delta.hash(), MapNodes.hash(applied));
    }

    @Test
    void aDifferenceOfAnotherRevisionOrEpochIsRefused() {
        MapDelta delta = MapNodes.between(map(1), map(2));
        assertThrows(IllegalArgumentException.class, () -> MapNodes.apply(map(2), delta));
        MapDelta other = new MapDelta(new UUID(9, 9), 1, 2, List.of(), Set.of(), null, Bytes.NONE);
        assertThrows(IllegalArgumentException.class, () -> MapNodes.apply(map(1), other));
    }

    @Test
    void eachPartOfAMapChangesItsHash() {
        MeshMap map = map(1, node(2, "a", KEY, 1));
        List<MeshMap> others = new ArrayList<>();
        others.add(map(2, node(2, "a", KEY, 1)));
        others.add(map(1));
        others.add(map(1, node(3, "a", KEY, 1)));
        others.add(map(1, node(2, "b", KEY, 1)));
        others.add(map(1, node(2, "a", OTHER, 1)));
        others.add(map(1, node(2, "a", KEY, 2)));
        for (MeshMap other : others) {
            assertNotEquals(MapNodes.hash(map), MapNodes.hash(other));
        }
        assertEquals(MapNodes.hash(map), MapNodes.hash(map(1, node(2, "a", KEY, 1))));
    }

    @Test
    void aSignatureCoversIdentityButNotWhereANodeIsNow() {
        byte[] signed = MapNodes.signedBytes("prod", node(2, "a", KEY, 1));
        assertEquals(
                Bytes.of(signed), Bytes.of(MapNodes.signedBytes("prod", node(2, "a", KEY, 2))));
        MapNode node = node(2, "a", KEY, 1);
        MapNode direct =
                new MapNode(2, "a", node.planes(), List.of(), false, true, false, Bytes.NONE);
        assertFalse(Arrays.equals(signed, MapNodes.signedBytes("prod", direct)));
        for (byte[] other :
                List.of(
                        MapNodes.signedBytes("test", node(2, "a", KEY, 1)),
                        MapNodes.signedBytes("prod", node(3, "a", KEY, 1)),
                        MapNodes.signedBytes("prod", node(2, "b", KEY, 1)),
                        MapNodes.signedBytes("prod", node(2, "a", OTHER, 1)))) {
            assertFalse(Arrays.equals(signed, other));
        }
    }
}
