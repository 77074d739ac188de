// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A {@link Postgres} for all tests of a class, which registers this in a static field. */
public final class PostgresExtension implements BeforeAllCallback, AfterAllCallback {
    private Postgres postgres; // null if PostgreSQL is not installed

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        postgres = Postgres.start();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (postgres != null) {
            postgres.close();
        }
    }

    /** Returns the server, while the tests of the class run. */
    public Postgres get() {
        return postgres;
    }
}
