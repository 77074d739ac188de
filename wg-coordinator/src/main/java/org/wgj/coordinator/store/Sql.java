// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The statements of one transaction. It belongs to the thread that runs the transaction, and to it
 * alone. Parameters are {@code Long}, {@code Integer}, {@code Boolean} (as 0 or 1), {@code String}
 * or null.
 */
public final class Sql {
    private final Connection connection;
    private long announced = -1;

    Sql(Connection connection) {
        this.connection = connection;
    }

    /**
     * Runs a query.
     *
     * @param sql the statement, with {@code ?} for each parameter
     * @param reader makes a value of each row
     * @param parameters the parameters
     * @param <T> the values
     * @return the values, in the order of the rows
     * @throws SQLException if the database fails
     */
    public <T> List<T> list(String sql, RowReader<T> reader, Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters);
                ResultSet result = statement.executeQuery()) {
            List<T> values = new ArrayList<>();
            Row row = new Row(result);
            while (result.next()) {
                values.add(reader.read(row));
            }
            return values;
        }
    }

    /**
     * Runs a query of which the first row matters.
     *
     * @param sql the statement
     * @param reader makes a value of the row
     * @param parameters the parameters
     * @param <T> the value
     * @return the first row's value; empty if there is no row
     * @throws SQLException if the database fails
     */
    public <T> Optional<T> first(String sql, RowReader<T> reader, Object... parameters)
            throws SQLException {
        List<T> values = list(sql, reader, parameters);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }

    /**
     * Runs a query of one number, whose column is called {@code n}.
     *
     * @param sql the statement
     * @param parameters the parameters
     * @return the number; 0 if there is no row or it is NULL
     * @throws SQLException if the database fails
     */
    public long number(String sql, Object... parameters) throws SQLException {
        return first(sql, row -> row.number("n"), parameters).orElse(0L);
    }

    /**
     * Runs a statement that changes rows.
     *
     * @param sql the statement
     * @param parameters the parameters
     * @return how many rows it changed
     * @throws SQLException if the database fails
     */
    public int run(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    /**
     * Tells the other users of the database, once this transaction has committed, which commit it
     * was.
     *
     * @param commit the number of the commit, at least 0
     */
    public void announce(long commit) {
        announced = commit;
    }

    /** Returns the commit to announce; negative if there is none. */
    long announced() {
        return announced;
    }

    /**
     * Returns the connection, for what this class has no method for.
     *
     * @return the transaction's connection; the caller neither commits nor closes it
     */
    Connection connection() {
        return connection;
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < parameters.length; i++) {
                set(statement, i + 1, parameters[i]);
            }
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
        return statement;
    }

    private static void set(PreparedStatement statement, int index, Object value)
            throws SQLException {
        switch (value) {
            case null -> statement.setNull(index, Types.NULL);
            case Long number -> statement.setLong(index, number);
            case Integer number -> statement.setLong(index, number);
            case Boolean flag -> statement.setLong(index, flag ? 1 : 0);
            case String text -> statement.setString(index, text);
            default -> throw new IllegalArgumentException("no parameter: " + value.getClass());
        }
    }
}
