// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The steps of a change of key, each a commit. A stock WireGuard peer has one key, so for a while a
 * node is two peers:
 *
 * <pre>
 *   begin    the new key is published as pending: peers add it without allowed IPs
 *   confirm  a coordinator has decrypted data under the new key: it becomes the key, and peers move
 *            the allowed IPs; the old one stays good at coordinators for {@link #OVERLAP}
 *   forget   the old key belongs to no member
 * </pre>
 *
 * <p>A rotation whose new key is not used for {@link #GIVE_UP} is taken back.
 *
 * <p>In a mesh with a lock the new key is only wanted until the lock has signed the node with it,
 * and a published key stays until it is used or the lock has signed another: the signature covers
 * it. One plane of a node changes at a time there, as the lock signs all of them together.
 */
final class Rotations {
    static final Duration OVERLAP = Duration.ofSeconds(180);
    static final Duration GIVE_UP = Duration.ofDays(7);

    private Rotations() {}

    static void begin(Change change, NodeInfo node, String plane, PublicKey key)
            throws SQLException, RefusedException {
        NodeInfo.InPlane in = inPlane(node, plane);
        if (key.equals(in.pendingKeyOrNull()) || key.equals(in.wantedKeyOrNull())) {
            change.sql()
                    .run(
                            "UPDATE membership SET rotation_wanted = 0 WHERE node = ? AND plane ="
                                    + " ?",
                            node.id(),
                            plane);
            return; // asked again
        }
        boolean locked = change.mesh().isLocked();
        if (locked && isUnderWayElsewhere(node, plane)) {
            throw new RefusedException(
                    Reason.NOT_APPROVED,
                    "another plane of this node is changing its key: the mesh is locked, so one"
                            + " changes at a time");
        }
        Keys.checkNew(change.sql(), key);
        takeBack(change, node, plane, in);
        Keys.use(change.sql(), key, node.id(), plane);
        change.sql()
                .run(
                        "UPDATE membership SET "
                                + (locked ? "wanted_key" : "pending_key")
                                + " = ?, rotation_began = ?, rotation_wanted = 0"
                                + " WHERE node = ? AND plane = ?",
                        key.toBase64(),
                        change.nowMs(),
                        node.id(),
                        plane);
        change.touch(node.id());
        change.audit(
                "rotate",
                "node:" + node.id(),
                plane + " " + in.key().toBase64(),
                plane + " " + key.toBase64());
    }

    private static boolean isUnderWayElsewhere(NodeInfo node, String plane) {
        return node.planes().entrySet().stream()
                .anyMatch(
                        each ->
                                !each.getKey().equals(plane)
                                        && (each.getValue().pendingKeyOrNull() != null
                                                || each.getValue().wantedKeyOrNull() != null));
    }

    /** Publishes wanted keys, once the lock has signed the node with them. */
    static void publishWanted(Change change, NodeInfo node) throws SQLException {
        for (NodeInfo.InPlane in : node.planes().values()) {
            if (in.wantedKeyOrNull() != null && in.pendingKeyOrNull() != null) {
                Keys.free(change.sql(), in.pendingKeyOrNull());
            }
        }
        change.sql()
                .run(
                        "UPDATE membership SET pending_key = wanted_key, wanted_key = NULL,"
                                + " rotation_began = ? WHERE node = ? AND wanted_key IS NOT NULL",
                        change.nowMs(),
                        node.id());
        change.touch(node.id());
    }

    static void confirm(Change change, NodeInfo node, String plane, PublicKey heard)
            throws SQLException, RefusedException {
        NodeInfo.InPlane in = inPlane(node, plane);
        if (!heard.equals(in.pendingKeyOrNull())) {
            return; // another coordinator was faster, or another key has been published since
        }
        Sql sql = change.sql();
        if (in.previousKeyOrNull() != null) {
            Keys.free(sql, in.previousKeyOrNull());
        }
        sql.run(
                "UPDATE membership SET previous_key = public_key, public_key = pending_key,"
                        + " pending_key = NULL, rotation_began = NULL, rotation_ended = ?"
                        + " WHERE node = ? AND plane = ?",
                change.nowMs(),
                node.id(),
                plane);
        sql.run(
                "UPDATE node SET signature = next_signature, next_signature = NULL"
                        + " WHERE id = ? AND next_signature IS NOT NULL",
                node.id());
        change.touch(node.id());
        change.audit(
                "rotated",
                "node:" + node.id(),
                plane + " " + in.key().toBase64(),
                plane + " " + in.pendingKeyOrNull().toBase64());
    }

    private static NodeInfo.InPlane inPlane(NodeInfo node, String plane) throws RefusedException {
        NodeInfo.InPlane in = node.planes().get(plane);
        if (in == null || node.state() == NodeInfo.State.REMOVED) {
            throw new RefusedException(
                    Reason.WRONG_PLANE,
                    "node " + node.name() + " is not in plane '" + NodeNames.shown(plane) + "'");
        }
        return in;
    }

    /** In a mesh with a lock a published key stays: the signature covers it. */
    private static void takeBack(Change change, NodeInfo node, String plane, NodeInfo.InPlane in)
            throws SQLException {
        boolean keepsPublished = change.mesh().isLocked();
        if (in.pendingKeyOrNull() != null && !keepsPublished) {
            Keys.free(change.sql(), in.pendingKeyOrNull());
        }
        if (in.wantedKeyOrNull() != null) {
            Keys.free(change.sql(), in.wantedKeyOrNull());
        }
        change.sql()
                .run(
                        "UPDATE membership SET wanted_key = NULL, rotation_began = NULL"
                                + (keepsPublished ? "" : ", pending_key = NULL")
                                + " WHERE node = ? AND plane = ?",
                        node.id(),
                        plane);
        change.touch(node.id());
    }

    /** Takes back unfinished rotations, and forgets old keys. */
    static void tick(Change change) throws SQLException {
        Sql sql = change.sql();
        long ended = change.nowMs() - OVERLAP.toMillis();
        sql.run(
                "DELETE FROM used_key WHERE public_key IN (SELECT previous_key FROM membership"
                        + " WHERE previous_key IS NOT NULL AND rotation_ended <= ?)",
                ended);
        sql.run(
                "UPDATE membership SET previous_key = NULL"
                        + " WHERE previous_key IS NOT NULL AND rotation_ended <= ?",
                ended);
        record Stale(long node, String plane) {}
        List<Stale> stale =
                sql.list(
                        "SELECT node, plane FROM membership WHERE rotation_began <= ?"
                                + (change.mesh().isLocked() ? " AND pending_key IS NULL" : ""),
                        row -> new Stale(row.number("node"), row.text("plane")),
                        change.nowMs() - GIVE_UP.toMillis());
        for (Stale one : stale) {
            Optional<NodeInfo> node = Nodes.load(sql, change.mesh(), one.node());
            if (node.isPresent() && node.get().state() != NodeInfo.State.REMOVED) {
                takeBack(change, node.get(), one.plane(), node.get().planes().get(one.plane()));
                change.audit("rotate-given-up", "node:" + one.node(), one.plane(), "");
            }
        }
    }

    /** Asks a node to make new keys. */
    static void want(Change change, NodeInfo node, String planeOrNull)
            throws SQLException, RefusedException {
        if (change.mesh().isLocked() && planeOrNull == null && node.planes().size() > 1) {
            throw RefusedException.bad(
                    "the mesh is locked: change the key of one plane at a time, with --plane, and"
                            + " approve it with --lock");
        }
        for (String plane : planeOrNull == null ? node.planes().keySet() : List.of(planeOrNull)) {
            inPlane(node, plane);
            change.sql()
                    .run(
                            "UPDATE membership SET rotation_wanted = 1 WHERE node = ? AND plane ="
                                    + " ?",
                            node.id(),
                            plane);
            change.audit("rotate-wanted", "node:" + node.id(), "", plane);
        }
    }
}
