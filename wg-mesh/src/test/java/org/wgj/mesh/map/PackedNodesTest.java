// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

class PackedNodesTest {
    private static final Random RANDOM = new Random(17);

    private static PublicKey key() {
        return PrivateKey.generate(RANDOM).publicKey();
    }

    private static MapNode node(long id, String name) {
        Membership member =
                new Membership(
                        key(),
                        null,
                        List.of(InetAddress.ofLiteral("10.77." + id / 256 + "." + id % 256)),
                        List.of());
        return new MapNode(
                id,
                name,
                new TreeMap<>(Map.of("wg0", member)),
                List.of(),
                false,
                false,
                Bytes.NONE);
    }

    /** A node that has everything that a node may have. */
    private static MapNode rich(long id) {
        TreeMap<String, Membership> planes = new TreeMap<>();
        planes.put(
                "wg0",
                new Membership(
                        key(),
                        key(),
                        List.of(
                                InetAddress.ofLiteral("10.77.0.9"),
                                InetAddress.ofLiteral("fd00::9")),
                        List.of(
                                new Candidate(
                                        Candidate.Kind.STATIC,
                                        new InetSocketAddress(
                                                InetAddress.ofLiteral("2001:db8::1"), 65_535)),
                                new Candidate(
                                        Candidate.Kind.LOCAL,
                                        new InetSocketAddress(
                                                InetAddress.ofLiteral("192.0.2.1"), 1)))));
        planes.put(
                "wg3",
                new Membership(
                        key(), null, List.of(InetAddress.ofLiteral("10.80.0.9")), List.of()));
        return new MapNode(
                id,
                "rich",
                planes,
                List.of(IpPrefix.parse("192.168.2.0/24"), IpPrefix.parse("2001:db8:5::/48")),
                true,
                true,
                Bytes.of(new byte[64]));
    }

    private static MeshMap map(long revision, TreeMap<Long, MapNode> nodes) {
        return new MeshMap("prod", new UUID(1, 2), revision, List.of(), List.of(), nodes);
    }

    @Test
    void aPackedMapIsEqualAndHasTheSameHash() {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        nodes.put(3L, node(3, "a"));
        nodes.put(9L, rich(9));
        MeshMap plain = map(1, nodes);
        MeshMap packed = MapNodes.packed(plain);
        assertEquals(plain, packed);
        assertEquals(packed, plain);
        assertEquals(plain.hashCode(), packed.hashCode());
        assertEquals(MapNodes.hash(plain), MapNodes.hash(packed));
        assertEquals(nodes.get(9L), packed.nodes().get(9L));
        assertNull(packed.nodes().get(4L));
        assertEquals(List.of(3L, 9L), List.copyOf(packed.nodes().keySet()));
        assertEquals(3, packed.nodes().firstKey());
        assertEquals(9, packed.nodes().lastKey());
        assertEquals(nodes.headMap(9L), packed.nodes().headMap(9L));
        assertSame(packed, MapNodes.packed(packed));
        assertEquals(List.of(nodes.get(9L)), MapNodes.special(plain));
        assertEquals(List.of(nodes.get(9L)), MapNodes.special(packed));
        assertThrows(UnsupportedOperationException.class, () -> packed.nodes().remove(3L));
        MeshMap empty = MapNodes.packed(map(1, new TreeMap<>()));
        assertThrows(NoSuchElementException.class, () -> empty.nodes().firstKey());
    }

    @Test
    void anyPartOfANodeChangesTheHash() {
        MapNode node = rich(9);
        Membership member = node.planes().get("wg0");
        TreeMap<String, Membership> fewer = new TreeMap<>(node.planes());
        fewer.put(
                "wg0",
                new Membership(
                        member.key(),
                        member.pendingKeyOrNull(),
                        member.addresses(),
                        member.candidates().subList(0, 1)));
        TreeSet<String> hashes = new TreeSet<>();
        for (MapNode one :
                List.of(
                        node,
                        new MapNode(9, "rich", fewer, node.routes(), true, true, node.signature()),
                        new MapNode(
                                9, "rich", node.planes(), List.of(), true, true, node.signature()),
                        new MapNode(
                                9,
                                "rich",
                                node.planes(),
                                node.routes(),
                                false,
                                true,
                                node.signature()),
                        new MapNode(
                                9, "rich", node.planes(), node.routes(), true, true, Bytes.NONE))) {
            hashes.add(MapNodes.hash(map(1, new TreeMap<>(Map.of(9L, one)))).toString());
        }
        assertEquals(5, hashes.size());
    }

    @Test
    void whoTakesNoRelayIsInAMapAndItsHash() {
        MapNode node = rich(9);
        MapNode other = rich(3);
        MapNode direct =
                new MapNode(
                        9,
                        "rich",
                        node.planes(),
                        node.routes(),
                        true,
                        true,
                        true,
                        node.signature());
        MeshMap before = map(1, new TreeMap<>(Map.of(3L, other, 9L, node)));
        MeshMap after = map(2, new TreeMap<>(Map.of(3L, other, 9L, direct)));
        MeshMap packed = MapNodes.packed(after);
        assertEquals(after, MapNodes.packed(after));
        assertEquals(direct, packed.nodes().get(9L));
        assertEquals(Set.of(9L), MapNodes.directOnly(after));
        assertEquals(Set.of(9L), MapNodes.directOnly(packed));
        assertEquals(List.of(direct), MapNodes.between(before, after).changed());
        assertEquals(List.of(direct), MapNodes.between(MapNodes.packed(before), packed).changed());
        MeshMap same = map(2, new TreeMap<>(Map.of(3L, other, 9L, node)));
        assertNotEquals(MapNodes.hash(same), MapNodes.hash(after));
        assertEquals(MapNodes.hash(packed), MapNodes.hash(after));
    }

    @Test
    void differencesOfPackedMapsAreThoseOfPlainOnes() {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        MeshMap plain = map(1, nodes);
        MeshMap packed = MapNodes.packed(plain);
        for (int round = 2; round < 200; round++) {
            TreeMap<Long, MapNode> next = new TreeMap<>(nodes);
            List<MapNode> changed = new ArrayList<>();
            for (int i = RANDOM.nextInt(4); i > 0; i--) {
                long id = RANDOM.nextInt(40);
                if (RANDOM.nextBoolean()) {
                    MapNode node = node(id, "n" + round);
                    next.put(id, node);
                    changed.add(node);
                } else {
                    next.remove(id);
                }
            }
            MeshMap later = map(round, next);
            MapDelta delta = MapNodes.between(plain, later);
            assertEquals(delta, MapNodes.between(packed, MapNodes.packed(later)));
            packed = MapNodes.apply(packed, delta);
            assertEquals(later, packed);
            assertEquals(delta.hash(), MapNodes.hash(packed));
            assertSame(packed, MapNodes.packed(packed));
            nodes = next;
            plain = later;
        }
        assertTrue(nodes.size() > 5);
    }

    @Test
    void nodesAreFoundByKeyAndAddressInTheirPlane() {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        for (long id = 2; id < 600; id += 3) {
            nodes.put(id, node(id, "n" + id));
        }
        nodes.put(9_000L, rich(9_000));
        MeshMap map = MapNodes.packed(map(1, nodes));
        PlaneIndex index = new PlaneIndex(map, "wg0");
        nodes.forEach(
                (id, node) -> {
                    Membership member = node.planes().get("wg0");
                    assertEquals(node, index.byKey(member.key()));
                    member.addresses().forEach(a -> assertEquals(node, index.byAddress(a)));
                });
        Membership rich = nodes.get(9_000L).planes().get("wg0");
        assertEquals(9_000, index.byKey(rich.pendingKeyOrNull()).id());
        assertNull(index.byKey(key()));
        assertNull(index.byAddress(InetAddress.ofLiteral("10.80.0.9")));
        PlaneIndex storage = new PlaneIndex(map, "wg3");
        assertEquals(9_000, storage.byAddress(InetAddress.ofLiteral("10.80.0.9")).id());
        assertNull(storage.byKey(rich.key()));
        assertNull(new PlaneIndex(map(1, new TreeMap<>()), "wg0").byKey(key()));
        assertTrue(MapNodes.hasMore(map, "wg0", 2, nodes.size() - 2));
        assertEquals(false, MapNodes.hasMore(map, "wg0", 2, nodes.size() - 1));
        assertEquals(false, MapNodes.hasMore(map, "wg3", 2, 1));
        assertNotEquals(0, nodes.size());
    }
}
