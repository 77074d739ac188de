// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Row;
import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.token.JoinToken;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The tokens of the store, which are public keys with conditions. */
final class Tokens {
    private static final int MAX_USES = 100_000;
    private static final Duration MAX_TTL = Duration.ofDays(366);
    private static final String COLUMNS =
            "SELECT id, public_key, node_name, planes, uses, uses_left, created, expires, approve,"
                    + " ephemeral, may_replace, revoked FROM token";

    private Tokens() {}

    static TokenInfo create(Change change, TokenRequest request, PublicKey key)
            throws SQLException, RefusedException {
        check(change.mesh(), request);
        Sql sql = change.sql();
        long id = sql.number("SELECT next_token AS n FROM mesh WHERE id = 1");
        sql.run("UPDATE mesh SET next_token = ? WHERE id = 1", id + 1);
        String name = request.nameOrNull() == null ? null : NodeNames.check(request.nameOrNull());
        sql.run(
                "INSERT INTO token (id, public_key, node_name, planes, uses, uses_left, created,"
                        + " expires, approve, ephemeral, may_replace) VALUES (?, ?, ?, ?, ?, ?, ?,"
                        + " ?, ?, ?, ?)",
                id,
                key.toBase64(),
                name,
                request.planes().isEmpty()
                        ? null
                        : String.join(" ", new TreeSet<>(request.planes())),
                request.uses(),
                request.uses(),
                change.nowMs(),
                change.now().plus(request.ttl()).toEpochMilli(),
                request.approve(),
                request.ephemeral(),
                request.replace());
        TokenInfo token = find(sql, id);
        change.audit("token", "token:" + id, "", describe(token));
        return token;
    }

    private static void check(MeshRow mesh, TokenRequest request) throws RefusedException {
        if (request.uses() < 1 || request.uses() > MAX_USES) {
            throw RefusedException.bad("a token has 1 to " + MAX_USES + " uses");
        }
        if (request.ttl().toSeconds() < 1 || request.ttl().compareTo(MAX_TTL) > 0) {
            throw RefusedException.bad("a token lives 1 second to " + MAX_TTL.toDays() + " days");
        }
        if (request.replace() && request.nameOrNull() == null) {
            throw RefusedException.bad("a token that may replace a node needs that node's name");
        }
        if (request.nameOrNull() != null) {
            if (request.uses() > 1) {
                throw RefusedException.bad("a token for one name has one use");
            }
            try {
                NodeNames.check(request.nameOrNull());
            } catch (IllegalArgumentException e) {
                throw RefusedException.bad(e.getMessage());
            }
        }
        for (String plane : request.planes()) {
            if (mesh.planes().stream().noneMatch(p -> p.name().equals(plane))) {
                throw new RefusedException(
                        Reason.WRONG_PLANE,
                        "the mesh has no plane '" + NodeNames.shown(plane) + "'");
            }
        }
    }

    /**
     * Lists what a token says of the coordinators: the first endpoint of each, then the second of
     * each and so on, so that a node without IPv4, or with a blocked way, finds one.
     */
    static List<JoinToken.Coordinator> places(List<MapCoordinator> all) {
        List<JoinToken.Coordinator> places = new ArrayList<>();
        int most = all.stream().mapToInt(one -> one.endpoints().size()).max().orElse(0);
        for (int i = 0; i < most; i++) {
            for (MapCoordinator one : all) {
                if (i < one.endpoints().size()) {
                    places.add(new JoinToken.Coordinator(one.key(), one.endpoints().get(i)));
                }
            }
        }
        return JoinToken.fitting(places);
    }

    private static String describe(TokenInfo token) {
        return token.uses()
                + " uses until "
                + token.expires()
                + (token.nameOrNull() == null ? "" : " name " + token.nameOrNull())
                + (token.planes().isEmpty() ? "" : " planes " + String.join(" ", token.planes()))
                + (token.approve() ? " approve" : "")
                + (token.ephemeral() ? " ephemeral" : "")
                + (token.replace() ? " replace" : "");
    }

    static Optional<TokenInfo> find(Sql sql, PublicKey key) throws SQLException {
        return sql.first(COLUMNS + " WHERE public_key = ?", Tokens::info, key.toBase64());
    }

    static TokenInfo find(Sql sql, long id) throws SQLException, RefusedException {
        return sql.first(COLUMNS + " WHERE id = ?", Tokens::info, id)
                .orElseThrow(() -> new RefusedException(Reason.NOT_FOUND, "no token " + id));
    }

    /** Returns the newest tokens first. */
    static List<TokenInfo> list(Sql sql, int limit) throws SQLException {
        return sql.list(COLUMNS + " ORDER BY id DESC LIMIT ?", Tokens::info, limit);
    }

    static List<TokenInfo> live(Sql sql, Instant now) throws SQLException {
        return sql.list(
                COLUMNS + " WHERE revoked IS NULL AND expires > ?",
                Tokens::info,
                now.toEpochMilli());
    }

    private static TokenInfo info(Row row) throws SQLException {
        Long revoked = row.numberOrNull("revoked");
        return new TokenInfo(
                row.number("id"),
                PublicKey.fromBase64(row.text("public_key")),
                row.text("node_name"),
                Set.copyOf(MeshRow.words(row.text("planes"))),
                (int) row.number("uses"),
                (int) row.number("uses_left"),
                Instant.ofEpochMilli(row.number("created")),
                Instant.ofEpochMilli(row.number("expires")),
                row.flag("approve"),
                row.flag("ephemeral"),
                row.flag("may_replace"),
                revoked == null ? null : Instant.ofEpochMilli(revoked));
    }

    /** Checks and counts in one statement, so that no two joins get the same use. */
    static boolean burnUse(Change change, long token) throws SQLException {
        return change.sql()
                        .run(
                                "UPDATE token SET uses_left = uses_left - 1 WHERE id = ? AND"
                                        + " uses_left > 0 AND revoked IS NULL AND expires > ?",
                                token,
                                change.nowMs())
                == 1;
    }

    /** Ends a token, and on request the membership of all nodes that joined by it. */
    static List<Long> revoke(Change change, long id, boolean nodes)
            throws SQLException, RefusedException {
        TokenInfo token = find(change.sql(), id);
        if (token.revokedOrNull() == null) {
            change.sql()
                    .run("UPDATE token SET revoked = ? WHERE id = ?", change.nowMs(), token.id());
            change.audit("revoke", "token:" + id, describe(token), "revoked");
        }
        if (!nodes) {
            return List.of();
        }
        List<Long> joined =
                change.sql()
                        .list(
                                "SELECT id FROM node WHERE token = ? AND state <> 'removed'"
                                        + " ORDER BY id",
                                row -> row.number("id"),
                                id);
        for (long node : joined) {
            Nodes.remove(
                    change,
                    Nodes.load(change.sql(), change.mesh(), node).orElseThrow(),
                    "token:" + id + " revoked");
        }
        return joined;
    }
}
