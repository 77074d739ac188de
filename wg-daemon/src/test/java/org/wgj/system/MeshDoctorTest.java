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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * {@code wgj mesh doctor} with the whole program on a running mesh, into which faults are brought
 * one after the other. It is run once as soon as a fault is there, and must name it then.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshDoctorTest {
    /** Ten seconds are claimed; on a busy machine the programs alone may take as long. */
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

    private static List<Finding> assertNamed(
            Supplier<List<Finding>> doctor, String id, String level, String subject, String part) {
        long beginNs = System.nanoTime();
        List<Finding> all = doctor.get();
        Duration took = Duration.ofNanos(System.nanoTime() - beginNs);
        assertTrue(
                all.stream().anyMatch(finding -> finding.is(id, level, subject, part)),
                () -> id + " " + part + ": " + all);
        System.out.printf("%s %s: named after %.1f s%n", id, part, took.toMillis() / 1e3);
        assertTrue(took.compareTo(NAMED) < 0, took::toString);
        return all;
    }

    private static void assertHealthy(Supplier<List<Finding>> doctor) {
        List<List<Finding>> last = new ArrayList<>(List.of(List.of()));
        try {
            Await.until(
                    "no fault",
                    Duration.ofSeconds(90),
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
        List<Finding> three =
                assertNamed(() -> ofNode(a), "D11", "FAIL", "a", "packets to b longer than");
        assertTrue(
                three.stream().anyMatch(f -> f.is("D13", "FAIL", "a", "identity.json holds keys")),
                three::toString);
        assertTrue(
                three.stream().anyMatch(f -> f.is("D8", "FAIL", "a", "10.78.5.0/24")),
                three::toString);
        a.host().sh("nft delete table inet hole && ip link del lan0");
        a.host().sh("chmod 600 /run/state/node/identity.json && chmod 700 /run/state/node");

        // The guide's ruleset, which knows one port of the four.
        b.host().file("guide.nft", GUIDE_RULESET);
        b.host().sh("nft -f /run/guide.nft");
        assertNamed(() -> ofNode(b), "D18", "WARN", "b", "UDP port 51821 of wg1");
        b.host().sh("nft flush ruleset");

        // A wrong clock, told once a second, as the node's own reports have the right time; and a
        // stock peer that stays switched off.
        mesh.admin("stock laptop").orFail();
        reportFor(b, 12, System.currentTimeMillis() - Duration.ofDays(1).toMillis());
        List<Finding> both =
                assertNamed(
                        () -> ofCoordinator(mesh),
                        "D14",
                        "WARN",
                        "b",
                        "its clock is 24h behind the coordinator's");
        assertTrue(
                both.stream().anyMatch(f -> f.is("D15", "WARN", "laptop", "has never been heard")),
                both::toString);

        // Faults that wait for an administrator.
        String many = mesh.token("--uses 40 --ttl 7d --approve");
        MeshLab.Node d = mesh.node();
        d.host()
                .sh(
                        "%s join --state /run/state --name d %s >/run/join.log 2>&1 </dev/null &",
                        Repository.folder().resolve("bin/wgj"), many);
        Await.until(
                "d waits",
                Duration.ofSeconds(60),
                () -> d.host().run("grep -q 'waiting until an' /run/join.log").exit() == 0);
        List<Finding> open =
                assertNamed(() -> ofCoordinator(mesh), "D20", "WARN", "d", "waits for approval");
        assertTrue(
                open.stream().anyMatch(f -> f.is("D20", "WARN", "mesh prod", "more machines join")),
                open::toString);

        mesh.stopServing();
        assertNamed(() -> ofNode(a), "D19", "FAIL", "a", "no coordinator answers");
    }

    /** Reports each second, as a node does: it is known by its address in the tunnel. */
    private static void reportFor(MeshLab.Node node, int seconds, long timeMs) {
        String json = "{\"planes\":{},\"peers\":[],\"version\":\"0\",\"time_ms\":" + timeMs + "}";
        String request =
                "POST /v1/report HTTP/1.1\r\n"
                        + "Host: 10.77.0.1\r\n"
                        + "Connection: close\r\n"
                        + "Content-Length: "
                        + json.length()
                        + "\r\n\r\n"
                        + json;
        node.host().file("report", request);
        node.host().file("report.sh", REPORT);
        node.host().sh("bash /run/report.sh 1");
        node.host().sh("bash /run/report.sh %d >/dev/null 2>&1 </dev/null &", seconds);
    }

    private static final String REPORT =
            """
            set -e
            for ((i = 0; i < $1; i++)); do
                exec 3<>/dev/tcp/10.77.0.1/7707
                cat /run/report >&3
                head -1 <&3 | grep -q " 20"
                exec 3>&-
                sleep 1
            done
            """;

    /** The kinds of faults that a node notices by the silence of others. */
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
        close(b, 51822);
        String silent = "nothing comes in on wg2, UDP port 51822";
        assertNamed(() -> ofCoordinator(mesh), "D18", "FAIL", "b", silent);
        assertNamed(() -> ofNode(b), "D18", "FAIL", "b", "51822 of wg2");
        assertNamed(() -> ofNode(a), "D18", "FAIL", "b", silent);
        b.host().sh("nft delete table inet closed");
        assertHealthy(() -> ofNode(a));

        // A node that dies without a word.
        c.kill();
        assertNamed(() -> ofCoordinator(mesh), "D15", "FAIL", "c", "no other node reaches it");

        // The same faults while somebody looks at the matrix.
        close(b, 51823);
        assertShown(mesh, "wg3", "a", "b");
        b.kill();
        assertShown(mesh, "wg0", "a", "b");
    }

    private static void close(MeshLab.Node node, int port) {
        node.host()
                .sh(
                        "nft add table inet closed && nft 'add chain inet closed in { type filter"
                                + " hook input priority -1; }' && nft add rule inet closed in udp"
                                + " dport %d drop",
                        port);
    }

    /** Looks at the matrix again and again until it shows that a link is broken, and why. */
    private static void assertShown(MeshLab mesh, String plane, String from, String to) {
        long beginNs = System.nanoTime();
        Await.until(
                "%s: %s to %s is broken".formatted(plane, from, to),
                NAMED,
                () -> isBroken(mesh.admin("status --json").out(), plane, from, to));
        System.out.printf(
                "%s broken: shown after %.1f s%n", plane, (System.nanoTime() - beginNs) / 1e9);
    }

    private static boolean isBroken(String status, String plane, String from, String to) {
        JsonObject mesh = JsonParser.parseString(status).getAsJsonObject().getAsJsonObject("mesh");
        Map<Long, String> names = new HashMap<>();
        for (JsonElement node : mesh.getAsJsonArray("nodes")) {
            JsonObject one = node.getAsJsonObject();
            names.put(one.get("id").getAsLong(), one.get("name").getAsString());
        }
        for (JsonElement link : mesh.getAsJsonArray("links")) {
            JsonObject other = link.getAsJsonObject().getAsJsonObject("to");
            if (names.get(link.getAsJsonObject().get("from").getAsLong()).equals(from)
                    && names.get(other.get("id").getAsLong()).equals(to)
                    && other.get("plane").getAsString().equals(plane)
                    && other.get("path").getAsString().equals("broken")) {
                return other.get("reason").getAsString().equals("timeout");
            }
        }
        return false;
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
        assertNamed(() -> ofCoordinator(mesh), "D4", "FAIL", "a", "two machines use its key");
    }

    /** No other node can say that it is dead. */
    @Test
    @Tag("slow")
    void theOnlyNodeThatDiesIsNamed() {
        MeshLab mesh = new MeshLab(lab);
        mesh.begin("");
        MeshLab.Node a = mesh.node();
        a.join("--name a " + mesh.token("")).orFail();
        assertHealthy(() -> ofCoordinator(mesh));
        a.kill();
        assertNamed(() -> ofCoordinator(mesh), "D15", "WARN", "a", "does not answer");
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
