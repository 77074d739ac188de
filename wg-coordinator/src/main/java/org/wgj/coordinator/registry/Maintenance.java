// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Does the work that time makes due. It keeps the contacts of nodes in memory until they are
 * written, once a minute for all.
 */
final class Maintenance {
    /** An ephemeral node goes away after this. */
    static final Duration EPHEMERAL = Duration.ofMinutes(30);

    private final Instant opened;
    private final Map<Long, Instant> contacts = new ConcurrentHashMap<>();

    Maintenance(Instant opened) {
        this.opened = opened;
    }

    void contact(long node, Instant now) {
        contacts.put(node, now);
    }

    boolean isDue(Sql sql, Instant now) throws SQLException {
        return !contacts.isEmpty()
                || sql.number(
                                "SELECT COUNT(*) AS n FROM membership WHERE rotation_began <= ? OR"
                                        + " (previous_key IS NOT NULL AND rotation_ended <= ?)",
                                now.minus(Rotations.GIVE_UP).toEpochMilli(),
                                now.minus(Rotations.OVERLAP).toEpochMilli())
                        > 0
                || !lost(sql, now).isEmpty();
    }

    /** No node is lost before the coordinator has been up as long: nodes could not reach it. */
    private List<Long> lost(Sql sql, Instant now) throws SQLException {
        if (now.isBefore(opened.plus(EPHEMERAL))) {
            return List.of();
        }
        return sql.list(
                "SELECT id FROM node WHERE ephemeral = 1 AND state <> 'removed'"
                        + " AND last_contact <= ?",
                row -> row.number("id"),
                now.minus(EPHEMERAL).toEpochMilli());
    }

    void run(Change change) throws SQLException {
        for (Map.Entry<Long, Instant> contact : Map.copyOf(contacts).entrySet()) {
            change.sql()
                    .run(
                            "UPDATE node SET last_contact = ? WHERE id = ? AND last_contact < ?",
                            contact.getValue().toEpochMilli(),
                            contact.getKey(),
                            contact.getValue().toEpochMilli());
            contacts.remove(contact.getKey(), contact.getValue());
        }
        for (long node : lost(change.sql(), change.now())) {
            Nodes.remove(
                    change,
                    Nodes.load(change.sql(), change.mesh(), node).orElseThrow(),
                    "ephemeral, not heard of for " + EPHEMERAL.toMinutes() + " min");
        }
        Rotations.tick(change);
        Addresses.releaseRested(change);
    }
}
