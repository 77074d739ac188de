// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads maps back from what {@link Change} has written. */
final class History {
    private History() {}

    /** Returns the whole map at a revision that the history still knows. */
    static MeshMap at(Sql sql, MeshRow mesh, long revision) throws SQLException {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        sql.list(
                "SELECT h.body FROM node_history h JOIN (SELECT node, MAX(revision) AS latest FROM"
                        + " node_history WHERE revision <= ? GROUP BY node) l ON l.node = h.node"
                        + " AND l.latest = h.revision WHERE h.body IS NOT NULL",
                row -> {
                    MapNode node = NodeJson.node(row.text("body"));
                    return nodes.put(node.id(), node) == null;
                },
                revision);
        return MapNodes.packed(
                new MeshMap(
                        mesh.name(),
                        mesh.epoch(),
                        revision,
                        mesh.planes(),
                        coordinators(sql, revision),
                        nodes));
    }

    /** Carries a map of the same epoch forward to the mesh's latest revision. */
    static MeshMap forward(Sql sql, MeshRow mesh, MeshMap from) throws SQLException {
        TreeMap<Long, MapNode> changed = new TreeMap<>();
        Set<Long> removed = new HashSet<>();
        sql.list(
                "SELECT node, body FROM node_history WHERE revision > ? AND revision <= ?"
                        + " ORDER BY revision",
                row -> {
                    long id = row.number("node");
                    String body = row.text("body");
                    if (body == null) {
                        changed.remove(id);
                        return removed.add(id);
                    }
                    removed.remove(id);
                    return changed.put(id, NodeJson.node(body)) == null;
                },
                from.revision(),
                mesh.revision());
        return MapNodes.changed(
                from,
                mesh.revision(),
                coordinators(sql, mesh.revision()),
                changed.values(),
                removed);
    }

    private static List<MapCoordinator> coordinators(Sql sql, long revision) throws SQLException {
        Optional<String> body =
                sql.first(
                        "SELECT body FROM coordinator_history WHERE revision <= ?"
                                + " ORDER BY revision DESC LIMIT 1",
                        row -> row.text("body"),
                        revision);
        return body.map(NodeJson::coordinators).orElse(List.of());
    }
}
