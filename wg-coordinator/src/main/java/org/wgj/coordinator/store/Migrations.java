// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

import java.io.IOException;
import java.sql.SQLException;

/**
 * Brings the schema of a database up to date. The statements are the same for both engines, and lie
 * beside this class as {@code VN__what.sql}.
 */
final class Migrations {
    static final String LOCATION = "classpath:org/wgj/coordinator/store";
    static final String TABLE = "wgj_schema";

    /** PostgreSQL's code for a missing privilege. */
    private static final String MAY_NOT = "42501";

    private Migrations() {}

    /**
     * Applies the migrations that are missing.
     *
     * @throws IOException if a newer wgj wrote the database, or if it is not a wgj database
     */
    static void run(Engine engine) throws IOException {
        run(engine, LOCATION);
    }

    /** The same from other places, for tests of an upgrade. */
    static void run(Engine engine, String... locations) throws IOException {
        Flyway flyway =
                Flyway.configure(Migrations.class.getClassLoader())
                        .dataSource(engine.dataSource())
                        .locations(locations)
                        .loggers(FlywayLog.class.getName())
                        .table(TABLE)
                        .ignoreMigrationPatterns("*:future") // refused below, in our words
                        .load();
        try {
            MigrationInfo current = flyway.info().current();
            if (current != null) {
                refuseNewer(engine, flyway, current.getVersion());
                if (flyway.info().pending().length > 0) {
                    engine.beforeUpgrade(current.getVersion().toString());
                }
            }
            flyway.migrate();
        } catch (FlywayException | SQLException e) {
            throw new StoreException(
                    engine.name() + ": the schema cannot be brought up to date: " + text(e), e);
        }
    }

    private static void refuseNewer(Engine engine, Flyway flyway, MigrationVersion version)
            throws IOException {
        MigrationVersion newest = MigrationVersion.EMPTY;
        for (MigrationInfo known : flyway.info().all()) {
            if (known.getState().isResolved() && newest.compareTo(known.getVersion()) < 0) {
                newest = known.getVersion();
            }
        }
        if (version.compareTo(newest) > 0) {
            throw new StoreException(
                    engine.name()
                            + ": a newer wgj wrote this store (schema "
                            + version
                            + ", this one knows up to "
                            + newest
                            + "): install that version, or go back to the copy that it made"
                            + " before its upgrade");
        }
    }

    /** Flyway's own message is many lines about the migration. */
    private static String text(Exception e) {
        Throwable at = e;
        while (at.getCause() != null && !(at instanceof SQLException)) {
            at = at.getCause();
        }
        if (at instanceof SQLException failure) {
            return Store.firstLine(failure)
                    + (MAY_NOT.equals(failure.getSQLState())
                            ? ": make the user the database's owner, or as its owner: GRANT CREATE"
                                    + " ON SCHEMA public TO the user"
                            : "");
        }
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
