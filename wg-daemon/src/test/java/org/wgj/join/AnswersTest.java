// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;

import java.util.List;
import java.util.UUID;

class AnswersTest {
    private static final UUID EPOCH = new UUID(1, 2);

    private static NodeState node(long id, boolean online, boolean stock) {
        return new NodeState(id, "node" + id, List.of(), online, stock, false, "", 5, 3, 3);
    }

    private static NodeStatus.Peer silent(long id) {
        return new NodeStatus.Peer(
                "node" + id, new PeerReport(id, "wg0", LinkKind.NONE, "timeout", -1, -1, null));
    }

    /** A phone that sleeps must not let each join wait and fail. */
    @Test
    void onlyNodesOfWgjThatAreOnlineMustAnswer() {
        MeshStatus mesh =
                new MeshStatus(
                        "prod",
                        EPOCH,
                        5,
                        List.of("wg0"),
                        List.of(
                                node(1, true, false),
                                node(2, true, false),
                                node(3, false, false),
                                node(4, true, true),
                                node(5, false, true)),
                        List.of());
        Answers.Result result =
                Answers.judge(
                        new NodeStatus(
                                "prod",
                                1,
                                "node1",
                                EPOCH,
                                5,
                                List.of(new NodeStatus.PlaneState("wg0", List.of(), 51_820, "")),
                                new NodeStatus.Control(true, "192.0.2.1:51820", 9, ""),
                                List.of(silent(2), silent(3), silent(4), silent(5)),
                                mesh,
                                null));
        assertEquals(List.of("node2 in plane wg0: none (timeout)"), result.missing());
        assertEquals(
                List.of(
                        "node3 in plane wg0: none (timeout)",
                        "node4 in plane wg0: none (timeout)",
                        "node5 in plane wg0: none (timeout)"),
                result.offline());
    }
}
