// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.coordinator.serve.CoordinatorFigures;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.RelayLoad;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** A node and a coordinator of a mesh of three nodes and two planes. */
final class MeshExamples {
    private static final UUID EPOCH = new UUID(1, 2);

    private MeshExamples() {}

    private static PeerReport peer(long id, String plane, LinkKind kind) {
        return new PeerReport(id, plane, kind, "", -1, -1, null);
    }

    static MeshFigures node() {
        return MeshFigures.of(
                new NodeStatus(
                        "prod",
                        2,
                        "web-1",
                        EPOCH,
                        41,
                        List.of(
                                new NodeStatus.PlaneState("wg0", List.of(), 51_820, ""),
                                new NodeStatus.PlaneState("wg1", List.of(), 51_821, "")),
                        new NodeStatus.Control(true, "192.0.2.1:51820", 7, ""),
                        List.of(
                                new NodeStatus.Peer("web-2", peer(3, "wg0", LinkKind.DIRECT)),
                                new NodeStatus.Peer("db", peer(4, "wg0", LinkKind.RELAY)),
                                new NodeStatus.Peer("db", peer(4, "wg1", LinkKind.BROKEN))),
                        null,
                        new RelayLoad(5, 2, 1, 10, 9_000, new TreeMap<>(Map.of("rate", 4L)))));
    }

    /** A node that has not reached a coordinator. */
    static MeshFigures newcomer() {
        return node(0, new NodeStatus.Control(false, "192.0.2.1:51820", 7, "timed out"));
    }

    /** A node with links of these kinds, or idle ones for NONE. */
    static MeshFigures node(long revision, NodeStatus.Control control, LinkKind... links) {
        List<NodeStatus.Peer> peers = new ArrayList<>();
        for (LinkKind kind : links) {
            long id = 3 + peers.size();
            String reason = kind == LinkKind.NONE ? "idle" : "";
            peers.add(
                    new NodeStatus.Peer(
                            "node-" + id, new PeerReport(id, "wg0", kind, reason, -1, -1, null)));
        }
        return MeshFigures.of(
                new NodeStatus(
                        "prod",
                        2,
                        "web-1",
                        EPOCH,
                        revision,
                        List.of(new NodeStatus.PlaneState("wg0", List.of(), 51_820, "")),
                        control,
                        peers,
                        null,
                        null));
    }

    static MeshFigures coordinator() {
        return MeshFigures.of(
                new CoordinatorFigures(
                        new MeshStatus(
                                "prod",
                                EPOCH,
                                41,
                                List.of("wg0"),
                                List.of(state(2, true), state(3, true), state(4, false)),
                                List.of(
                                        new LinkReport(2, peer(3, "wg0", LinkKind.LAN)),
                                        new LinkReport(3, peer(2, "wg0", LinkKind.LAN))),
                                null),
                        2,
                        new TreeMap<>(Map.of("joined", 3L, "pending", 0L, "refused", 1L)),
                        new TreeMap<>(Map.of("used", 1L))));
    }

    private static NodeState state(long id, boolean online) {
        return new NodeState(
                id,
                "node-" + id,
                List.of(InetAddress.ofLiteral("10.77.0." + id)),
                online,
                false,
                false,
                "0.1.0",
                41,
                1,
                1);
    }
}
