// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import java.util.stream.Collectors;

/** Makes a mesh and its coordinators. */
final class Creation {
    private static final int MAX_COORDINATORS = 16;
    private static final int MAX_ENDPOINTS = 8;

    private Creation() {}

    static void create(Sql sql, MeshPlan plan, Instant now) throws SQLException, RefusedException {
        if (MeshRow.load(sql).isPresent()) {
            throw RefusedException.bad(
                    "the store has a mesh already: leave out --name to make a further coordinator"
                            + " of it, or give --store another place");
        }
        insertMesh(sql, plan, UUID.randomUUID(), now);
        Audit.append(
                sql,
                now,
                "admin",
                "init",
                "mesh:" + plan.name(),
                "",
                plan.planes().stream()
                        .map(plane -> plane.name() + " " + ranges(plane) + " " + plane.port())
                        .collect(Collectors.joining(", ")));
    }

    static void insertMesh(Sql sql, MeshPlan plan, UUID epoch, Instant now) throws SQLException {
        sql.run(
                "INSERT INTO mesh (id, name, epoch, revision, kept_from, commits, lock_key,"
                        + " next_node, next_token, created, audit_seq, audit_hash)"
                        + " VALUES (1, ?, ?, 1, 1, 1, ?, 1, 1, ?, 0, ?)",
                plan.name(),
                epoch.toString(),
                plan.lockKey().isEmpty() ? null : plan.lockKey().toString(),
                now.toEpochMilli(),
                Audit.START);
        int position = 0;
        for (Plane plane : plan.planes()) {
            sql.run(
                    "INSERT INTO plane (name, position, ranges, port, mtu) VALUES (?, ?, ?, ?, ?)",
                    plane.name(),
                    position++,
                    ranges(plane),
                    plane.port(),
                    plane.mtu());
        }
    }

    private static String ranges(Plane plane) {
        return plane.ranges().stream().map(IpPrefix::toString).collect(Collectors.joining(" "));
    }

    static MapCoordinator coordinator(
            Change change, PublicKey key, List<HostPort> endpoints, boolean relay)
            throws SQLException, RefusedException {
        if (endpoints.isEmpty() || endpoints.size() > MAX_ENDPOINTS) {
            throw RefusedException.bad("a coordinator needs 1 to " + MAX_ENDPOINTS + " endpoints");
        }
        Sql sql = change.sql();
        Optional<Long> known =
                sql.first(
                        "SELECT id FROM coordinator WHERE public_key = ?",
                        row -> row.number("id"),
                        key.toBase64());
        long id;
        if (known.isPresent()) {
            id = known.get();
            sql.run(
                    "UPDATE coordinator SET endpoints = ?, relay = ? WHERE id = ?",
                    MeshRow.text(endpoints),
                    relay,
                    id);
        } else {
            id = add(change, key, endpoints, relay);
        }
        change.touchCoordinators();
        change.audit("coordinator", "coordinator:" + id, "", MeshRow.text(endpoints));
        return change.mesh().coordinators(sql).stream()
                .filter(one -> one.id() == id)
                .findFirst()
                .orElseThrow();
    }

    private static long add(Change change, PublicKey key, List<HostPort> endpoints, boolean relay)
            throws SQLException, RefusedException {
        Sql sql = change.sql();
        long id = sql.number("SELECT MAX(id) AS n FROM coordinator") + 1;
        if (id > MAX_COORDINATORS) {
            throw new RefusedException(
                    Reason.FULL, "a mesh has " + MAX_COORDINATORS + " coordinators at most");
        }
        Keys.checkNew(sql, key);
        sql.run(
                "INSERT INTO coordinator (id, public_key, endpoints, relay) VALUES (?, ?, ?, ?)",
                id,
                key.toBase64(),
                MeshRow.text(endpoints),
                relay);
        Keys.use(sql, key, null, null);
        SortedMap<String, Long> hosts =
                Addresses.choose(
                        change, change.mesh().planes().stream().map(Plane::name).toList(), 1, null);
        for (Map.Entry<String, Long> host : hosts.entrySet()) {
            Addresses.take(change, host.getKey(), host.getValue(), null, id);
        }
        return id;
    }
}
