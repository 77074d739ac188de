// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.sql.SQLException;

/**
 * Makes a value of the current row of a result.
 *
 * @param <T> the value
 */
@FunctionalInterface
public interface RowReader<T> {
    /**
     * Reads one row.
     *
     * @param row the current row
     * @return its value, not null
     * @throws SQLException if the database fails
     */
    T read(Row row) throws SQLException;
}
