// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.Version;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The portability tests run with an old Netty. */
class NettyVersionTest {
    @Test
    void theVersionThatIsAdvisedIsTheOneOfTheTests() {
        assertEquals(
                Version.identify().get("netty-transport").artifactVersion(), NettyVersion.TESTED);
    }

    @Test
    void theDocumentNamesIt() throws IOException {
        String document = Files.readString(Path.of("../docs/library.md"));
        assertTrue(document.contains("<netty.version>" + NettyVersion.TESTED));
        assertTrue(document.contains("netty-bom:" + NettyVersion.TESTED));
    }

    @Test
    void thatVersionIsAccepted() {
        assertDoesNotThrow(NettyVersion::check);
    }
}
