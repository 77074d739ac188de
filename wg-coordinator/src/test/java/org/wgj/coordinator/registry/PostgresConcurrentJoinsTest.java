// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.wgj.coordinator.store.Postgres;
import org.wgj.coordinator.store.Store;

/** {@link ConcurrentJoins} on PostgreSQL. */
@Tag("postgresql")
class PostgresConcurrentJoinsTest extends ConcurrentJoins {
    private static Postgres postgres;

    @BeforeAll
    static void start() throws Exception {
        postgres = Postgres.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (postgres != null) {
            postgres.close();
        }
    }

    @Override
    Store open() throws Exception {
        return Store.open(postgres.newDatabase());
    }
}
