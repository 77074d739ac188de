// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A node's complaint about a link that is broken, missing or relayed.
 *
 * @param plane the place of the plane in the mesh's list
 * @param planeName its name
 * @param from who says it
 * @param to the other end
 * @param report what it says
 */
record Trouble(int plane, String planeName, NodeState from, NodeState to, PeerReport report) {
    /** Up to this number of nodes in a plane all links are made before there is data. */
    private static final int EAGER = 50;

    private static final List<LinkKind> ORDER =
            List.of(LinkKind.BROKEN, LinkKind.NONE, LinkKind.RELAY, LinkKind.LAN, LinkKind.DIRECT);

    /** Finds all, the worst first; those to nodes that are online before the others. */
    static List<Trouble> of(List<PlaneLinks> planes, MeshStatus status) {
        Map<String, PlaneNodes> byName = new HashMap<>();
        for (PlaneLinks plane : planes) {
            byName.put(plane.name(), PlaneNodes.of(byName.size(), plane));
        }
        List<Trouble> all = new ArrayList<>();
        for (LinkReport link : status.links()) {
            PlaneNodes plane = byName.get(link.peer().plane());
            if (plane == null || !isTrouble(link.peer(), plane.nodes.size() <= EAGER)) {
                continue;
            }
            NodeState from = plane.nodes.get(link.from());
            NodeState to = plane.nodes.get(link.peer().id());
            if (from != null && to != null && from != to) {
                all.add(new Trouble(plane.number, link.peer().plane(), from, to, link.peer()));
            }
        }
        all.sort(
                Comparator.comparingInt((Trouble t) -> ORDER.indexOf(t.report.kind()))
                        .thenComparing(t -> !t.to.online() && !t.to.stock())
                        .thenComparingInt(Trouble::plane)
                        .thenComparingLong(t -> t.from.id())
                        .thenComparingLong(t -> t.to.id()));
        return List.copyOf(all);
    }

    private record PlaneNodes(int number, Map<Long, NodeState> nodes) {
        static PlaneNodes of(int number, PlaneLinks plane) {
            Map<Long, NodeState> nodes = new HashMap<>();
            plane.nodes().forEach(node -> nodes.put(node.id(), node));
            return new PlaneNodes(number, nodes);
        }
    }

    private static boolean isTrouble(PeerReport report, boolean eager) {
        return switch (report.kind()) {
            case BROKEN, RELAY -> true;
            case NONE -> !report.isIdle() && (eager || !report.reason().isEmpty());
            case DIRECT, LAN -> !report.reason().isEmpty();
        };
    }

    /** The anchor of its row. */
    String anchor() {
        return anchor(plane, from.id(), to.id());
    }

    static String anchor(int plane, long from, long to) {
        return "why-" + plane + "-" + from + "-" + to;
    }
}
