// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Row;
import org.wgj.coordinator.store.Sql;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The audit: rows that are only ever added. Each entry's hash covers the hash of the one before,
 * and the mesh's row has the last one, so a changed, missing or cut-off entry shows. Write access
 * to the database is enough to compute new hashes: keep the last hash elsewhere to notice that.
 */
final class Audit {
    static final String START = "0".repeat(64);

    private static final int MAX_TEXT = 1_000;
    private static final int PAGE = 1_000;
    private static final String COLUMNS =
            "SELECT seq, at, actor, verb, object, was, became, hash FROM audit";

    private Audit() {}

    /** Adds an entry. Call it within a transaction that holds the mesh's row. */
    static void append(
            Sql sql, Instant now, String actor, String verb, String object, String was, String is)
            throws SQLException {
        AuditEntry last =
                sql.first(
                                "SELECT audit_seq, audit_hash FROM mesh WHERE id = 1",
                                row ->
                                        new AuditEntry(
                                                row.number("audit_seq"),
                                                now,
                                                "",
                                                "",
                                                "",
                                                "",
                                                "",
                                                row.text("audit_hash")))
                        .orElseThrow();
        AuditEntry entry =
                hashed(
                        last.hash(),
                        new AuditEntry(
                                last.seq() + 1,
                                Instant.ofEpochMilli(now.toEpochMilli()),
                                cut(actor),
                                verb,
                                cut(object),
                                cut(was),
                                cut(is),
                                ""));
        insert(sql, entry);
    }

    /** Adds entries of the same chain again, with the hashes that they have. */
    static void restore(Sql sql, List<AuditEntry> entries) throws SQLException {
        for (AuditEntry entry : entries) {
            insert(sql, entry);
        }
    }

    private static void insert(Sql sql, AuditEntry entry) throws SQLException {
        sql.run(
                "INSERT INTO audit (seq, at, actor, verb, object, was, became, hash)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                entry.seq(),
                entry.at().toEpochMilli(),
                entry.actor(),
                entry.verb(),
                entry.object(),
                entry.before(),
                entry.after(),
                entry.hash());
        sql.run(
                "UPDATE mesh SET audit_seq = ?, audit_hash = ? WHERE id = 1",
                entry.seq(),
                entry.hash());
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    /** Returns entries after a number, the oldest first, at most {@code limit}. */
    static List<AuditEntry> after(Sql sql, long seq, int limit) throws SQLException {
        return sql.list(COLUMNS + " WHERE seq > ? ORDER BY seq LIMIT ?", Audit::entry, seq, limit);
    }

    /** Returns the last entries, the newest first, at most {@code limit}. */
    static List<AuditEntry> last(Sql sql, int limit) throws SQLException {
        return sql.list(COLUMNS + " ORDER BY seq DESC LIMIT ?", Audit::entry, limit);
    }

    private static AuditEntry entry(Row row) throws SQLException {
        return new AuditEntry(
                row.number("seq"),
                Instant.ofEpochMilli(row.number("at")),
                row.text("actor"),
                row.text("verb"),
                row.text("object"),
                row.text("was"),
                row.text("became"),
                row.text("hash"));
    }

    /** Returns what is wrong with the chain; empty if nothing is. */
    static Optional<String> fault(Sql sql) throws SQLException {
        String hash = START;
        long seq = 0;
        for (List<AuditEntry> page = after(sql, seq, PAGE);
                !page.isEmpty();
                page = after(sql, seq, PAGE)) {
            for (AuditEntry entry : page) {
                if (entry.seq() != seq + 1) {
                    return Optional.of("entry " + (seq + 1) + " is missing");
                }
                if (!hashed(hash, entry).hash().equals(entry.hash())) {
                    return Optional.of(
                            "entry " + entry.seq() + " was changed after it was written");
                }
                seq = entry.seq();
                hash = entry.hash();
            }
        }
        long last = sql.number("SELECT audit_seq AS n FROM mesh WHERE id = 1");
        String lastHash =
                sql.first("SELECT audit_hash FROM mesh WHERE id = 1", r -> r.text("audit_hash"))
                        .orElse(START);
        if (last != seq) {
            return Optional.of(
                    seq < last
                            ? "the entries from " + (seq + 1) + " to " + last + " are missing"
                            : "there are entries after the last one, " + last);
        }
        return lastHash.equals(hash)
                ? Optional.empty()
                : Optional.of("the hash of the last entry is not the one that the mesh keeps");
    }

    private static AuditEntry hashed(String before, AuditEntry entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF("wgj audit 1");
            out.writeUTF(before);
            out.writeLong(entry.seq());
            out.writeLong(entry.at().toEpochMilli());
            out.writeUTF(entry.actor());
            out.writeUTF(entry.verb());
            out.writeUTF(entry.object());
            out.writeUTF(entry.before());
            out.writeUTF(entry.after());
            String hash =
                    HexFormat.of()
                            .formatHex(
                                    MessageDigest.getInstance("SHA-256")
                                            .digest(bytes.toByteArray()));
            return new AuditEntry(
                    entry.seq(),
                    entry.at(),
                    entry.actor(),
                    entry.verb(),
                    entry.object(),
                    entry.before(),
                    entry.after(),
                    hash);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
