// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.sql.ResultSet;
import java.sql.SQLException;

/** The current row of a result. It is valid until its reader returns. */
public final class Row {
    private final ResultSet result;

    Row(ResultSet result) {
        this.result = result;
    }

    /**
     * Returns a column as text.
     *
     * @param column its name
     * @return its text; null for NULL
     * @throws SQLException if the database fails
     */
    public String text(String column) throws SQLException {
        return result.getString(column);
    }

    /**
     * Returns a column as a number.
     *
     * @param column its name
     * @return its value; 0 for NULL
     * @throws SQLException if the database fails
     */
    public long number(String column) throws SQLException {
        return result.getLong(column);
    }

    /**
     * Returns a column as a number that may be missing.
     *
     * @param column its name
     * @return its value; null for NULL
     * @throws SQLException if the database fails
     */
    public Long numberOrNull(String column) throws SQLException {
        long value = result.getLong(column);
        return result.wasNull() ? null : value;
    }

    /**
     * Returns a column that holds 0 or 1.
     *
     * @param column its name
     * @return whether it is not 0
     * @throws SQLException if the database fails
     */
    public boolean flag(String column) throws SQLException {
        return result.getLong(column) != 0;
    }
}
