// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.store.Store;

import java.io.IOException;
import java.nio.file.Path;

/** {@link ConcurrentJoins} on a file of SQLite. */
class SqliteConcurrentJoinsTest extends ConcurrentJoins {
    @TempDir Path folder;

    @Override
    Store open() throws IOException {
        return Store.openFile(folder.resolve("store.db"));
    }
}
