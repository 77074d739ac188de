// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.coordinator.store.PostgresExtension;
import org.wgj.coordinator.store.Store;

/** {@link AdminRoutesTest} on PostgreSQL. */
@Tag("postgresql")
class PostgresAdminRoutesTest extends AdminRoutesTest {
    @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

    @Override
    Store store() throws Exception {
        return Store.open(POSTGRES.get().newDatabase());
    }
}
