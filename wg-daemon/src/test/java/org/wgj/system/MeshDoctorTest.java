// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@code wgj mesh doctor} with the whole program on a running mesh, into which faults are brought
 * one after the other. Each must be named within {@link #NAMED} of the moment at which it is there.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshDoctorTest {
    /** Ten seconds are claimed; a busy machine has three times as long. */
    private static final Duration NAMED = Duration.ofSeconds(30);

    @RegisterExtension final Lab lab = new Lab();

    /** A finding as {@code --json} prints it. */
    private record Finding(String level, String subject, String check, String seen, String fix) {
        boolean is(String id, String wantedLevel, String about, String part) {
            return check.startsWith(id + " ")
                    && level.equals(wantedLevel)
                    && subject.equals(about)
                    && seen.contains(part);
        }
    }

    private static List<Finding> findings(Command.Result result) {
        assertTrue(result.exit() == 0 || result.exit() == 1, result::toString);
        if (result.out().isEmpty()) {
            throw new AssertionError(result.toString());
        }
        List<Finding> findings = new ArrayList<>();
        JsonObject report = JsonParser.parseString(result.out()).getAsJsonObject();
        for (JsonElement element : report.getAsJsonArray("findings")) {
            JsonObject one = element.getAsJsonObject();
            JsonElement fix = one.get("fix");
            findings.add(
                    new Finding(
                            one.get("level").getAsString(),
                            one.get("subject").getAsString(),
                            one.get("check").getAsString(),
                            one.get("seen").getAsString(),
                            fix.isJsonNull() ? "" : fix.getAsString()));
        }
        boolean failed = findings.stream().anyMatch(f -> f.level().equals("FAIL"));
        assertEquals(failed ? 1 : 0, result.exit(), result::toString);
        return findings;
    }

    private static List<Finding> ofNode(MeshLab.Node node) {
        return findings(node.wgj("mesh doctor --json --state /run/state"));
    }

    private static List<Finding> ofCoordinator(MeshLab mesh) {
        return findings(mesh.admin("doctor --json"));
    }

    private static void assertNamed(
            Supplier<List<Finding>> doctor, String id, String level, String subject, String part) {
        long beginNs = System.nanoTime();
        List<List<Finding>> last = new ArrayList<>(List.of(List.of()));
        try {
            Await.until(
                    id + " " + part,
                    NAMED,
                    () -> {
                        last.set(0, doctor.get());
                        return last.getFirst().stream()
                                .anyMatch(finding -> finding.is(id, level, subject, part));
                    });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + last.getFirst(), e);
        }
        System.out.printf(
                "%s %s: named after %.1f s%n", id, part, (System.nanoTime() - beginNs) / 1e9);
    }

    private static void assertHealthy(Supplier<List<Finding>> doctor) {
        List<List<Finding>> last = new ArrayList<>(List.of(List.of()));
        try {
            Await.until(
                    "no fault",
                    () -> {
                        last.set(
                                0,
                                doctor.get().stream()
                                        .filter(f -> !f.level().equals("PASS"))
                                        .filter(f -> !f.level().equals("SKIP"))
                                        .toList());
                        return last.getFirst().isEmpty();
                    });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + last.getFirst(), e);
        }
    }

    @Test
    void faultsOfARunningMeshAreNamed() {
        MeshLab mesh = new MeshLab(lab);
        mesh.begin("--planes");
        String token = mesh.token("--uses 2");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        a.join("--name a " + token).orFail();
        b.join("--name b " + token).orFail();
        assertHealthy(() -> ofNode(a));
        assertHealthy(() -> ofCoordinator(mesh));

        // Three faults of one machine: an exposed key, a local network in the mesh's range, and a
        // path that loses long packets and says nothing.
        a.host().sh("chmod 755 /run/state/node && chmod 644 /run/state/node/identity.json");
        a.host().sh("ip link add lan0 type bridge && ip link set lan0 up");
        a.host().sh("ip address add 10.78.5.1/24 dev lan0");
        a.host()
                .sh(
                        "nft add table inet hole && nft 'add chain inet hole out { type filter hook"
                                + " output priority 0; }' && nft add rule inet hole out ip daddr"
                                + " 203.0.113.11 meta length gt 1300 drop");
        assertNamed(() -> ofNode(a), "D11", "FAIL", "a", "packets to b longer than");
        List<Finding> three = ofNode(a);
        assertTrue(
                three.stream().anyMatch(f -> f.is("D13", "FAIL", "a", "identity.json holds keys")),
                three::toString);
        assertTrue(
                three.stream().anyMatch(f -> f.is("D8", "FAIL", "a", "10.78.5.0/24")),
                three::toString);
        a.host().sh("nft delete table inet hole && ip link del lan0");
        a.host().sh("chmod 600 /run/state/node/identity.json && chmod 700 /run/state/node");

        mesh.admin("stock laptop").orFail(); // it stays switched off

        // The guide's ruleset, which knows one port of the four.
        b.host().file("guide.nft", GUIDE_RULESET);
        b.host().sh("nft -f /run/guide.nft");
        assertNamed(() -> ofNode(b), "D18", "WARN", "b", "UDP port 51821 of wg1");
        b.host().sh("nft flush ruleset");

        // A wrong clock: the node's next report of its own has the right time again.
        assertNamed(
                () -> {
                    report(b, System.currentTimeMillis() - Duration.ofDays(1).toMillis());
                    return ofCoordinator(mesh);
                },
                "D14",
                "WARN",
                "b",
                "its clock is 24h behind the coordinator's");

        assertNamed(() -> ofNode(a), "D15", "WARN", "laptop", "has never been heard");

        // Faults that wait for an administrator.
        String many = mesh.token("--uses 40 --ttl 7d --approve");
        MeshLab.Node d = mesh.node();
        d.host()
                .sh(
                        "%s join --state /run/state --name d %s >/run/join.log 2>&1 </dev/null &",
                        Repository.folder().resolve("bin/wgj"), many);
        assertNamed(() -> ofCoordinator(mesh), "D20", "WARN", "d", "waits for approval");
        assertNamed(() -> ofCoordinator(mesh), "D20", "WARN", "mesh prod", "more machines join");

        mesh.stopServing();
        assertNamed(() -> ofNode(a), "D19", "FAIL", "a", "no coordinator answers");
    }

    /** Reports as a node does: it is known by its address in the tunnel. */
    private static void report(MeshLab.Node node, long timeMs) {
        String json = "{\"planes\":{},\"peers\":[],\"version\":\"0\",\"time_ms\":" + timeMs + "}";
        node.host()
                .sh(
                        "exec 3<>/dev/tcp/10.77.0.1/7707; printf 'POST /v1/report HTTP/1.1\\r"
                                + "\\n"
                                + "Host: 10.77.0.1\\r"
                                + "\\n"
                                + "Connection: close\\r"
                                + "\\n"
                                + "Content-Length: %d\\r"
                                + "\\n"
                                + "\\r"
                                + "\\n"
                                + "%s' >&3; head -1 <&3 | grep -q ' 20'",
                        json.length(), json);
    }

    /** The kinds of faults that a node notices by the silence of others, which takes longer. */
    @Test
    @Tag("slow")
    void closedPortsAndDeadNodesAreNamed() {
        MeshLab mesh = new MeshLab(lab);
        mesh.begin("--planes");
        String token = mesh.token("--uses 3");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node c = mesh.node();
        a.join("--name a " + token).orFail();
        b.join("--name b " + token).orFail();
        c.join("--name c " + token).orFail();
        assertHealthy(() -> ofNode(a));

        // A plane's port closed, for answers too.
        b.host()
                .sh(
                        "nft add table inet closed && nft 'add chain inet closed in { type filter"
                                + " hook input priority -1; }' && nft add rule inet closed in udp"
                                + " dport 51822 drop");
        assertNamed(() -> ofNode(b), "D18", "FAIL", "b", "51822 of wg2");
        assertNamed(() -> ofNode(a), "D18", "FAIL", "b", "nothing comes in on wg2, UDP port 51822");
        assertNamed(
                () -> ofCoordinator(mesh),
                "D18",
                "FAIL",
                "b",
                "nothing comes in on wg2, UDP port 51822");
        b.host().sh("nft delete table inet closed");
        assertHealthy(() -> ofNode(a));

        // A node that dies without a word: first its links, then it is known to be off.
        c.kill();
        long killedNs = System.nanoTime();
        Await.until(
                "c is not reached",
                NAMED,
                () ->
                        ofNode(a).stream()
                                .anyMatch(
                                        f ->
                                                f.is("D15", "FAIL", "c", "")
                                                        || f.is("D16", "FAIL", "a", "c is no")));
        System.out.printf("c named after %.1f s%n", (System.nanoTime() - killedNs) / 1e9);
        Await.until(
                "c is called off",
                Duration.ofSeconds(180),
                () -> ofCoordinator(mesh).stream().anyMatch(f -> f.is("D15", "FAIL", "c", "")));
    }

    /** A virtual machine that was copied with its state: two nodes with one key. */
    @Test
    @Tag("slow")
    void aCopiedMachineIsNamed() {
        MeshLab mesh = new MeshLab(lab);
        mesh.begin("");
        MeshLab.Node a = mesh.node();
        MeshLab.Node copy = mesh.node();
        a.join("--name a " + mesh.token("")).orFail();
        String folder = a.host().sh("tar -C /run -c state/node/identity.json | base64 -w0");
        copy.host().file("copy", folder);
        copy.host().sh("base64 -d /run/copy | tar -C /run -x && chmod 700 /run/state/node");
        copy.startAndLog();
        Await.until(
                "the copy is connected",
                Duration.ofSeconds(90),
                () -> copy.host().run("ping -c 1 -W 2 10.77.0.1").exit() == 0);
        for (MeshLab.Node each : List.of(a, copy)) { // idle ones take turns too seldom
            each.host().sh("ping -i 0.5 10.77.0.1 >/dev/null 2>&1 &");
        }
        Await.until(
                "the copy is named",
                Duration.ofSeconds(180),
                () ->
                        ofCoordinator(mesh).stream()
                                .anyMatch(
                                        f -> f.is("D4", "FAIL", "a", "two machines use its key")));
    }

    private static final String GUIDE_RULESET =
            """
            table inet filter {
              chain input {
                type filter hook input priority 0; policy drop;
                ct state established,related accept
                iifname "lo" accept
                udp dport 51820 accept
                iifname "wg1" tcp dport 22 accept
                iifname "wg*" icmp type echo-request accept
                log prefix "nft-drop: " drop
              }
            }
            """;

    @Test
    void mistakesAreNamed() {
        MeshLab mesh = new MeshLab(lab);
        MeshLab.Node a = mesh.node();
        assertMistake(a.wgj("mesh doctor --state /run/none"), "neither a node nor a coordinator");
        assertMistake(a.wgj("mesh doctor /run/none"), "there is no such folder");
        assertMistake(a.wgj("mesh doctor /etc/hostname"), "this is a file");
        assertMistake(a.wgj("mesh doctor /run"), "there is no file NAME.conf");
        a.host().sh("install -d -m 700 /run/closed && touch /run/closed/a.conf");
        String other =
                "setpriv --reuid 65534 --regid 65534 --clear-groups " + OpenCopy.of(a.host());
        assertMistake(
                a.host().run(Duration.ofSeconds(60), other + " mesh doctor /run/closed"),
                "cannot be read: try sudo");
        a.host()
                .sh(
                        "install -d /run/alone && printf '[Interface]\\nPrivateKey = %s\\n'"
                                + " >/run/alone/a.conf && cp /run/alone/a.conf /run/alone/b.conf",
                        KeyPair.generate().privateKey());
        Command.Result noMesh = a.wgj("mesh doctor /run/alone");
        assertEquals(1, noMesh.exit(), noMesh::toString);
        assertTrue(noMesh.out().contains("this is no mesh"), noMesh::toString);

        mesh.begin("");
        mesh.stopServing();
        assertMistake(mesh.admin("doctor"), "the coordinator does not run: wgj mesh serve");
        mesh.serve();
        a.join("--name a " + mesh.token("")).orFail();
        assertMistake(
                a.host().run(Duration.ofSeconds(60), other + " mesh doctor --state /run/state"),
                "only its owner root and root may look into it: try sudo");
        assertMistake(
                a.wgj("mesh doctor --state /run/state web-9"),
                "no node of this mesh has this name");
        a.kill();
        assertMistake(a.wgj("mesh doctor --state /run/state"), "the node does not run: wgj join");
    }

    private static void assertMistake(Command.Result result, String message) {
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains(message), result::toString);
        assertEquals(1, result.err().lines().count(), result::toString);
    }
}
