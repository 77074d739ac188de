// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** A member of a locked mesh against a coordinator that sends what the lock signed once. */
class SignedOrderTest {
    private static final long OWN = 2;
    private static final UUID EPOCH = new UUID(1, 1);
    private static final PublicKey COORDINATOR = PrivateKey.generate().publicKey();
    private static final PublicKey OLD_KEY = PrivateKey.generate().publicKey();
    private static final PublicKey NEW_KEY = PrivateKey.generate().publicKey();
    private static final PublicKey OTHER = PrivateKey.generate().publicKey();
    private static final Plane PLANE =
            new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51820, 1420);

    private KeyPair lock;
    private MapChecks checks;
    private MeshMap last; // as the coordinator sent it
    private List<String> warnings = List.of();

    @BeforeEach
    void begin() throws Exception {
        lock = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        checks = new MapChecks(policy());
        last = null;
    }

    private MapPolicy policy() {
        byte[] encoded = lock.getPublic().getEncoded();
        Bytes raw = Bytes.of(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        return new MapPolicy("prod", OWN, List.of(PLANE), Set.of(COORDINATOR), raw);
    }

    private MapNode node(long id, PublicKey key, long timeMs) {
        MapNode bare = bare(id, key, Bytes.NONE);
        return bare(id, key, LockSignature.sign(lock.getPrivate(), "prod", bare, timeMs).bytes());
    }

    private static MapNode bare(long id, PublicKey key, Bytes signature) {
        return new MapNode(
                id,
                "n" + id,
                new TreeMap<>(
                        Map.of(
                                "wg0",
                                new Membership(
                                        key,
                                        null,
                                        List.of(InetAddress.ofLiteral("10.77.0." + id)),
                                        List.of()))),
                List.of(),
                false,
                false,
                signature);
    }

    private static MeshMap map(long revision, MapNode... others) {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        nodes.put(OWN, bare(OWN, OTHER, Bytes.NONE));
        for (MapNode node : others) {
            nodes.put(node.id(), node);
        }
        MapCoordinator coordinator =
                new MapCoordinator(
                        1,
                        COORDINATOR,
                        List.of(new HostPort("192.0.2.1", 51820)),
                        new TreeMap<>(Map.of("wg0", List.of(InetAddress.ofLiteral("10.77.0.1")))),
                        true);
        return new MeshMap("prod", EPOCH, revision, List.of(PLANE), List.of(coordinator), nodes);
    }

    /** Returns the other nodes that may be used; by a difference, if that is wanted. */
    private Set<Long> used(boolean delta, MapNode... others) throws MapRefusedException {
        MeshMap map = map(last == null ? 1 : last.revision() + 1, others);
        MapPolicy.Checked checked =
                delta
                        ? checks.check(last, MapNodes.between(last, map), map)
                        : checks.check(last, map);
        last = map;
        Set<Long> used = new TreeSet<>(checked.map().nodes().keySet());
        used.remove(OWN);
        warnings = checked.warnings();
        return used;
    }

    @Test
    void anOldKeyDoesNotComeBack() throws Exception {
        for (boolean delta : new boolean[] {false, true}) {
            begin();
            MapNode before = node(3, OLD_KEY, 10);
            MapNode after = node(3, NEW_KEY, 20);
            assertEquals(Set.of(3L), used(false, before));
            assertEquals(Set.of(3L), used(delta, after));
            assertEquals(Set.of(), used(delta, before), "the coordinator replays");
            assertTrue(warnings.getFirst().contains("out of date"), warnings::toString);
            assertEquals(Set.of(3L), used(delta, after), "the coordinator is honest again");
            assertEquals(Set.of(3L), used(delta, node(3, OLD_KEY, 30)), "signed again");
        }
    }

    @Test
    void aRemovedNodeDoesNotComeBack() throws Exception {
        for (boolean delta : new boolean[] {false, true}) {
            begin();
            MapNode gone = node(3, OLD_KEY, 20);
            MapNode stays = node(4, NEW_KEY, 10);
            assertEquals(Set.of(3L, 4L), used(false, gone, stays));
            assertEquals(Set.of(4L), used(delta, stays));
            assertEquals(Set.of(4L), used(delta, gone, stays), "the coordinator replays");
            assertEquals(Set.of(4L), used(delta, gone, stays), "and again");
            assertEquals(Set.of(3L, 4L), used(delta, node(3, OLD_KEY, 21), stays), "signed again");
        }
    }

    @Test
    void newNodesComeInTheOrderInWhichTheyWereSigned() throws Exception {
        MapNode first = node(3, OLD_KEY, 10);
        MapNode second = node(5, NEW_KEY, 11);
        MapNode third = node(4, PrivateKey.generate().publicKey(), 12);
        assertEquals(Set.of(3L), used(false, first));
        assertEquals(Set.of(3L, 4L, 5L), used(true, first, second, third), "two at once");
    }

    @Test
    void whatIsNotSignedChangesNoOrder() throws Exception {
        MapNode right = node(3, OLD_KEY, 10);
        MapNode forged = bare(3, NEW_KEY, node(4, NEW_KEY, 1_000).signature());
        assertEquals(Set.of(3L), used(false, right));
        assertEquals(Set.of(), used(true, forged));
        assertEquals(Set.of(3L), used(true, right));
        assertEquals(Set.of(3L, 4L), used(true, right, node(4, NEW_KEY, 11)));
    }

    /** The map is kept as it was sent, with what was left out. */
    @Test
    void aRestartForgetsNothing() throws Exception {
        MapNode before = node(3, OLD_KEY, 10);
        MapNode after = node(3, NEW_KEY, 20);
        MapNode gone = node(4, PrivateKey.generate().publicKey(), 30);
        used(false, before, gone);
        used(true, after);
        used(true, before, gone);
        SignedOrder kept = checks.order();
        assertEquals(new SignedOrder(30, Map.of(3L, 20L, 4L, SignedOrder.ABSENT)), kept);

        checks = new MapChecks(policy(), kept);
        MeshMap map = last;
        assertEquals(Set.of(OWN), checks.check(null, map).map().nodes().keySet());
        assertEquals(Set.of(), used(true, before, gone));
        assertEquals(Set.of(3L), used(true, after, gone));
    }

    @Test
    void anAcceptedEpochBeginsAnew() throws Exception {
        used(false, node(3, NEW_KEY, 20));
        checks.forgetOrder();
        last = null;
        assertEquals(Set.of(3L), used(false, node(3, OLD_KEY, 10)));
    }

    @Test
    void itsFormatIsVersioned() {
        MapNode node = node(3, OLD_KEY, 10);
        MapLock mine = new MapLock(keyOf(lock));
        assertTrue(mine.hasSigned("prod", node));
        assertEquals(10, LockSignature.timeMs(node.signature()));
        byte[] bytes = node.signature().toArray();
        for (int changed : new int[] {0, 5, 8, 9, bytes.length - 1}) {
            byte[] other = bytes.clone();
            other[changed] ^= 1;
            assertFalse(mine.hasSigned("prod", bare(3, OLD_KEY, Bytes.of(other))), "" + changed);
        }
        Bytes plain = Bytes.of(Arrays.copyOfRange(bytes, 9, bytes.length));
        assertFalse(mine.hasSigned("prod", bare(3, OLD_KEY, plain)));
        assertEquals(0, LockSignature.timeMs(plain));
    }

    private static Bytes keyOf(KeyPair pair) {
        byte[] encoded = pair.getPublic().getEncoded();
        return Bytes.of(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    }
}
