// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Row;
import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;

import java.net.InetAddress;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads nodes from the store, and does to them what needs no other rule. */
final class Nodes {
    private static final String COLUMNS =
            "SELECT id, name, state, relay, direct_only, stock, ephemeral, machine, token, joined,"
                    + " removed, last_contact, signature FROM node";

    private Nodes() {}

    static Optional<NodeInfo> load(Sql sql, MeshRow mesh, long id) throws SQLException {
        Optional<NodeInfo> bare = sql.first(COLUMNS + " WHERE id = ?", Nodes::bare, id);
        return bare.isEmpty() ? bare : Optional.of(complete(sql, mesh, bare.get()));
    }

    /** Finds a node that is not removed, by its name or its number. */
    static NodeInfo find(Sql sql, MeshRow mesh, String nameOrId)
            throws SQLException, RefusedException {
        String text = nameOrId.strip().toLowerCase(Locale.ROOT);
        Optional<NodeInfo> found =
                sql.first(COLUMNS + " WHERE name = ? AND state <> 'removed'", Nodes::bare, text);
        if (found.isEmpty() && text.matches("[0-9]{1,18}")) {
            found =
                    sql.first(
                            COLUMNS + " WHERE id = ? AND state <> 'removed'",
                            Nodes::bare,
                            Long.valueOf(text));
        }
        if (found.isEmpty()) {
            throw new RefusedException(
                    Reason.NOT_FOUND, "no node '" + NodeNames.shown(nameOrId) + "' in the mesh");
        }
        return complete(sql, mesh, found.get());
    }

    /** Returns the nodes by id, without removed ones unless asked for. */
    static List<NodeInfo> list(Sql sql, MeshRow mesh, boolean removed) throws SQLException {
        List<NodeInfo> nodes = new ArrayList<>();
        for (NodeInfo bare :
                sql.list(
                        COLUMNS + (removed ? "" : " WHERE state <> 'removed'") + " ORDER BY id",
                        Nodes::bare)) {
            nodes.add(complete(sql, mesh, bare));
        }
        return nodes;
    }

    static Optional<Long> idByName(Sql sql, String name) throws SQLException {
        return sql.first(
                "SELECT id FROM node WHERE name = ? AND state <> 'removed'",
                row -> row.number("id"),
                name);
    }

    private static NodeInfo bare(Row row) throws SQLException {
        Long removed = row.numberOrNull("removed");
        return new NodeInfo(
                row.number("id"),
                row.text("name"),
                NodeInfo.State.valueOf(row.text("state").toUpperCase(Locale.ROOT)),
                row.flag("relay"),
                row.flag("direct_only"),
                row.flag("stock"),
                row.flag("ephemeral"),
                row.text("machine"),
                row.numberOrNull("token"),
                Instant.ofEpochMilli(row.number("joined")),
                removed == null ? null : Instant.ofEpochMilli(removed),
                Instant.ofEpochMilli(row.number("last_contact")),
                NodeJson.bytes(row.text("signature")),
                new TreeMap<>(),
                List.of());
    }

    private static NodeInfo complete(Sql sql, MeshRow mesh, NodeInfo bare) throws SQLException {
        SortedMap<String, NodeInfo.InPlane> planes = new TreeMap<>();
        TreeMap<String, List<InetAddress>> addresses = new TreeMap<>();
        sql.list(
                "SELECT plane, host FROM address WHERE node = ? AND released IS NULL",
                row ->
                        addresses.put(
                                        row.text("plane"),
                                        mesh.addresses(row.text("plane"), row.number("host")))
                                == null,
                bare.id());
        TreeMap<String, List<Candidate>> candidates = Candidates.load(sql, bare.id());
        sql.list(
                "SELECT plane, public_key, pending_key, wanted_key, previous_key, rotation_wanted,"
                        + " rotation_ended, port FROM membership WHERE node = ?",
                row -> {
                    String plane = row.text("plane");
                    Long rotated = row.numberOrNull("rotation_ended");
                    return planes.put(
                                    plane,
                                    new NodeInfo.InPlane(
                                            PublicKey.fromBase64(row.text("public_key")),
                                            keyOrNull(row.text("pending_key")),
                                            keyOrNull(row.text("wanted_key")),
                                            keyOrNull(row.text("previous_key")),
                                            row.flag("rotation_wanted"),
                                            (int) row.number("port"),
                                            addresses.getOrDefault(plane, List.of()),
                                            candidates.getOrDefault(plane, List.of()),
                                            rotated == null
                                                    ? bare.joined()
                                                    : Instant.ofEpochMilli(rotated)))
                            == null;
                },
                bare.id());
        List<NodeInfo.Route> routes =
                sql.list(
                        "SELECT prefix, approved, owner FROM route WHERE node = ? ORDER BY prefix",
                        row ->
                                new NodeInfo.Route(
                                        IpPrefix.parse(row.text("prefix")),
                                        row.flag("approved"),
                                        row.flag("owner")),
                        bare.id());
        return new NodeInfo(
                bare.id(),
                bare.name(),
                bare.state(),
                bare.relay(),
                bare.directOnly(),
                bare.stock(),
                bare.ephemeral(),
                bare.machineOrNull(),
                bare.tokenOrNull(),
                bare.joined(),
                bare.removedOrNull(),
                bare.lastContact(),
                bare.signature(),
                planes,
                routes);
    }

    static PublicKey keyOrNull(String base64OrNull) {
        return base64OrNull == null ? null : PublicKey.fromBase64(base64OrNull);
    }

    /** Removes a node for good. Its addresses rest for a day; its name and keys are free. */
    static void remove(Change change, NodeInfo node, String why) throws SQLException {
        Sql sql = change.sql();
        sql.run(
                "UPDATE node SET state = 'removed', removed = ? WHERE id = ?",
                change.nowMs(),
                node.id());
        sql.run("DELETE FROM used_key WHERE node = ?", node.id());
        sql.run("DELETE FROM candidate WHERE node = ?", node.id());
        sql.run("UPDATE address SET released = ? WHERE node = ?", change.nowMs(), node.id());
        RouteRules.removeAll(change, node.id());
        change.touch(node.id());
        change.audit("remove", "node:" + node.id(), describe(node), why);
    }

    /** Says in the audit what a node is: its name, keys and addresses. */
    static String describe(NodeInfo node) {
        StringBuilder text = new StringBuilder(node.name());
        node.planes()
                .forEach(
                        (plane, in) -> {
                            text.append(' ').append(plane).append('=').append(in.key().toBase64());
                            in.addresses().forEach(a -> text.append(' ').append(IpText.format(a)));
                        });
        return text.toString();
    }
}
