// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** Examples need no right, and no TUN device. */
@Tag("root")
class UnprivilegedTest {
    @TempDir Path folder;

    @Test
    void itRunsAsNobodyWithoutATunDevice() throws Exception {
        assertEquals(
                List.of("user nobody, /dev/net/tun is missing", "packet arrived"),
                AsNobody.run(folder, "Unprivileged"));
    }

    /** Sockets through a tunnel: the network stack needs no right either. */
    @Test
    void socketsOfATunnelWorkAsNobodyWithoutATunDevice() throws Exception {
        assertEquals(
                List.of("hello 10.0.0.2, your key is known: true"),
                AsNobody.runNet(folder, "PlainSockets"));
    }
}
