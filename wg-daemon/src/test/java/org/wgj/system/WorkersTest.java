// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Machine;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Batches that workers share at both ends arrive completely and in order. */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkersTest {
    private static final Pattern OUT_OF_ORDER = Pattern.compile("\"out_of_order\":\\s*(\\d+)");
    private static final Pattern LOST =
            Pattern.compile("\"lost_packets\":\\s*(\\d+),\\s*\"packets\":\\s*(\\d+)");

    @RegisterExtension final Lab lab = new Lab();

    private Machine left;
    private Machine right;

    @BeforeAll
    void connect() {
        OnlyOurs.assume("wireguard-go has a setting of its own");
        Tunnel tunnel =
                Tunnel.between(
                        lab,
                        Implementation.WGJ,
                        Implementation.WGJ,
                        Map.of("WGJ_JAVA_OPTS", "-Dwgj.workers=2"));
        tunnel.configure(Initiator.EITHER, Carrier.IPV4);
        left = tunnel.left().machine();
        right = tunnel.right().machine();
        Traffic.serve(right);
        Traffic.ping(left, "10.9.0.2");
    }

    @Test
    void tcpSeesNoReordering() {
        Traffic.stream(left, "10.9.0.2", 3, "-P 2");
        Traffic.tcpBack(left, "10.9.0.2", 3);
        for (Machine machine : List.of(left, right)) {
            // The segments that TCP inside the tunnel found to be late rather than lost.
            String late = machine.sh("nstat -asz TcpExtTCPSACKReorder TcpExtTCPTSReorder");
            assertEquals(
                    2, Pattern.compile("Reorder\\s+0\\s").matcher(late).results().count(), late);
            // Threads are made for the first batch that is shared out.
            assertEquals(
                    "2",
                    machine.sh("cat /proc/[0-9]*/task/*/comm | grep -c '^wgj-worker-[12]$'")
                            .strip());
            assertTrue(
                    Uapi.exchange((Host) machine, "wg0", "engine=1\n\n").contains("\nworkers=2\n"));
        }
    }

    /**
     * In bursts long enough for workers. Drops of a busy machine's queues are not the workers'
     * fault.
     */
    @Test
    void burstsOfUdpArriveInOrder() {
        String report =
                left.run(Command.DEADLINE, "iperf3 -J -u -l 1372 -b 40M/32 -t 3 -c 10.9.0.2")
                        .orFail()
                        .out();
        List<String> late =
                OUT_OF_ORDER.matcher(report).results().map(match -> match.group(1)).toList();
        assertTrue(!late.isEmpty() && late.stream().allMatch("0"::equals), late + report);
        List<MatchResult> lost = LOST.matcher(report).results().toList();
        assertFalse(lost.isEmpty(), report);
        for (MatchResult match : lost) {
            int sent = Integer.parseInt(match.group(2));
            assertTrue(sent > 5_000 && Integer.parseInt(match.group(1)) < sent / 2, report);
        }
    }
}
