// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.io.IOException;
import java.sql.SQLException;

/**
 * The work of one transaction.
 *
 * @param <T> its result
 */
@FunctionalInterface
public interface Work<T> {
    /**
     * Does the work. An exception undoes all of it.
     *
     * @param sql the transaction's statements
     * @return the result
     * @throws SQLException if the database fails
     * @throws IOException to undo the work for a reason of the caller's own
     */
    T run(Sql sql) throws SQLException, IOException;
}
