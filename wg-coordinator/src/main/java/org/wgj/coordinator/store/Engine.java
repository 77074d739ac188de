// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

/** The difference between SQLite and PostgreSQL, except the statements. */
interface Engine extends AutoCloseable {
    /** Takes a connection without automatic commits. Blocks until there is one. */
    Connection take() throws SQLException;

    /** Gives a connection back. */
    void give(Connection connectionOrNull);

    /** Ends a transaction, so that the connection begins another one with its next statement. */
    default void rollBack(Connection taken) throws SQLException {
        taken.rollback();
    }

    /** Tells the others the commit of this transaction, which happens next. */
    void announce(Sql sql) throws SQLException;

    /** See {@link Store#listen}. */
    void listen(Runnable onCommit);

    boolean isShared();

    String name();

    /** Returns connections for the migrations. */
    DataSource dataSource();

    /** Keeps a copy of the database before its schema changes, if that is this engine's way. */
    void beforeUpgrade(String fromVersion) throws IOException, SQLException;

    @Override
    void close();
}
