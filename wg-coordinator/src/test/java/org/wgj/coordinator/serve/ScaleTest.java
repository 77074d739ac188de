// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** {@link Scale} with 100 nodes. The memory of maps grows with them, so less is allowed. */
class ScaleTest {
    @TempDir Path folder;

    @Test
    void aHundredNodesStayWithinTheirLimits() throws Exception {
        try (Scale scale = new Scale(folder, 100, 200 << 10)) {
            scale.run();
        }
    }
}
