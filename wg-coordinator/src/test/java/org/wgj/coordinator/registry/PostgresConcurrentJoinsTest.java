// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.coordinator.store.PostgresExtension;
import org.wgj.coordinator.store.Store;

/** {@link ConcurrentJoins} on PostgreSQL. */
@Tag("postgresql")
class PostgresConcurrentJoinsTest extends ConcurrentJoins {
    @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

    @Override
    Store open() throws Exception {
        return Store.open(POSTGRES.get().newDatabase());
    }
}
