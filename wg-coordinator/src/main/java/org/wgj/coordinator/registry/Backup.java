// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.wgj.coordinator.store.Sql;
import org.wgj.coordinator.store.Tables;
import org.wgj.mesh.map.Plane;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Exports and their way back. After an import the mesh has a new epoch: what the nodes know is
 * perhaps newer, so each asks its administrator or the lock before it takes the imported map.
 */
final class Backup {
    private static final String FORMAT = "wgj-mesh-export";
    private static final int VERSION = 1;

    private Backup() {}

    /** Returns all of the store; no secret is in it. */
    static String export(Sql sql, Instant now) throws SQLException {
        JsonObject tables = Tables.dump(sql);
        JsonObject export = new JsonObject();
        export.addProperty("format", FORMAT);
        export.addProperty("version", VERSION);
        export.addProperty("exported", now.toString());
        export.addProperty("sha256", hash(tables));
        export.add("tables", tables);
        return export.toString();
    }

    static String hash(JsonObject tables) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(tables.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Reads an export and checks that it is whole. */
    static JsonObject parse(String text) throws RefusedException {
        try {
            JsonObject export = JsonParser.parseString(text).getAsJsonObject();
            if (!FORMAT.equals(string(export, "format"))) {
                throw RefusedException.bad("this is no export of a mesh");
            }
            if (export.get("version").getAsInt() > VERSION) {
                throw RefusedException.bad("a newer wgj made this export: install that version");
            }
            JsonObject tables = export.getAsJsonObject("tables");
            if (!hash(tables).equals(string(export, "sha256"))) {
                throw RefusedException.bad("this export was damaged or changed");
            }
            return tables;
        } catch (JsonParseException
                | IllegalStateException
                | NullPointerException
                | ClassCastException
                | NumberFormatException e) {
            throw RefusedException.bad("this is no export of a mesh, or only a part of one");
        }
    }

    private static String string(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value == null ? null : value.getAsString();
    }

    /** The facts of the store before an import, which the import must keep. */
    private record Before(
            MeshRow mesh,
            long nextNode,
            long nextToken,
            List<Long> removed,
            List<Long> revoked,
            List<AuditEntry> audit) {}

    /**
     * Puts an export in the place of what the store has. Ids that the store has used stay used,
     * nodes that it removed stay removed, tokens that it revoked stay revoked, and its audit goes
     * on if the export's is its beginning.
     */
    static void restore(Sql sql, JsonObject tables, Instant now, String actor)
            throws SQLException, IOException {
        Optional<Before> before = before(sql);
        Tables.clear(sql);
        Tables.load(sql, tables);
        MeshRow loaded =
                MeshRow.load(sql).orElseThrow(() -> RefusedException.bad("the export has no mesh"));
        checkNames(sql, loaded);
        long revision = loaded.revision() + 1;
        long commits = loaded.commits() + 1;
        if (before.isPresent()) {
            if (!before.get().mesh().name().equals(loaded.name())) {
                throw RefusedException.bad(
                        "the export is of the mesh "
                                + loaded.name()
                                + ", and this store has "
                                + before.get().mesh().name());
            }
            keep(sql, before.get(), now);
            revision = Math.max(revision, before.get().mesh().revision() + 1);
            commits = Math.max(commits, before.get().mesh().commits() + 1);
        }
        beginEpoch(sql, loaded, revision, commits, now, actor, "import");
    }

    /** The hash of an export is no proof: anyone who changes a name can also compute the hash. */
    private static void checkNames(Sql sql, MeshRow loaded) throws SQLException, RefusedException {
        checkName("the mesh", loaded.name());
        for (Plane plane : loaded.planes()) {
            if (!MeshPlan.isPlaneName(plane.name())) {
                throw RefusedException.bad(
                        "the export has a plane '"
                                + NodeNames.shown(plane.name())
                                + "', which is no name");
            }
        }
        for (String name : sql.list("SELECT name FROM node", row -> row.text("name"))) {
            checkName("a node", name);
        }
        for (String name :
                sql.list(
                        "SELECT node_name FROM token WHERE node_name IS NOT NULL",
                        row -> row.text("node_name"))) {
            checkName("the node of a token", name);
        }
    }

    private static void checkName(String whose, String name) throws RefusedException {
        if (!NodeNames.isLabel(name)) {
            throw RefusedException.bad(
                    "the name of "
                            + whose
                            + " in the export, '"
                            + NodeNames.shown(name)
                            + "', is none: it has 1 to 63 letters a-z, digits and -");
        }
    }

    private static void beginEpoch(
            Sql sql,
            MeshRow loaded,
            long revision,
            long commits,
            Instant now,
            String actor,
            String verb)
            throws SQLException {
        // One less: the change below makes them so.
        sql.run(
                "UPDATE mesh SET epoch = ?, revision = ?, kept_from = ?, commits = ? WHERE id = 1",
                UUID.randomUUID().toString(),
                revision - 1,
                revision,
                commits - 1);
        Change change = Change.begin(sql, now, actor);
        sql.list("SELECT id FROM node", row -> row.number("id")).forEach(change::touch);
        change.touchCoordinators();
        change.audit(
                verb,
                "mesh:" + loaded.name(),
                "epoch " + loaded.epoch() + " revision " + loaded.revision(),
                "epoch " + change.mesh().epoch() + " revision " + revision);
        change.finish();
    }

    /**
     * Begins a new epoch if the store is an older copy of itself. Ids that were given since the
     * copy are not known; there were no more of them than commits, so as many are left out.
     *
     * @return whether it was
     */
    static boolean overtaken(Sql sql, StoreMark mark, Instant now)
            throws SQLException, IOException {
        MeshRow mesh =
                MeshRow.load(sql).orElseThrow(() -> new IOException("the store has no mesh"));
        boolean older = mesh.revision() < mark.revision() || mesh.commits() < mark.commits();
        if (!mesh.epoch().equals(mark.epoch()) || !older) {
            return false;
        }
        long lost = Math.max(0, mark.commits() - mesh.commits());
        sql.run(
                "UPDATE mesh SET next_node = next_node + ?, next_token = next_token + ?"
                        + " WHERE id = 1",
                lost,
                lost);
        beginEpoch(
                sql,
                mesh,
                Math.max(mark.revision(), mesh.revision()) + 1,
                Math.max(mark.commits(), mesh.commits()) + 1,
                now,
                "coordinator",
                "restored-copy");
        return true;
    }

    private static Optional<Before> before(Sql sql) throws SQLException {
        Optional<MeshRow> mesh = MeshRow.load(sql);
        return mesh.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Before(
                                mesh.get(),
                                sql.number("SELECT next_node AS n FROM mesh"),
                                sql.number("SELECT next_token AS n FROM mesh"),
                                sql.list(
                                        "SELECT id FROM node WHERE state = 'removed'",
                                        row -> row.number("id")),
                                sql.list(
                                        "SELECT id FROM token WHERE revoked IS NOT NULL",
                                        row -> row.number("id")),
                                Audit.after(sql, 0, Integer.MAX_VALUE)));
    }

    private static void keep(Sql sql, Before before, Instant now)
            throws SQLException, RefusedException {
        sql.run(
                "UPDATE mesh SET next_node = ? WHERE next_node < ?",
                before.nextNode(),
                before.nextNode());
        sql.run(
                "UPDATE mesh SET next_token = ? WHERE next_token < ?",
                before.nextToken(),
                before.nextToken());
        for (long token : before.revoked()) {
            sql.run(
                    "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL",
                    now.toEpochMilli(),
                    token);
        }
        List<AuditEntry> restored = Audit.after(sql, 0, Integer.MAX_VALUE);
        if (before.audit().size() > restored.size()
                && before.audit().subList(0, restored.size()).equals(restored)) {
            Audit.restore(sql, before.audit().subList(restored.size(), before.audit().size()));
        }
        MeshRow mesh = MeshRow.load(sql).orElseThrow();
        Change change = Change.begin(sql, now, "import");
        for (long id : before.removed()) {
            Optional<NodeInfo> node = Nodes.load(sql, mesh, id);
            if (node.isPresent() && node.get().state() != NodeInfo.State.REMOVED) {
                Nodes.remove(change, node.get(), "removed before the import");
            }
        }
    }
}
