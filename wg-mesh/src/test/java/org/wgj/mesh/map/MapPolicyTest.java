// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

class MapPolicyTest {
    private static final PublicKey COORDINATOR = PrivateKey.generate().publicKey();
    private static final Plane PLANE =
            new Plane(
                    "wg0",
                    List.of(IpPrefix.parse("10.77.0.0/16"), IpPrefix.parse("fd77::/64")),
                    51820,
                    1420);

    private static MapPolicy policy(Bytes lock) {
        return new MapPolicy("prod", 2, List.of(PLANE), Set.of(COORDINATOR), lock);
    }

    private static MapNode node(long id, String name, List<String> addresses, String... routes) {
        return node(id, name, PrivateKey.generate().publicKey(), addresses, routes);
    }

    private static MapNode node(
            long id, String name, PublicKey key, List<String> addresses, String... routes) {
        SortedMap<String, Membership> planes = new TreeMap<>();
        planes.put(
                "wg0",
                new Membership(
                        key,
                        null,
                        addresses.stream().map(InetAddress::ofLiteral).toList(),
                        List.of()));
        return new MapNode(
                id,
                name,
                planes,
                Arrays.stream(routes).map(IpPrefix::parse).toList(),
                false,
                false,
                Bytes.NONE);
    }

    private static MeshMap map(MapNode... nodes) {
        return map("prod", List.of(PLANE), COORDINATOR, nodes);
    }

    private static MeshMap map(
            String mesh, List<Plane> planes, PublicKey coordinator, MapNode... nodes) {
        SortedMap<Long, MapNode> all = new TreeMap<>();
        Arrays.stream(nodes).forEach(node -> all.put(node.id(), node));
        return new MeshMap(
                mesh,
                new UUID(1, 2),
                3,
                planes,
                List.of(
                        new MapCoordinator(
                                1,
                                coordinator,
                                List.of(new HostPort("198.51.100.1", 51820)),
                                new TreeMap<>(
                                        Map.of("wg0", List.of(InetAddress.ofLiteral("10.77.0.1")))),
                                true)),
                all);
    }

    private static void assertRefused(String message, MeshMap map) {
        MapRefusedException refused =
                assertThrows(
                        MapRefusedException.class, () -> policy(Bytes.NONE).check(map), message);
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }

    @Test
    void aMapOfOwnAddressesIsUsedWhole() throws MapRefusedException {
        MeshMap map =
                map(
                        node(2, "a", List.of("10.77.0.2", "fd77::2")),
                        node(3, "b-1", List.of("10.77.0.3"), "192.168.2.0/24", "fd00:2::/48"));
        MapPolicy.Checked checked = policy(Bytes.NONE).check(map);
        assertEquals(map, checked.map());
        assertEquals(List.of(), checked.warnings());
    }

    @Test
    void whatNoCoordinatorMaySayIsRefused() {
        PublicKey key = PrivateKey.generate().publicKey();
        assertRefused("another mesh", map("other", List.of(PLANE), COORDINATOR));
        assertRefused("plane wg0 is missing", map("prod", List.of(), COORDINATOR));
        Plane wider = new Plane("wg0", List.of(IpPrefix.parse("10.0.0.0/8")), 51820, 1420);
        assertRefused("has the ranges", map("prod", List.of(wider), COORDINATOR));
        assertRefused("comes twice", map("prod", List.of(PLANE, PLANE), COORDINATOR));
        assertRefused("is not in plane", map(node(3, "b", List.of("8.8.8.8"))));
        assertRefused(
                "two addresses of a family", map(node(3, "b", List.of("10.77.0.3", "10.77.0.4"))));
        assertRefused("no address", map(node(3, "b", List.of())));
        assertRefused(
                "the address 10.77.0.3",
                map(node(3, "b", List.of("10.77.0.3")), node(4, "c", List.of("10.77.0.3"))));
        assertRefused("the address 10.77.0.1", map(node(3, "b", List.of("10.77.0.1"))));
        assertRefused(
                "the key of another",
                map(
                        node(3, "b", key, List.of("10.77.0.3")),
                        node(4, "c", key, List.of("10.77.0.4"))));
        assertRefused("the key of another", map(node(3, "b", COORDINATOR, List.of("10.77.0.3"))));
        assertRefused("no host name", map(node(3, "B", List.of("10.77.0.3"))));
        assertRefused("no host name", map(node(3, "-b", List.of("10.77.0.3"))));
        assertRefused("no host name", map(node(3, "b.c", List.of("10.77.0.3"))));
        for (String much : List.of("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "2000::/3")) {
            assertRefused("too much", map(node(3, "b", List.of("10.77.0.3"), much)));
        }
        assertRefused("overlaps plane", map(node(3, "b", List.of("10.77.0.3"), "10.77.3.0/24")));
        assertRefused("overlaps plane", map(node(3, "b", List.of("10.77.0.3"), "10.0.0.0/8")));
        assertRefused("not routed", map(node(3, "b", List.of("10.77.0.3"), "127.0.0.0/8")));
        assertRefused(
                "the same network",
                map(
                        node(3, "b", List.of("10.77.0.3"), "192.168.2.0/24"),
                        node(4, "c", List.of("10.77.0.4"), "192.168.2.0/24")));
    }

    @Test
    void withALockOnlySignedNodesAndKnownCoordinatorsAreLeft()
            throws GeneralSecurityException, MapRefusedException {
        KeyPair lock = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = lock.getPublic().getEncoded();
        Bytes raw = Bytes.of(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        MapNode own = node(2, "own", List.of("10.77.0.2"));
        MapNode signed = sign(lock, node(3, "signed", List.of("10.77.0.3")));
        MapNode unsigned = node(4, "unsigned", List.of("10.77.0.4"));
        MapNode moved = node(5, "moved", List.of("10.77.0.5"));
        MapNode forged =
                new MapNode(
                        5,
                        "moved",
                        moved.planes(),
                        List.of(IpPrefix.parse("192.168.9.0/24")),
                        false,
                        false,
                        sign(lock, moved).signature());
        MapPolicy.Checked checked = policy(raw).check(map(own, signed, unsigned, forged));
        assertEquals(Set.of(2L, 3L), checked.map().nodes().keySet());
        assertEquals(2, checked.warnings().size());
        assertTrue(checked.warnings().getFirst().contains("unsigned (4)"));
        MapPolicy.Checked foreign =
                policy(raw)
                        .check(map("prod", List.of(PLANE), PrivateKey.generate().publicKey(), own));
        assertEquals(List.of(), foreign.map().coordinators());
    }

    private static MapNode sign(KeyPair lock, MapNode node) {
        return new MapNode(
                node.id(),
                node.name(),
                node.planes(),
                node.routes(),
                node.relay(),
                node.stock(),
                LockSignature.sign(lock.getPrivate(), "prod", node, 1).bytes());
    }

    @Test
    void aLockNeedsAKey() {
        assertThrows(IllegalArgumentException.class, () -> new MapLock(Bytes.of(new byte[31])));
    }
}
