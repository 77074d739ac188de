// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class MeshTrainingTest {
    @TempDir private Path folder;

    /** A slow machine may need more than one attempt, as the training has a time limit. */
    @Test
    void nodesJoinAndPacketsGoThroughTheRelay() {
        Await.until(
                "packets went through the relay",
                () -> {
                    try {
                        Path each = Files.createTempDirectory(folder, "mesh");
                        return MeshTraining.run(each) > 0;
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        assertTrue(folder.toFile().list().length > 0);
    }
}
