// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.wgj.coordinator.store.Postgres;
import org.wgj.coordinator.store.Store;

/** {@link AdminRoutesTest} on PostgreSQL. */
@Tag("postgresql")
class PostgresAdminRoutesTest extends AdminRoutesTest {
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
    Store store() throws Exception {
        return Store.open(postgres.newDatabase());
    }
}
