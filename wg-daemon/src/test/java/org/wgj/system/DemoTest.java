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
    void withoutRootTwoProcessesHaveATunnel() {
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
        String page = "hello from process \\d+ at 10.0.0.2";
        assertEquals(3, result.out().split(page, -1).length, result::toString);
        assertTrue(result.out().contains("==> curl --proxy socks5h://"), result::toString);
        assertTrue(
                result.out().matches("(?s).*SOCKS5 proxy: [1-9]\\d* Mbit/s.*"), result::toString);
        assertTrue(result.out().contains("sudo bin/wgj demo"), result::toString);
        assertEquals("", host.sh("pgrep -f 'demo --pee[r]' || true"), "the other process ended");
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
