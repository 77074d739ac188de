// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Makes snapshots; reads no more of the store than what changed since the one before. */
final class SnapshotReader {
    private SnapshotReader() {}

    static Snapshot read(Sql sql, MeshRow mesh, Snapshot beforeOrNull, Instant now)
            throws SQLException {
        if (beforeOrNull != null && beforeOrNull.commit() == mesh.commits()) {
            return beforeOrNull;
        }
        Map<PublicKey, Instant> tokens = new HashMap<>();
        Tokens.live(sql, now).forEach(token -> tokens.put(token.key(), token.expires()));
        MeshMap map = map(sql, mesh, beforeOrNull);
        return new Snapshot(
                mesh.commits(),
                map,
                keys(sql, map),
                Collections.unmodifiableMap(tokens),
                rotations(sql));
    }

    private static Map<Long, Set<String>> rotations(Sql sql) throws SQLException {
        Map<Long, Set<String>> wanted = new HashMap<>();
        sql.list(
                "SELECT node, plane FROM membership WHERE rotation_wanted = 1",
                row ->
                        wanted.computeIfAbsent(row.number("node"), node -> new TreeSet<>())
                                .add(row.text("plane")));
        return Collections.unmodifiableMap(wanted);
    }

    private static MeshMap map(Sql sql, MeshRow mesh, Snapshot beforeOrNull) throws SQLException {
        if (beforeOrNull != null) {
            MeshMap before = beforeOrNull.map();
            if (before.epoch().equals(mesh.epoch())) {
                if (before.revision() == mesh.revision()) {
                    return before;
                }
                if (before.revision() >= mesh.keptFrom() && before.revision() < mesh.revision()) {
                    return History.forward(sql, mesh, before);
                }
            }
        }
        return History.at(sql, mesh, mesh.revision());
    }

    private static Map<PublicKey, Snapshot.Owner> keys(Sql sql, MeshMap map) throws SQLException {
        Map<PublicKey, Snapshot.Owner> keys = new HashMap<>();
        for (MapNode node : map.nodes().values()) {
            node.planes()
                    .forEach(
                            (plane, member) -> {
                                keys.put(
                                        member.key(),
                                        new Snapshot.Owner(node.id(), plane, Snapshot.Use.CURRENT));
                                if (member.pendingKeyOrNull() != null) {
                                    keys.put(
                                            member.pendingKeyOrNull(),
                                            new Snapshot.Owner(
                                                    node.id(), plane, Snapshot.Use.PENDING));
                                }
                            });
        }
        sql.list(
                "SELECT node, plane, previous_key FROM membership WHERE previous_key IS NOT NULL",
                row -> {
                    long node = row.number("node");
                    if (map.nodes().containsKey(node)) {
                        keys.putIfAbsent(
                                PublicKey.fromBase64(row.text("previous_key")),
                                new Snapshot.Owner(node, row.text("plane"), Snapshot.Use.PREVIOUS));
                    }
                    return node;
                });
        return Collections.unmodifiableMap(keys);
    }
}
