// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

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
                host.run(Command.DEADLINE, Repository.folder().resolve("bin/wgj") + " demo");
        assertEquals(0, result.exit(), result::toString);
        assertEquals("", result.err());
        assertTrue(result.out().contains("latest handshake"), result::toString);
    }

    @Test
    void withoutRootTheDemoOfAMeshSaysWhatIsMissing() {
        Host host = lab.host("host-of-a-user");
        Command.Result result =
                host.run(
                        "cd / && setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
                                + " --bounding-set=-all env HOME=/nonexistent "
                                + OpenCopy.of(host)
                                + " demo mesh");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("sudo bin/wgj demo mesh"), result::toString);
        assertTrue(result.err().contains("join --userspace"), result::toString);
    }

    /** It says itself that all pairs answer each time; otherwise it fails. */
    @Test
    void asRootAMeshOfFiveNodesOutlivesItsCoordinatorAndLeavesNothing() throws Exception {
        Host host = lab.host("mesh");
        String demo = Repository.folder().resolve("bin/wgj") + " demo mesh";
        Command.Result result = host.run(Duration.ofMinutes(10), demo);
        assertEquals(0, result.exit(), result::toString);
        assertEquals("", result.err());
        assertEquals(4, result.out().split("20 of 20 answer", -1).length, "three times: " + result);
        assertTrue(result.out().contains("10 of 10 links up"), result::toString);
        assertTrue(result.out().contains("0 relay, 0 broken"), result::toString);
        Await.until("nothing is left", () -> isNothingLeft(host));

        // Stopped in the midst of it. A shell could not heed a signal that its caller ignores.
        Process stopped =
                host.start(List.of("env", "--default-signal=INT", "bash", "-c", "exec " + demo));
        var said = stopped.inputReader(StandardCharsets.UTF_8);
        String line = said.readLine();
        while (line != null && !line.contains("web-1 joined")) {
            line = said.readLine();
        }
        assertTrue(line != null, "the demo ended too early");
        host.sh("kill -INT $(pgrep -f 'bin/wgj demo [m]esh' | head -n 1)");
        Await.until("nothing is left", () -> isNothingLeft(host));
        stopped.waitFor();
    }

    /** The network namespaces of processes: the host's first, and the two sides of the demo. */
    private static boolean isNothingLeft(Host host) {
        return host.sh("pgrep -c -f '[b]in/java|sleep infinit[y]|demo [m]esh' || true")
                        .strip()
                        .equals("0")
                && host.sh("ip -br link").lines().count() == 1;
    }
}
