// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.flywaydb.core.Flyway;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** A database as an earlier version made it, with a row in each table that changed since. */
final class OldSchema {
    private OldSchema() {}

    static void make(Engine engine, String version) throws SQLException {
        Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(engine.dataSource())
                .locations(Migrations.LOCATION)
                .loggers(FlywayLog.class.getName())
                .table(Migrations.TABLE)
                .target(version)
                .load()
                .migrate();
        Connection connection = engine.take();
        try {
            Sql sql = new Sql(connection);
            sql.run(
                    "INSERT INTO coordinator (id, public_key, endpoints, relay)"
                            + " VALUES (1, 'k', '192.0.2.1:51820', 1)");
            sql.run(
                    "INSERT INTO node (id, name, state, relay, stock, ephemeral, joined,"
                            + " last_contact) VALUES (1, 'web', 'member', 0, 0, 0, 0, 0)");
            sql.run(
                    "INSERT INTO candidate (node, plane, kind, position, endpoint)"
                            + " VALUES (1, 'wg0', 'STATIC', 0, '192.0.2.9:51820')");
            connection.commit();
        } finally {
            engine.give(connection);
        }
    }

    /** The row of {@code candidate}, which has an unknown coordinator, and that one's beat. */
    static List<String> rows(Store store) throws IOException {
        return store.read(
                sql ->
                        sql.list(
                                "SELECT endpoint, beat FROM candidate, coordinator"
                                        + " WHERE candidate.coordinator IS NULL",
                                row -> row.text("endpoint") + " " + row.number("beat")));
    }
}
