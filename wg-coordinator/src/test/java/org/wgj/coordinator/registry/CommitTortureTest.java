// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.store.Store;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A coordinator that is killed while it commits: the store opens each time, and no acknowledged
 * join is lost.
 */
class CommitTortureTest {
    @TempDir Path folder;

    @Test
    void noAcknowledgedJoinIsLostWhenTheProcessIsKilled() throws Exception {
        torture(folder.resolve("store.db"), 6);
    }

    static void torture(Path file, int kills) throws Exception {
        Meshes.create(Store.openFile(file), Meshes.plan(false), InstantSource.system()).close();
        Set<String> acknowledged = new HashSet<>();
        for (int kill = 0; kill < kills; kill++) {
            acknowledged.addAll(
                    JoiningProcess.killedAfter(
                            file.toString(), 1 + ThreadLocalRandom.current().nextInt(10)));
            check(file, acknowledged);
        }
        assertTrue(acknowledged.size() >= kills);
    }

    private static void check(Path file, Set<String> acknowledged) throws Exception {
        try (Registry registry = Registry.open(Store.openFile(file), InstantSource.system())) {
            Set<String> names = new HashSet<>();
            for (NodeInfo node : registry.nodes(false)) {
                names.add(node.name());
                assertEquals(node.mapNode(), registry.snapshot().map().nodes().get(node.id()));
            }
            assertTrue(names.containsAll(acknowledged), "a join was lost");
            assertEquals(Optional.empty(), registry.auditFault());
        }
    }
}
