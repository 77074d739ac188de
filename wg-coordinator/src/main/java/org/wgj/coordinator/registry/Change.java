// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.mesh.map.MapLock;
import org.wgj.mesh.map.MapNode;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * One commit in the making: its transaction, its time, its author, and the nodes it touches. At the
 * end it writes what the touched nodes have become into the history, under one new revision if any
 * of them looks different in the map.
 */
final class Change {
    /** Revisions from which a difference can be told. */
    static final int KEPT_REVISIONS = 1_000;

    /** The number of revisions after which old history is thrown away. */
    private static final int PRUNE_EVERY = 100;

    private final Sql sql;
    private final Instant now;
    private final String actor;
    private final MeshRow mesh;
    private final Set<Long> touched = new TreeSet<>();
    private boolean coordinatorsTouched;

    private Change(Sql sql, Instant now, String actor, MeshRow mesh) {
        this.sql = sql;
        this.now = now;
        this.actor = actor;
        this.mesh = mesh;
    }

    /** Begins; waits until no other writer is at work. */
    static Change begin(Sql sql, Instant now, String actor) throws SQLException {
        sql.run("UPDATE mesh SET commits = commits + 1 WHERE id = 1");
        MeshRow mesh =
                MeshRow.load(sql)
                        .orElseThrow(() -> new IllegalStateException("the store has no mesh"));
        return new Change(sql, now, actor, mesh);
    }

    Sql sql() {
        return sql;
    }

    Instant now() {
        return now;
    }

    long nowMs() {
        return now.toEpochMilli();
    }

    MeshRow mesh() {
        return mesh;
    }

    void touch(long node) {
        touched.add(node);
    }

    void touchCoordinators() {
        coordinatorsTouched = true;
    }

    void audit(String verb, String object, String was, String is) throws SQLException {
        Audit.append(sql, now, actor, verb, object, was, is);
    }

    /** Numbers the commit and writes the history. */
    void finish() throws SQLException {
        long revision = mesh.revision() + 1;
        boolean changed = false;
        for (long node : touched) {
            changed |= record(node, revision);
        }
        if (coordinatorsTouched) {
            sql.run(
                    "INSERT INTO coordinator_history (revision, body) VALUES (?, ?)",
                    revision,
                    NodeJson.text(mesh.coordinators(sql)));
            changed = true;
        }
        if (changed) {
            sql.run("UPDATE mesh SET revision = ? WHERE id = 1", revision);
            if (revision % PRUNE_EVERY == 0) {
                prune(revision - KEPT_REVISIONS);
            }
        }
        sql.announce(mesh.commits());
    }

    private boolean record(long id, long revision) throws SQLException {
        String body = visible(id).map(NodeJson::text).orElse("");
        String last =
                sql.first(
                                "SELECT body FROM node_history WHERE node = ?"
                                        + " ORDER BY revision DESC LIMIT 1",
                                row -> row.text("body") == null ? "" : row.text("body"),
                                id)
                        .orElse("");
        if (body.equals(last)) {
            return false;
        }
        sql.run(
                "INSERT INTO node_history (node, revision, body) VALUES (?, ?, ?)",
                id,
                revision,
                body.isEmpty() ? null : body);
        return true;
    }

    /** A node that waits, is gone, or lacks the lock's signature is in no map. */
    private Optional<MapNode> visible(long id) throws SQLException {
        return Nodes.load(sql, mesh, id)
                .filter(node -> node.state() == NodeInfo.State.MEMBER)
                .map(NodeInfo::mapNode)
                .filter(
                        node ->
                                !mesh.isLocked()
                                        || new MapLock(mesh.lockKey())
                                                .hasSigned(mesh.name(), node));
    }

    private void prune(long oldest) throws SQLException {
        if (oldest <= mesh.keptFrom()) {
            return;
        }
        sql.run(
                "DELETE FROM node_history WHERE revision < ? AND EXISTS (SELECT 1 FROM node_history"
                        + " later WHERE later.node = node_history.node AND later.revision >"
                        + " node_history.revision AND later.revision <= ?)",
                oldest,
                oldest);
        sql.run("DELETE FROM node_history WHERE revision <= ? AND body IS NULL", oldest);
        sql.run(
                "DELETE FROM coordinator_history WHERE revision < (SELECT MAX(revision) FROM"
                        + " coordinator_history later WHERE later.revision <= ?)",
                oldest);
        sql.run("UPDATE mesh SET kept_from = ? WHERE id = 1", oldest);
    }
}
