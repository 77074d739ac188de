// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;

/** Keeps every key with one owner: a node in one plane, or a coordinator. */
final class Keys {
    private Keys() {}

    /** Refuses keys that somebody has, or that are the same in two planes. */
    static void checkNew(Sql sql, Map<String, PublicKey> keys)
            throws SQLException, RefusedException {
        Collection<PublicKey> all = keys.values();
        if (new HashSet<>(all).size() < all.size()) {
            throw RefusedException.bad("two planes have the same key: each needs one of its own");
        }
        for (PublicKey key : all) {
            checkNew(sql, key);
        }
    }

    static void checkNew(Sql sql, PublicKey key) throws SQLException, RefusedException {
        Optional<Long> owner =
                sql.first(
                        "SELECT node FROM used_key WHERE public_key = ?",
                        row -> row.number("node"),
                        key.toBase64());
        if (owner.isPresent()) {
            throw new RefusedException(
                    Reason.KEY_KNOWN,
                    owner.get() == 0
                            ? "a coordinator has this key"
                            : "node "
                                    + owner.get()
                                    + " has this key: use the identity that belongs to it, or make"
                                    + " new keys");
        }
        if (Tokens.find(sql, key).isPresent()) {
            throw new RefusedException(
                    Reason.KEY_KNOWN, "this key is a token's: a node needs keys of its own");
        }
    }

    static void use(Sql sql, PublicKey key, Long nodeOrNull, String planeOrNull)
            throws SQLException {
        sql.run(
                "INSERT INTO used_key (public_key, node, plane) VALUES (?, ?, ?)",
                key.toBase64(),
                nodeOrNull,
                planeOrNull);
    }

    static void free(Sql sql, PublicKey key) throws SQLException {
        sql.run("DELETE FROM used_key WHERE public_key = ?", key.toBase64());
    }
}
