// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.Meshes;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeReport;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

class StatusViewTest {
    private final Presence presence = new Presence();

    private static MeshMap map() {
        return map(false);
    }

    /** Nodes 2 and 3, of which the second may be a stock peer. */
    private static MeshMap map(boolean stock) {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        for (long id : List.of(2L, 3L)) {
            TreeMap<String, Membership> planes = new TreeMap<>();
            planes.put(
                    "wg0",
                    new Membership(
                            PrivateKey.generate().publicKey(),
                            null,
                            List.of(InetAddress.ofLiteral("10.77.0." + id)),
                            List.of()));
            nodes.put(
                    id,
                    new MapNode(
                            id, "n" + id, planes, List.of(), false, stock && id == 3, Bytes.NONE));
        }
        return new MeshMap(
                "prod",
                new UUID(1, 2),
                1,
                List.of(new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51_820, 1_420)),
                List.of(),
                nodes);
    }

    private MeshStatus after(Duration time) {
        long nowNs = System.nanoTime() + time.toNanos();
        return StatusView.of(map(), List.of(), presence, Instant.EPOCH, nowNs);
    }

    @Test
    void whatANodeSaidIsForgottenWhenItSaysNothingMore() {
        PeerReport peer = new PeerReport(3, "wg0", LinkKind.DIRECT, "", 1, 1, null);
        presence.reported(2, new NodeReport(new TreeMap<>(), List.of(peer), "1"));

        assertEquals(1, after(Duration.ZERO).links().size());
        assertEquals(0, after(Duration.ofSeconds(91)).links().size());
        assertEquals("1", after(Duration.ofSeconds(91)).nodes().getFirst().version());
    }

    @Test
    void nodesHearAStockPeer() {
        PeerReport peer = new PeerReport(3, "wg0", LinkKind.RELAY, "stock_peer", 1, 100, null);
        presence.reported(2, new NodeReport(new TreeMap<>(), List.of(peer), "1"));
        for (long sinceS : List.of(0L, 139L, 141L)) {
            MeshStatus status =
                    StatusView.of(
                            map(true),
                            List.of(),
                            presence,
                            Instant.EPOCH,
                            System.nanoTime() + Duration.ofSeconds(sinceS).toNanos());
            NodeState stock = status.nodes().getLast();
            assertEquals(100 + sinceS, stock.dataAgeS());
            assertEquals(sinceS < 140, stock.online());
        }
    }

    /** It reports nothing itself: the coordinator's tunnel and the nodes hear it. */
    @Test
    void aStockPeerIsOnlineWhileItIsHeard() throws IOException {
        Meshes.Clock clock = new Meshes.Clock();
        try (Registry registry = Meshes.create(Store.openMemory(), Meshes.plan(false), clock)) {
            long stock =
                    registry.addStock("laptop", PrivateKey.generate().publicKey(), "test").id();
            clock.advance(Duration.ofSeconds(10));
            assertEquals(-1, only(registry, clock).heardAgeS(), "it was only added");
            assertFalse(only(registry, clock).online());

            registry.contact(stock);
            registry.tick();
            clock.advance(Duration.ofSeconds(239));
            assertEquals(239, only(registry, clock).controlAgeS());
            assertTrue(only(registry, clock).online());
            clock.advance(Duration.ofSeconds(1));
            assertFalse(only(registry, clock).online());
        }
    }

    private NodeState only(Registry registry, Meshes.Clock clock) throws IOException {
        return StatusView.of(
                        registry.snapshot().map(),
                        registry.nodes(false),
                        presence,
                        clock.instant(),
                        System.nanoTime())
                .nodes()
                .getFirst();
    }
}
