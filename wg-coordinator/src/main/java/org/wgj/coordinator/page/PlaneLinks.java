// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.Totals;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One plane with its nodes and what they said of their links.
 *
 * @param name the plane's name
 * @param nodes those of the plane, by id
 * @param totals of all its links
 * @param reports what each node said of each other; empty for a plane of more than {@link
 *     #MAX_KEPT} nodes, see {@link #among}
 */
record PlaneLinks(String name, List<NodeState> nodes, Totals totals, Map<Way, PeerReport> reports) {
    /** The most nodes of a plane whose reports are kept by what they connect. */
    static final int MAX_KEPT = 60;

    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L; // 2^64 / golden ratio, odd

    /** From one node's id to another's. */
    record Way(long from, long to) {
        private Way back() {
            return new Way(to, from);
        }

        /** A record's own would give a million pairs of a thousand nodes 32,000 values. */
        @Override
        public int hashCode() {
            return Long.hashCode((from * SPREAD + to) * SPREAD);
        }
    }

    /** Splits a state by the planes of a map. */
    static List<PlaneLinks> of(MeshMap map, MeshStatus status) {
        List<PlaneLinks> planes = new ArrayList<>();
        for (Plane plane : map.planes()) {
            List<NodeState> nodes =
                    status.nodes().stream()
                            .filter(node -> isIn(map.nodes().get(node.id()), plane))
                            .toList();
            Map<Way, PeerReport> reports = reports(status, plane.name(), ids(nodes));
            planes.add(
                    new PlaneLinks(
                            plane.name(),
                            nodes,
                            totals(nodes.size(), reports),
                            nodes.size() <= MAX_KEPT ? reports : Map.of()));
        }
        return planes;
    }

    private static boolean isIn(MapNode nodeOrNull, Plane plane) {
        return nodeOrNull != null && nodeOrNull.planes().containsKey(plane.name());
    }

    private static Set<Long> ids(List<NodeState> nodes) {
        Set<Long> ids = HashSet.newHashSet(nodes.size());
        nodes.forEach(node -> ids.add(node.id()));
        return ids;
    }

    private static Map<Way, PeerReport> reports(MeshStatus status, String plane, Set<Long> nodes) {
        Map<Way, PeerReport> reports = new HashMap<>();
        for (LinkReport link : status.links()) {
            PeerReport peer = link.peer();
            if (peer.plane().equals(plane)
                    && link.from() != peer.id()
                    && nodes.contains(link.from())
                    && nodes.contains(peer.id())) {
                reports.put(new Way(link.from(), peer.id()), peer);
            }
        }
        return reports;
    }

    /** Returns the plane with the reports of some of its nodes about one another. */
    PlaneLinks among(List<NodeState> some, MeshStatus status) {
        return nodes.size() <= MAX_KEPT
                ? this
                : new PlaneLinks(name, nodes, totals, reports(status, name, ids(some)));
    }

    /** Returns what one node said of another; null if nothing. */
    PeerReport reportOrNull(long from, long to) {
        return reports.get(new Way(from, to));
    }

    /** Returns the worse of what the ends of a link said; NONE if neither said anything. */
    LinkKind worse(long a, long b) {
        return worse(reportOrNull(a, b), reportOrNull(b, a));
    }

    private static LinkKind worse(PeerReport thereOrNull, PeerReport backOrNull) {
        if (thereOrNull == null || backOrNull == null) {
            PeerReport one = thereOrNull == null ? backOrNull : thereOrNull;
            return one == null ? LinkKind.NONE : one.kind();
        }
        LinkKind there = thereOrNull.kind();
        LinkKind back = backOrNull.kind();
        return there.compareTo(back) > 0 ? there : back;
    }

    /** Counts as {@link Totals#of} does, with work by the reports and not by the pairs. */
    private static Totals totals(int nodes, Map<Way, PeerReport> reports) {
        EnumMap<LinkKind, Integer> kinds = none();
        reports.forEach(
                (way, report) -> {
                    PeerReport back = reports.get(way.back());
                    if (back == null || way.from() < way.to()) {
                        kinds.merge(worse(report, back), 1, Integer::sum);
                    }
                });
        long pairs = (long) nodes * (nodes - 1) / 2;
        long said = kinds.values().stream().mapToLong(Integer::longValue).sum();
        kinds.merge(LinkKind.NONE, bounded(pairs - said), Integer::sum);
        return new Totals(nodes, bounded(pairs), kinds);
    }

    /** Adds the links of several planes up. */
    static Totals totals(int nodes, Collection<PlaneLinks> planes) {
        EnumMap<LinkKind, Integer> kinds = none();
        long links = 0;
        for (PlaneLinks plane : planes) {
            links += plane.totals.links();
            plane.totals
                    .kinds()
                    .forEach((kind, count) -> kinds.merge(kind, count, PlaneLinks::sum));
        }
        return new Totals(nodes, bounded(links), kinds);
    }

    private static EnumMap<LinkKind, Integer> none() {
        EnumMap<LinkKind, Integer> kinds = new EnumMap<>(LinkKind.class);
        for (LinkKind kind : LinkKind.values()) {
            kinds.put(kind, 0);
        }
        return kinds;
    }

    private static int sum(int a, int b) {
        return bounded((long) a + b);
    }

    private static int bounded(long count) {
        return (int) Math.min(count, Integer.MAX_VALUE);
    }
}
