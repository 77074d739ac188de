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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** After a difference the checks say what a check of the whole map says. */
class MapChecksTest {
    private static final Plane PLANE =
            new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51820, 1420);
    private static final List<PublicKey> KEYS =
            new Random(5)
                    .longs(12)
                    .mapToObj(seed -> PrivateKey.generate(new Random(seed)).publicKey())
                    .toList();

    private final Random random = new Random(17);
    private final MapPolicy policy =
            new MapPolicy("prod", 2, List.of(PLANE), Set.of(KEYS.getFirst()), Bytes.NONE);

    /** Any node, which may have the key, address or route of another, or be wrong by itself. */
    private MapNode any(long id) {
        int address = 1 + random.nextInt(40);
        Membership member =
                new Membership(
                        KEYS.get(random.nextInt(KEYS.size())),
                        random.nextInt(8) > 0 ? null : KEYS.get(random.nextInt(KEYS.size())),
                        List.of(
                                InetAddress.ofLiteral(
                                        (random.nextInt(12) > 0 ? "10.77.0." : "10.99.0.")
                                                + address)),
                        List.of());
        List<IpPrefix> routes =
                random.nextInt(4) > 0
                        ? List.of()
                        : List.of(IpPrefix.parse("192.168." + random.nextInt(5) + ".0/24"));
        String name = random.nextInt(15) > 0 ? "n" + id : "Not-A-Name";
        return new MapNode(
                id, name, new TreeMap<>(Map.of("wg0", member)), routes, false, false, Bytes.NONE);
    }

    private static MeshMap map(long revision, TreeMap<Long, MapNode> nodes) {
        return new MeshMap(
                "prod",
                new UUID(1, 2),
                revision,
                List.of(PLANE),
                List.of(
                        new MapCoordinator(
                                1,
                                KEYS.getFirst(),
                                List.of(new HostPort("127.0.0.1", 51820)),
                                new TreeMap<>(
                                        Map.of("wg0", List.of(InetAddress.ofLiteral("10.77.0.1")))),
                                true)),
                nodes);
    }

    @Test
    void differencesAreAcceptedAndRefusedAsWholeMapsAre() throws MapRefusedException {
        MapChecks checks = new MapChecks(policy);
        MeshMap before = MapNodes.packed(map(1, new TreeMap<>()));
        assertEquals(before, checks.check(null, before).map());
        int accepted = 0;
        int refused = 0;
        for (int round = 2; round < 5_000; round++) {
            TreeMap<Long, MapNode> nodes = new TreeMap<>(before.nodes());
            long id = 2 + random.nextInt(12);
            if (random.nextInt(5) == 0) {
                nodes.remove(id);
            } else {
                nodes.put(id, any(id));
            }
            MeshMap plain = map(round, nodes);
            MapDelta delta = MapNodes.between(before, plain);
            MeshMap after = MapNodes.apply(before, delta);
            MeshMap last = before;
            try {
                MapPolicy.Checked whole = policy.check(plain);
                assertEquals(whole.map(), checks.check(before, delta, after).map());
                before = after;
                accepted++;
            } catch (MapRefusedException e) {
                assertThrows(MapRefusedException.class, () -> checks.check(last, delta, after));
                refused++;
            }
        }
        assertTrue(accepted > 500 && refused > 500, accepted + " and " + refused);
    }

    @Test
    void aMapThatFollowsNothingIsCheckedAsAWhole() throws MapRefusedException {
        MeshMap one = map(1, new TreeMap<>());
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        Membership member =
                new Membership(
                        KEYS.get(1), null, List.of(InetAddress.ofLiteral("10.77.0.3")), List.of());
        nodes.put(
                3L,
                new MapNode(
                        3,
                        "n3",
                        new TreeMap<>(Map.of("wg0", member)),
                        List.of(),
                        false,
                        false,
                        Bytes.NONE));
        MeshMap two = map(2, nodes);
        assertEquals(two, new MapChecks(policy).check(one, MapNodes.between(one, two), two).map());
    }
}
