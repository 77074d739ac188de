// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.NodeStatus;

import java.util.List;

class MeshHealthTest {
    private static final NodeStatus.Control CONNECTED =
            new NodeStatus.Control(true, "192.0.2.1:51820", 7, "");
    private static final NodeStatus.Control LOST =
            new NodeStatus.Control(false, "192.0.2.1:51820", 40, "timed out", true);
    private static final NodeStatus.Control NEVER =
            new NodeStatus.Control(false, "192.0.2.1:51820", 40, "timed out", false);

    private static void assertReady(String says, MeshFigures node) {
        assertEquals(
                new Health.Report(true, List.of("mesh prod: healthy: map 4, " + says)),
                MeshHealth.judge(node));
    }

    private static void assertNotReady(String says, MeshFigures node) {
        assertEquals(
                new Health.Report(false, List.of("mesh prod: unhealthy: " + says)),
                MeshHealth.judge(node));
    }

    private static MeshFigures node(NodeStatus.Control control, LinkKind... links) {
        return MeshExamples.node(4, control, links);
    }

    @Test
    void aNodeWithoutAMapIsNotReady() {
        assertNotReady(
                "no map is in use yet, no connection to a coordinator for 7 s (timed out)",
                MeshExamples.newcomer());
        assertNotReady(
                "no map is in use yet, connected to the coordinator at 192.0.2.1:51820",
                MeshExamples.node(0, CONNECTED));
    }

    @Test
    void aCoordinatorIsEnoughAndSoIsANode() {
        assertReady(
                "0 of 1 links are up, connected to the coordinator at 192.0.2.1:51820",
                node(CONNECTED, LinkKind.BROKEN));
        assertReady(
                "1 of 2 links are up, no connection to a coordinator for 40 s (timed out)",
                node(NEVER, LinkKind.BROKEN, LinkKind.RELAY));
    }

    @Test
    void aNodeThatNothingAnswersIsNotReady() {
        String says =
                "neither a coordinator nor another node answers, no connection to a coordinator"
                        + " for 40 s (timed out)";
        assertNotReady(says, node(LOST, LinkKind.BROKEN));
        assertNotReady(says, node(NEVER));
        assertNotReady(says, node(NEVER, LinkKind.NONE));
    }

    /** A node of a large mesh has no data for any other, and its coordinator starts again. */
    @Test
    void idleLinksAreNoFault() {
        assertReady(
                "0 of 0 links are up, no connection to a coordinator for 40 s (timed out)",
                node(LOST, LinkKind.NONE));
    }

    @Test
    void aCoordinatorIsReadyIfItAnswers() {
        assertTrue(MeshHealth.judge(MeshExamples.coordinator()).healthy());
    }
}
