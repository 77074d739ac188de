// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The views that nodes have of a map: the planes they are in, and the nodes that share one with
 * them. All nodes of the same planes see the same, so one encoding serves them all.
 */
public final class Views {
    private Views() {}

    /**
     * Returns what a node of some planes sees.
     *
     * <p>It sees only the shared planes of another node. In a mesh with a lock it sees all planes
     * of it, and all planes of the mesh: the signature covers them, and the reader has to check it.
     * The routes of a node go through the mesh's first plane, so only members of that one see them,
     * and again the readers of a signed node.
     *
     * @param map the whole map
     * @param planes the names of the planes
     * @return the view, with the map's epoch and revision
     */
    public static MeshMap of(MeshMap map, Set<String> planes) {
        return of(map, planes, true);
    }

    /**
     * Returns what a node of some planes is shown, by a status or a page: of the shared planes
     * only, also in a mesh with a lock. The lock's signatures do not fit this map.
     *
     * @param map the whole map
     * @param planes the names of the planes
     * @return the view, with the map's epoch and revision
     */
    public static MeshMap shown(MeshMap map, Set<String> planes) {
        return of(map, planes, false);
    }

    private static MeshMap of(MeshMap map, Set<String> planes, boolean verifiable) {
        List<Plane> seen = map.planes().stream().filter(p -> planes.contains(p.name())).toList();
        if (seen.size() == map.planes().size()) {
            return map;
        }
        boolean routes = planes.contains(map.planes().getFirst().name());
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        map.nodes()
                .forEach(
                        (id, node) -> {
                            MapNode part = of(node, planes, routes, verifiable);
                            if (part != null) {
                                nodes.put(id, part);
                            }
                        });
        boolean signed =
                verifiable && nodes.values().stream().anyMatch(node -> !node.signature().isEmpty());
        return new MeshMap(
                map.mesh(),
                map.epoch(),
                map.revision(),
                signed ? map.planes() : seen,
                map.coordinators().stream().map(c -> of(c, planes)).toList(),
                nodes);
    }

    private static MapNode of(
            MapNode node, Set<String> planes, boolean routes, boolean verifiable) {
        var shared = part(node.planes(), planes);
        if (shared.isEmpty()) {
            return null;
        }
        return verifiable && !node.signature().isEmpty()
                ? withoutPlaces(node, planes)
                : new MapNode(
                        node.id(),
                        node.name(),
                        shared,
                        routes ? node.routes() : List.of(),
                        node.relay(),
                        node.directOnly(),
                        node.stock(),
                        node.signature());
    }

    /** The signature does not cover where a node is. */
    private static MapNode withoutPlaces(MapNode node, Set<String> planes) {
        TreeMap<String, Membership> members = new TreeMap<>();
        node.planes()
                .forEach(
                        (plane, member) ->
                                members.put(
                                        plane,
                                        planes.contains(plane)
                                                ? member
                                                : new Membership(
                                                        member.key(),
                                                        member.pendingKeyOrNull(),
                                                        member.addresses(),
                                                        List.of())));
        return new MapNode(
                node.id(),
                node.name(),
                members,
                node.routes(),
                node.relay(),
                node.directOnly(),
                node.stock(),
                node.signature());
    }

    private static MapCoordinator of(MapCoordinator coordinator, Set<String> planes) {
        return new MapCoordinator(
                coordinator.id(),
                coordinator.key(),
                coordinator.endpoints(),
                part(coordinator.addresses(), planes),
                coordinator.relay());
    }

    private static <T> SortedMap<String, T> part(Map<String, T> all, Set<String> planes) {
        TreeMap<String, T> part = new TreeMap<>(all);
        part.keySet().retainAll(planes);
        return part;
    }
}
