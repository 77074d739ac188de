// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

/** {@link Scale} with 1,000 nodes; {@code bin/mesh-scale} runs it and shows the figures. */
@Tag("slow")
class ScaleLongTest {
    @TempDir Path folder;

    @Test
    void aThousandNodesStayWithinTheirLimits() throws Exception {
        try (Scale scale = new Scale(folder, 1_000, 300 << 10)) {
            scale.run();
            Path figures = Path.of("target", "scale", "simulated.md");
            Files.createDirectories(figures.getParent());
            Files.writeString(figures, scale.figures());
        }
    }
}
