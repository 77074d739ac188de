// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.StatusText;

import java.util.List;

/**
 * Judges whether a node takes part in its mesh: it has a map, and something of the mesh answers. A
 * peer that does not answer is no fault of this node, and without a coordinator the nodes go on.
 * Otherwise one machine that is switched off would take all others out of service.
 */
final class MeshHealth {
    private MeshHealth() {}

    /** Judges a node; a coordinator is healthy if it answers. */
    static Health.Report judge(MeshFigures mesh) {
        MeshFigures.Reach reach = mesh.reachOrNull();
        if (reach == null) {
            return new Health.Report(true, List.of());
        }
        String fault = fault(mesh.revision(), reach);
        long links = reach.up() + reach.down();
        return new Health.Report(
                fault.isEmpty(),
                List.of(
                        "mesh %s: %s, %s"
                                .formatted(
                                        StatusText.visible(mesh.mesh()),
                                        fault.isEmpty()
                                                ? "healthy: map %d, %d of %d links are up"
                                                        .formatted(
                                                                mesh.revision(), reach.up(), links)
                                                : "unhealthy: " + fault,
                                        control(reach.control()))));
    }

    private static String fault(long revision, MeshFigures.Reach reach) {
        if (revision == 0) {
            return "no map is in use yet";
        }
        boolean silent = !reach.control().connected() && reach.up() == 0;
        // All links of a large mesh may be idle, which says nothing of them.
        return silent && (reach.down() > 0 || !reach.control().reached())
                ? "neither a coordinator nor another node answers"
                : "";
    }

    private static String control(NodeStatus.Control control) {
        String where = control.coordinator().isEmpty() ? "" : " at " + control.coordinator();
        if (control.connected()) {
            return "connected to the coordinator" + where;
        }
        return "no connection to a coordinator for %d s%s"
                .formatted(
                        control.sinceS(),
                        control.problem().isEmpty()
                                ? ""
                                : " (" + StatusText.visible(control.problem()) + ")");
    }
}
