// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.mesh.path.SimNet.MS;
import static org.wgj.mesh.path.SimNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Seeds;

import java.util.HashSet;
import java.util.Set;

/** No packet is lost between two nodes while one of them changes its key. */
class KeyChangePathsTest {
    private static final int PACKETS = 2_500;

    private final SimMesh mesh = new SimMesh(Seeds.next());
    private final SimNet net = mesh.net;
    private SimNode a;
    private SimNode b;

    private void pair(SimNat.Type type, PathKind kind) {
        a = mesh.behind(type, 2);
        b = mesh.behind(type, 3);
        mesh.join(a, false);
        net.run(SECOND);
        mesh.join(b, true);
        net.run(3 * SECOND);
        mesh.exchange(a, b, 1, 10);
        net.run(10 * SECOND);
        assertEquals(kind, a.kind(b));
        assertEquals(kind, b.kind(a));
        a.heard.clear();
        b.heard.clear();
    }

    /** Lets data pass both ways for 25 s, in which the key changes. */
    private void changeWithoutLoss() {
        PublicKey before = a.publicKey();
        mesh.exchange(a, b, 100, PACKETS);
        net.run(2 * SECOND);
        mesh.changeKey(a);
        net.run(24 * SECOND);
        assertNotEquals(before, a.publicKey());
        for (SimNode node : new SimNode[] {a, b}) {
            Set<Long> numbers = new HashSet<>();
            node.heard.forEach(h -> assertTrue(numbers.add(h.number()), "twice: " + h));
            assertEquals(PACKETS, numbers.size(), node + " lost packets");
        }
        assertNull(b.device.peer(before), "the old key is no peer any more");
        assertTrue(b.device.peer(a.publicKey()).status().lastHandshake() != null);
        assertTrue(a.device.publicKey().equals(a.publicKey()));
    }

    @ParameterizedTest
    @CsvSource({
        "FULL_CONE, DIRECT, 1",
        "FULL_CONE, DIRECT, 10",
        "FULL_CONE, DIRECT, 150",
        "PORT_RESTRICTED, DIRECT, 10",
        "SYMMETRIC, RELAY, 1",
        "SYMMETRIC, RELAY, 10",
        "SYMMETRIC, RELAY, 80",
    })
    void noPacketIsLost(SimNat.Type type, PathKind kind, long latencyMs) {
        net.latencyNs = latencyMs * MS;
        for (int round = 0; round < 5; round++) {
            KeyChangePathsTest one = new KeyChangePathsTest();
            one.net.latencyNs = latencyMs * MS;
            one.pair(type, kind);
            one.changeWithoutLoss();
            assertEquals(kind, one.a.kind(one.b));
            assertEquals(kind, one.b.kind(one.a));
        }
    }

    /** The coordinator is near, the peer is far: the map with the new key comes early. */
    @Test
    void noPacketIsLostWhereTheCoordinatorIsNearerThanThePeer() {
        net.wire =
                datagram ->
                        datagram.from() == mesh.coordinator || datagram.to().equals(SimMesh.RELAY)
                                ? MS
                                : 200 * MS;
        net.latencyNs = MS;
        pair(SimNat.Type.PORT_RESTRICTED, PathKind.DIRECT);
        changeWithoutLoss();
    }

    /** Neither has the key to which the other's first handshakes are addressed. */
    @ParameterizedTest
    @CsvSource({"FULL_CONE, DIRECT", "PORT_RESTRICTED, DIRECT", "SYMMETRIC, RELAY"})
    void noPacketIsLostIfBothChangeTheirKeysAtOnce(SimNat.Type type, PathKind kind) {
        for (long laterMs : new long[] {0, 1, 15, 300, 1_200, 2_600}) {
            KeyChangePathsTest one = new KeyChangePathsTest();
            one.pair(type, kind);
            one.net.after(2 * SECOND + laterMs * MS, () -> one.mesh.changeKey(one.b));
            one.changeWithoutLoss();
        }
    }

    /** A session with the new key needs another attempt, after 5 s: the old one goes on. */
    @ParameterizedTest
    @CsvSource({"PORT_RESTRICTED, DIRECT", "SYMMETRIC, RELAY"})
    void noPacketIsLostWithTheFirstHandshake(SimNat.Type type, PathKind kind) {
        pair(type, kind);
        boolean[] lost = new boolean[1];
        SimNet.Wire whole = net.wire;
        net.wire =
                datagram -> {
                    boolean renews =
                            a.device.publicKey().equals(a.nextPublicKeyOrNull())
                                    && datagram.from() == a
                                    && datagram.isHandshake();
                    if (renews && !lost[0]) {
                        lost[0] = true;
                        return -1;
                    }
                    return whole.delay(datagram);
                };
        changeWithoutLoss();
        assertTrue(lost[0]);
    }
}
