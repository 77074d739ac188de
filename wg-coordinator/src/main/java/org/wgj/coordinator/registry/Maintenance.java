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

    /** A coordinator whose beat stands still for so long is dead. It changes each minute. */
    static final Duration SILENT = Duration.ofMinutes(5);

    private final Instant opened;

    /** The beats of other coordinators, and since when they have been the same by our clock. */
    private final Map<Long, Beat> beats = new ConcurrentHashMap<>();

    private volatile long self; // 0 before this coordinator is registered
    private final Map<Long, Instant> contacts = new ConcurrentHashMap<>();

    private record Beat(long observer, long value, Instant since) {}

    Maintenance(Instant opened) {
        this.opened = opened;
    }

    void contact(long node, Instant now) {
        contacts.put(node, now);
    }

    /** This program is the coordinator with this id. */
    void self(long id) {
        self = id;
    }

    boolean isDue(Sql sql, Instant now) throws SQLException {
        return !contacts.isEmpty()
                || self != 0 && isOneOfSeveral(sql)
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

    private static boolean isOneOfSeveral(Sql sql) throws SQLException {
        return sql.number("SELECT COUNT(*) AS n FROM coordinator") > 1;
    }

    /**
     * Shows the others that this coordinator lives, and forgets where dead ones have seen nodes:
     * only they could see that it is no longer true, and the map has room for few such places. The
     * coordinators' clocks need not agree. One that comes back sees its nodes again with their next
     * handshakes.
     */
    private void beat(Change change) throws SQLException {
        Sql sql = change.sql();
        if (self == 0 || !isOneOfSeveral(sql)) {
            return;
        }
        sql.run("UPDATE coordinator SET beat = ? WHERE id = ?", change.nowMs(), self);
        List<Beat> others =
                sql.list(
                        "SELECT DISTINCT candidate.coordinator AS observer,"
                                + " COALESCE(coordinator.beat, -1) AS beat FROM candidate"
                                + " LEFT JOIN coordinator ON coordinator.id ="
                                + " candidate.coordinator WHERE candidate.coordinator <> ?",
                        row -> new Beat(row.number("observer"), row.number("beat"), change.now()),
                        self);
        beats.keySet().retainAll(others.stream().map(Beat::observer).toList());
        for (Beat now : others) {
            Beat before = beats.get(now.observer());
            if (before == null || before.value() != now.value()) {
                beats.put(now.observer(), now);
            } else if (!now.since().isBefore(before.since().plus(SILENT))) {
                Candidates.forget(change, now.observer());
                beats.remove(now.observer()); // it has the whole time again when it comes back
            }
        }
    }

    void run(Change change) throws SQLException {
        beat(change);
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
