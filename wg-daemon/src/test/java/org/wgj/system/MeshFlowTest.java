// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Dump;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What 100 packets a second between nodes of a mesh notice of other nodes that come and go, of new
 * keys, and of a coordinator that is off.
 */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshFlowTest {
    /** A session is renewed when it is 120 s old; its beginning is known in whole seconds. */
    private static final int RENEWED_S = 118;

    @RegisterExtension final Lab lab = new Lab();

    private MeshLab mesh(String options) {
        MeshLab mesh = new MeshLab(lab);
        mesh.begin(options);
        return mesh;
    }

    @Test
    void othersKeepTheirSessionsAndPacketsWhileNodesComeAndGo()
            throws IOException, InterruptedException {
        comeAndGo(3);
    }

    /** Takes five minutes. */
    @Test
    @Tag("slow")
    void fiftyJoinsAndLeavesCostOthersNothing() throws IOException, InterruptedException {
        comeAndGo(50);
    }

    private void comeAndGo(int rounds) throws IOException, InterruptedException {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses " + (rounds + 2));
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node c = mesh.node();
        a.joinOrAskAgain("--name a " + token);
        b.joinOrAskAgain("--name b " + token);
        a.host().sh("ping -c 3 -i 0.3 -W 5 10.77.0.3");
        String keyOfA = a.wgj("show wg0 public-key").orFail().out().strip();
        List<Long> sessions = new ArrayList<>(List.of(sessionBegan(b, keyOfA)));
        Flow flow = new Flow(a.host(), b.host(), "10.77.0.3");
        for (int round = 0; round < rounds; round++) {
            c.joinOrAskAgain("--name c" + round + " " + token);
            c.leave().orFail();
            long began = sessionBegan(b, keyOfA);
            if (began != sessions.getLast()) {
                assertTrue(began - sessions.getLast() >= RENEWED_S, sessions + " " + began);
                sessions.add(began);
            }
        }
        assertEquals(0, lost(flow));
        System.out.println(rounds + " joins and leaves; sessions began at " + sessions);
    }

    /** Returns when a node's session with a peer began, in seconds since 1970. */
    private static long sessionBegan(MeshLab.Node node, String peer) {
        return Dump.parse(node.host().sh("wg show wg0 dump")).peer(peer).latestHandshake();
    }

    private static int lost(Flow flow) throws IOException, InterruptedException {
        Flow.Count count = flow.end();
        assertTrue(count.received() > 50, count::toString);
        return count.lost();
    }

    @Test
    void keysChangeWhilePacketsFlow() throws IOException, InterruptedException {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 3");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node c = mesh.node();
        a.join("--name a " + token).orFail();
        b.join("--name b " + token).orFail();
        c.join("--name c " + token).orFail();
        String key = c.wgj("show wg0 public-key").orFail().out();
        Flow others = new Flow(a.host(), b.host(), "10.77.0.3");
        Flow from = new Flow(c.host(), a.host(), "10.77.0.2");
        Flow to = new Flow(b.host(), c.host(), "10.77.0.4");
        Command.Result rotated = mesh.admin("rotate-key c --wait 60").orFail();
        assertTrue(rotated.err().contains("no change of keys is under way"), rotated::toString);
        c.host().sh("ping -c 3 -i 0.3 -W 5 10.77.0.2");
        b.host().sh("ping -c 3 -i 0.3 -W 5 10.77.0.4");
        assertFalse(c.wgj("show wg0 public-key").orFail().out().contains(key.strip()));
        assertEquals(0, lost(others), "between nodes that keep their keys");
        assertTrue(lost(to) < 100, "to the node: its old sessions receive");
        assertTrue(lost(from) < 1_500, "from the node: two repetitions of a handshake");

        // All at once, and one that is switched off changes its key when it comes back.
        c.kill();
        Command.Result all = mesh.admin("rotate-key --all --wait 1");
        assertEquals(2, all.exit(), all::toString);
        assertTrue(all.out().contains("asked: the node makes a key"), all::toString);
        c.join("").orFail();
        mesh.admin("rotate-key --wait 60").orFail();
        Await.until("c reaches all", () -> c.reaches(2));
        Await.until("a reaches all", () -> a.reaches(2));
        Traffic.ping(c.host(), "10.77.0.2");
        String audit = mesh.admin("audit").orFail().out();
        assertEquals(4, audit.lines().filter(line -> line.contains(": rotated node:")).count());
    }

    /** Takes three minutes. */
    @Test
    @Tag("slow")
    void twoMinutesWithoutTheCoordinatorCostNoPacket() throws IOException, InterruptedException {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 3");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node c = mesh.node();
        a.joinOrAskAgain("--name a " + token);
        b.joinOrAskAgain("--name b " + token);
        c.joinOrAskAgain("--name c " + token);
        Traffic.ping(a.host(), "10.77.0.3");
        mesh.stopServing();
        Flow flow = new Flow(a.host(), b.host(), "10.77.0.3");
        c.kill();
        Thread.sleep(Duration.ofMinutes(1));
        assertEquals(2, c.join("--wait 3").exit()); // no coordinator answers
        Await.until("c reaches a and b", () -> c.reaches(2));
        Traffic.ping(c.host(), "10.77.0.2");
        Thread.sleep(Duration.ofMinutes(1));
        Traffic.ping(c.host(), "10.77.0.3");
        assertEquals(0, lost(flow));
    }
}
