// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Await;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.NodeFolder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class MeshTrainingTest {
    @TempDir private Path folder;

    private volatile Path last;

    /** A slow machine may need more than one attempt, as the training has a time limit. */
    @Test
    void nodesJoinAndPacketsGoThroughTheRelay() throws IOException {
        Await.until(
                "packets went through the relay",
                () -> {
                    try {
                        last = Files.createTempDirectory(folder, "mesh");
                        return MeshTraining.run(last) > 0;
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        for (String name : List.of("a", "b")) {
            Identity identity = IdentityFile.read(new NodeFolder(last.resolve(name))).orElseThrow();
            assertNotNull(identity.memberOrNull(), name + " has joined");
        }
    }
}
