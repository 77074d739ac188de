// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Dump;
import org.wgj.lab.Host;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

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

    private static final Set<String> DIRECT = Set.of("direct", "lan");

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

    /** Drops what comes from the first address of a node by another way than a relay. */
    private static void cut(MeshLab.Node node, int number) {
        node.host()
                .sh(
                        "nft add table inet cut && nft 'add chain inet cut in { type filter hook"
                                + " input priority 0; }' && nft add rule inet cut in ip saddr"
                                + " 203.0.113.%d drop",
                        number);
    }

    private static String path(MeshLab.Node node, String name) {
        JsonObject own = node.status().getAsJsonObject("node");
        for (var each : own.getAsJsonArray("peers")) {
            JsonObject peer = each.getAsJsonObject();
            if (peer.get("name").getAsString().equals(name)) {
                return peer.getAsJsonObject("link").get("path").getAsString();
            }
        }
        return "none";
    }

    /** Sends 100 packets a second, each of which is answered. */
    private static void startPing(Host from, String address, String name) {
        from.sh(
                "ping -n -i 0.01 -W 5 %s >/run/ping-%s 2>&1 </dev/null & echo $! >/run/pid-%s",
                address, name, name);
        Await.until("a first answer", () -> !answers(from, name).isEmpty());
    }

    private static List<Integer> answers(Host host, String name) {
        String numbers =
                host.run("grep 'bytes from' /run/ping-%s | grep -o 'seq=[0-9]*'".formatted(name))
                        .out();
        return numbers.lines().map(line -> Integer.valueOf(line.substring(4))).toList();
    }

    /** Ends a ping; returns the numbers that were not answered, as far as a later one was. */
    private static List<Integer> lost(Host host, String name) {
        host.sh("kill -INT $(cat /run/pid-%s)", name);
        Await.until(
                "the ping has ended",
                () -> host.run("grep -q transmitted /run/ping-%s".formatted(name)).exit() == 0);
        List<Integer> answers = answers(host, name);
        int last = Collections.max(answers);
        assertTrue(last > 200, () -> "a few packets only: " + last);
        List<Integer> lost = new ArrayList<>(IntStream.rangeClosed(1, last).boxed().toList());
        lost.removeAll(new HashSet<>(answers));
        return lost;
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
        cut(c, 11);
        cut(b, 12);
        c.join("--name c " + token).orFail();
        String key = c.wgj("show wg0 public-key").orFail().out();
        Await.until("c and b are on a relay", () -> path(c, "b").equals("relay"));
        Await.until("c and a are not", () -> DIRECT.contains(path(c, "a")));
        startPing(a.host(), "10.77.0.3", "others");
        startPing(c.host(), "10.77.0.2", "direct");
        startPing(c.host(), "10.77.0.3", "relayed");
        Command.Result rotated = mesh.admin("rotate-key c --wait 60").orFail();
        assertTrue(rotated.err().contains("no change of keys is under way"), rotated::toString);
        assertFalse(c.wgj("show wg0 public-key").orFail().out().contains(key.strip()));
        assertEquals(List.of(), lost(a.host(), "others"), "between nodes that keep their keys");
        assertEquals(List.of(), lost(c.host(), "direct"));
        assertEquals(List.of(), lost(c.host(), "relayed"));
        assertEquals("relay", path(c, "b"));

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
