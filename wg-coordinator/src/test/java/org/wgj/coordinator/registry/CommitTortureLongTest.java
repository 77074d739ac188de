// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** {@link CommitTortureTest} with 200 kills, which takes some ten minutes. */
@Tag("slow")
class CommitTortureLongTest {
    @TempDir Path folder;

    @Test
    void noAcknowledgedJoinIsLostInTwoHundredKills() throws Exception {
        CommitTortureTest.torture(folder.resolve("store.db"), 200);
    }
}
