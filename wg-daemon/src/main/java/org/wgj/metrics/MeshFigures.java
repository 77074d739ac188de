// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.coordinator.serve.CoordinatorFigures;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.RelayLoad;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The figures of this process's part in a mesh, as a node or as a coordinator.
 *
 * @param mesh the mesh's name
 * @param node the node's name; empty for a coordinator
 * @param revision the revision of the map
 * @param links of a node its paths to the others, of a coordinator all that nodes have reported; by
 *     the plane's name, every kind with its number
 * @param reachOrNull what a node reaches; null for a coordinator
 * @param membersOrNull what only a coordinator knows; null for a node
 * @param relayOrNull the work of its relays; null if it does not relay
 */
public record MeshFigures(
        String mesh,
        String node,
        long revision,
        Map<String, Map<LinkKind, Long>> links,
        Reach reachOrNull,
        Members membersOrNull,
        RelayLoad relayOrNull) {
    /**
     * What a node reaches.
     *
     * @param control its connection to a coordinator
     * @param up its links that work
     * @param down those that do not; links that are idle are in neither number
     */
    public record Reach(NodeStatus.Control control, long up, long down) {}

    /**
     * What a coordinator knows of its members.
     *
     * @param online the nodes that were heard of late
     * @param offline the others
     * @param streams the nodes that have a stream of maps here
     * @param joins answers to requests to join, by result
     * @param refusals those that were refused, by reason
     */
    public record Members(
            long online,
            long offline,
            long streams,
            SortedMap<String, Long> joins,
            SortedMap<String, Long> refusals) {
        public Members {
            joins = new TreeMap<>(joins);
            refusals = new TreeMap<>(refusals);
        }
    }

    /**
     * Returns the figures of a node.
     *
     * @param status what the node itself sees
     */
    public static MeshFigures of(NodeStatus status) {
        return new MeshFigures(
                status.mesh(),
                status.name(),
                status.revision(),
                count(
                        status.planes().stream().map(NodeStatus.PlaneState::name).toList(),
                        status.peers().stream().map(NodeStatus.Peer::report)),
                reach(status),
                null,
                status.relayOrNull());
    }

    private static Reach reach(NodeStatus status) {
        long up = 0;
        long down = 0;
        for (NodeStatus.Peer peer : status.peers()) {
            if (peer.report().kind().isUp()) {
                up++;
            } else if (!peer.report().isIdle()) {
                down++;
            }
        }
        return new Reach(status.control(), up, down);
    }

    /**
     * Returns the figures of a coordinator.
     *
     * @param figures what it tells
     */
    public static MeshFigures of(CoordinatorFigures figures) {
        long online = figures.status().nodes().stream().filter(node -> node.online()).count();
        return new MeshFigures(
                figures.status().mesh(),
                "",
                figures.status().revision(),
                count(
                        figures.status().planes(),
                        figures.status().links().stream().map(link -> link.peer())),
                null,
                new Members(
                        online,
                        figures.status().nodes().size() - online,
                        figures.streams(),
                        figures.joins(),
                        figures.refusals()),
                figures.status().relayOrNull());
    }

    private static Map<String, Map<LinkKind, Long>> count(
            List<String> planes, Stream<PeerReport> reports) {
        Map<String, Map<LinkKind, Long>> counts = new LinkedHashMap<>();
        for (String plane : planes) {
            Map<LinkKind, Long> ofPlane = new EnumMap<>(LinkKind.class);
            for (LinkKind kind : LinkKind.values()) {
                ofPlane.put(kind, 0L);
            }
            counts.put(plane, ofPlane);
        }
        reports.filter(report -> counts.containsKey(report.plane()))
                .forEach(report -> counts.get(report.plane()).merge(report.kind(), 1L, Long::sum));
        return counts;
    }
}
