// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code wgj demo}, as a user without root and as root. */
@Tag("root")
class DemoTest {
    @RegisterExtension static final Lab lab = new Lab();

    @Test
    void withoutRootTwoTunnelsCarryPings() {
        Host host = lab.host("host");
        String wgj = OpenCopy.of(host);
        Command.Result result =
                host.run(
                        "cd / && setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
                                + " --bounding-set=-all env HOME=/nonexistent "
                                + wgj
                                + " demo");
        assertEquals(0, result.exit(), result::toString);
        assertEquals("", result.err());
        assertTrue(result.out().contains("64 bytes from 10.0.0.2: seq=5"), result::toString);
        assertTrue(result.out().contains("64 bytes from 10.0.0.1: seq=5"), result::toString);
        assertTrue(result.out().contains("sudo bin/wgj demo"), result::toString);
    }

    @Test
    void asRootTwoHostsAreMeasured() {
        Host host = lab.host("root");
        Command.Result result =
                host.run(
                        Command.DEADLINE, Implementation.repository().resolve("bin/wgj") + " demo");
        assertEquals(0, result.exit(), result::toString);
        assertEquals("", result.err());
        assertTrue(result.out().contains("latest handshake"), result::toString);
    }
}
