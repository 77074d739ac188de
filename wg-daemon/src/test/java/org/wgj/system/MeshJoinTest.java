// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code wgj join} and {@code leave} with the whole program: a coordinator and nodes on hosts. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshJoinTest {
    @RegisterExtension final Lab lab = new Lab();

    private MeshLab mesh(String options) {
        MeshLab mesh = new MeshLab(lab);
        mesh.begin(options);
        return mesh;
    }

    @Test
    void oneCommandJoinsAndASecondOneChangesNothing() {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 2");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        long begin = System.nanoTime();
        Command.Result first = a.join("--name a " + token).orFail();
        System.out.printf("the first join took %.2f s%n", (System.nanoTime() - begin) / 1e9);
        assertTrue(first.out().contains("node"), first::toString);
        begin = System.nanoTime();
        // The machine's own file stays as it is; one that is mounted cannot be replaced.
        b.host().sh("cp /etc/hosts /run/hosts && mount --bind /run/hosts /etc/hosts");
        b.host().sh("mkfifo /run/paste");
        Command.Result second =
                b.host()
                        .run(
                                Duration.ofSeconds(120),
                                "exec 9<>/run/paste; echo %s >&9; %s join - --wait 60 --hosts --name b"
                                                .formatted(
                                                        token,
                                                        Repository.folder().resolve("bin/wgj"))
                                        + " --state /run/state <&9") // which stays open, as a
                        // terminal
                        .orFail();
        System.out.printf("the second join took %.2f s%n", (System.nanoTime() - begin) / 1e9);
        assertTrue(second.out().lines().anyMatch(line -> line.startsWith("a ")), second::toString);
        a.host().sh("ping -c 1 -W 5 10.77.0.3");
        b.host().sh("ping -c 1 -W 5 10.77.0.2");
        assertTrue(b.host().sh("getent ahostsv4 a").startsWith("10.77.0.2 "));
        assertTrue(
                a.host().sh("find /run/state/node/identity.json -perm 600").contains("identity"));

        String pid = b.host().sh("cat /run/state/node/lock");
        for (MeshLab.Node node : List.of(a, b)) { // the token is not to be seen while a node runs
            String seen = "/proc/$(cat /run/state/node/lock)/";
            node.host().sh("grep -q join %scmdline", seen);
            assertEquals(
                    1,
                    node.host().run("grep -q wgjt_ %scmdline %<senviron".formatted(seen)).exit());
            node.host()
                    .sh(
                            "test $(readlink %sfd/0) = /dev/null && test $(readlink %<sfd/1) ="
                                    + " /dev/null",
                            seen);
        }
        String identity = b.host().sh("sha256sum /run/state/node/identity.json");
        String handshakes = b.wgj("show wg0 latest-handshakes").orFail().out();
        Command.Result again = b.join("--name other " + token).orFail();
        assertTrue(again.err().contains("already"), again::toString);
        assertEquals(pid, b.host().sh("cat /run/state/node/lock"));
        assertEquals(identity, b.host().sh("sha256sum /run/state/node/identity.json"));
        assertEquals(handshakes, b.wgj("show wg0 latest-handshakes").orFail().out());
        Command.Result twice = b.wgj("mesh up --state /run/state");
        assertTrue(twice.err().contains("another process runs this node"), twice::toString);
        b.host().sh("kill -STOP $(cat /run/state/node/lock)");
        Command.Result silent = b.join("--json --wait 1");
        b.host().sh("kill -CONT $(cat /run/state/node/lock)");
        assertEquals(2, silent.exit(), silent::toString);
        assertTrue(silent.out().contains("the node did not start in time"), silent::toString);

        Await.until("the matrix is whole", () -> a.status().toString().contains("\"up\":1"));
        Command.Result left = b.leave().orFail();
        assertTold(left);
        assertTrue(b.host().run("ip link show wg0").exit() != 0);
        Await.until("a has forgotten b", () -> a.reaches(0));
        assertTrue(b.host().run("ls /run/state/node").exit() != 0, "nothing is left of it");
        b.host().sh("umount /etc/hosts && cmp /run/hosts /etc/hosts");
        assertTrue(b.join("--name b " + token).err().contains("ask for a new token"));
    }

    @Test
    void theMeshGoesOnAndStartsWithoutTheCoordinator() {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 3");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        a.join("--name a " + token).orFail();
        b.join("--name b --metrics 9586 " + token).orFail();
        mesh.stopServing();
        a.host().sh("ping -c 3 -i 0.3 -W 5 10.77.0.3");
        b.kill();
        Command.Result stopped =
                b.host()
                        .run(
                                "unshare -m bash -c 'mount --bind %1$s %1$s && mount -o remount,bind,ro %1$s && %2$s mesh status --state %1$s'"
                                        .formatted(
                                                "/run/state",
                                                Repository.folder().resolve("bin/wgj")));
        assertTrue(stopped.err().contains("the node does not run: wgj join"), stopped::toString);
        Command.Result restarted = b.join("--wait 3");
        assertEquals(2, restarted.exit(), restarted::toString); // no coordinator answers
        Await.until("b reaches a", () -> b.reaches(1));
        a.host().sh("ping -c 2 -W 5 10.77.0.3");
        String ready = b.host().sh("busybox wget -qO- http://127.0.0.1:9586/readyz");
        assertTrue(ready.contains("1 of 1 links are up, no connection to a coordinator"), ready);
        mesh.serve();
        Await.until(
                "b is connected again",
                () ->
                        b.status()
                                .getAsJsonObject("node")
                                .getAsJsonObject("control")
                                .get("connected")
                                .getAsBoolean());
    }

    @Test
    void theMeshIsToldOfALeavingNodeThoughItsFirstInitiationIsLost() {
        MeshLab mesh = mesh("");
        MeshLab.Node node = mesh.node();
        node.join("--name a " + mesh.token("")).orFail();
        node.host()
                .sh(
                        """
                        kill $(cat /run/state/node/lock)
                        nft -f - <<'end'
                        table inet lossy {
                            chain output {
                                type filter hook output priority 0
                                udp dport 51820 udp length 156 numgen inc mod 1000 == 0 counter drop
                            }
                        }
                        end
                        """);
        Command.Result left = node.leave().orFail();
        assertTold(left);
        assertTrue(node.host().sh("nft list table inet lossy").contains("packets 1 bytes"));
    }

    private static void assertTold(Command.Result left) {
        assertEquals(
                "", left.err().lines().filter(l -> l.contains("not told")).findAny().orElse(""));
    }

    @Test
    void aRemovedNodeIsGoneAtOnce() {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 3");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node late = mesh.node();
        a.join("--name a " + token).orFail();
        b.join("--name b " + token).orFail();
        late.join("--name late " + token).orFail();
        late.kill();
        mesh.admin("rm b").orFail();
        Await.until("b has no wg0", () -> b.host().run("ip link show wg0").exit() != 0);
        Await.until("a has forgotten b", () -> peers(a) == 1);
        Command.Result again = b.join("");
        assertEquals(4, again.exit());
        assertTrue(again.err().contains("removed this machine"), again::toString);

        // A removed node that does not hear of it, and one that was off: it learns of it first.
        a.host().sh("nft add table ip cut");
        a.host().sh("nft add chain ip cut in '{ type filter hook input priority 0; }'");
        a.host().sh("nft add rule ip cut in ip saddr 203.0.113.1 drop");
        mesh.admin("rm a").orFail();
        late.host().sh("nft add table ip count");
        late.host().sh("nft add chain ip count out '{ type filter hook output priority 0; }'");
        late.host().sh("nft add rule ip count out ip daddr 203.0.113.10 udp sport 51820 counter");
        a.host().sh("ping -i 0.2 10.77.0.4 >/dev/null 2>&1 & echo $! >/run/ping.pid");
        late.join("").orFail();
        late.host().sh("ping -c 10 -i 0.2 -W 1 10.77.0.2 || true");
        String counted = late.host().sh("nft list table ip count");
        assertTrue(counted.contains("packets 0 "), counted);
        assertTrue(late.reaches(0));
        a.host().sh("kill $(cat /run/ping.pid)"); // it was alive all the time
    }

    private static int peers(MeshLab.Node node) {
        return node.status().getAsJsonObject("node").getAsJsonArray("peers").size();
    }

    @Test
    void aTokenMayEndWhileItsNodeWaitsAndAnotherReplacesANode() {
        MeshLab mesh = mesh("");
        MeshLab.Node waiting = mesh.node();
        String first = mesh.token("--approve --ttl 30s");
        waiting.host()
                .sh(
                        "%s join --state /run/state --name waiting %s >/run/join.log 2>&1"
                                + " </dev/null &",
                        Repository.folder().resolve("bin/wgj"), first);
        Await.until(
                "it waits",
                () -> waiting.host().run("grep 'waiting until' /run/join.log").exit() == 0);

        MeshLab.Node old = mesh.node();
        old.join("--name web " + mesh.token("")).orFail();
        String address = old.address();
        old.kill();
        MeshLab.Node successor = mesh.node();
        String replacing = mesh.token("--name web --replace");
        successor.joinOrAskAgain("--name other " + replacing);
        assertEquals(address, successor.address());

        Await.until(
                "the token has expired",
                Duration.ofSeconds(120),
                () -> waiting.host().run("grep 'has expired' /run/join.log").exit() == 0);
        mesh.admin("approve waiting").orFail();
        assertFinal(waiting.join(first), "expired");
        waiting.join("--name waiting " + mesh.token("")).orFail();
        waiting.host().sh("ping -c 1 -W 5 " + address);
    }

    @Test
    void aNetworkBehindANodeIsReachedThroughIt() {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 2");
        MeshLab.Node gate = mesh.node();
        MeshLab.Node far = mesh.node();
        Host lan = lab.host("lan");
        Host.connect(gate.host(), "lan0", lan, "eth0");
        gate.host().address("lan0", "192.168.7.1/24");
        lan.address("eth0", "192.168.7.2/24");
        lan.sh("ip route add 10.77.0.0/16 via 192.168.7.1");
        gate.host().sh("sysctl -q -w net.ipv4.ip_forward=0");
        String advice = "sysctl -w net.ipv4.ip_forward=1";
        Command.Result joined = gate.join("--name gate --advertise 192.168.7.0/24 " + token);
        assertTrue(joined.orFail().err().contains(advice), joined::toString);
        far.join("--name far --accept-routes " + token).orFail();
        mesh.admin("approve gate --route 192.168.7.0/24").orFail();
        Await.until(
                "the route is there",
                () -> far.host().run("ip route get 192.168.7.2").out().contains("dev wg0"));
        assertTrue(far.host().run("ping -c 1 -W 1 192.168.7.2").exit() != 0);
        Command.Result doctor = gate.wgj("mesh doctor --state /run/state");
        assertTrue(doctor.text().contains("192.168.7.0/24 cannot be reached"), doctor::toString);

        gate.host().sh("sysctl -q -w net.ipv4.ip_forward=1");
        far.host().sh("ping -c 2 -i 0.3 -W 5 192.168.7.2");
        lan.sh("ping -c 1 -W 5 " + far.address());
        assertFalse(gate.wgj("mesh doctor --state /run/state").text().contains(advice));
    }

    @Test
    void fourPlanesAreFourInterfaces() {
        MeshLab mesh = mesh("--planes");
        String token = mesh.token("--uses 2");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        a.join("--name a " + token).orFail();
        Command.Result joined = b.join("--name b " + token).orFail();
        assertTrue(joined.err().contains("so it is not behind NAT: each"), joined::toString);
        assertTrue(joined.out().contains("UDP port 51823"), joined::toString);
        for (int plane = 0; plane < 4; plane++) {
            a.host().sh("ping -c 1 -W 5 -I wg%d 10.%d.0.3", plane, 77 + plane);
        }
    }

    @Test
    void optionsDoWhatTheySay() {
        MeshLab mesh = mesh("");
        String token = mesh.token("--uses 3");
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node c = mesh.node();
        a.host()
                .run(
                        Duration.ofSeconds(120),
                        "WGJ_TOKEN=%s %s join --state /run/state --wait 60 --name a --ip 10.77.9.9"
                                        .formatted(token, Repository.folder().resolve("bin/wgj"))
                                + " --port 4444 --endpoint 203.0.113.10:4444")
                .orFail();
        assertEquals("10.77.9.9", a.address());
        assertEquals("4444", a.wgj("show wg0 listen-port").orFail().out().strip());

        // In user space as the user chose, though interfaces could be made.
        Command.Result user =
                b.join("--userspace --json --name b --endpoint 203.0.113.11 " + token).orFail();
        JsonObject joined = JsonParser.parseString(user.out()).getAsJsonObject();
        assertTrue(joined.get("complete").getAsBoolean(), user::toString);
        assertEquals(1, b.host().run("ip link show wg0").exit(), "no interface");
        String proxies =
                joined.getAsJsonObject("node")
                        .getAsJsonArray("planes")
                        .get(0)
                        .getAsJsonObject()
                        .get("proxies")
                        .getAsString();
        a.host()
                .sh(
                        "echo hello >/run/page && cd /run && python3 -m http.server 8000"
                                + " >/run/http.log 2>&1 &");
        Await.until(
                "the page is served",
                () -> a.host().run("ss -Hltn sport = :8000 | grep -q 8000").exit() == 0);
        for (String scheme : new String[] {"socks5", "http"}) {
            Matcher proxy = Pattern.compile(scheme + "://\\S+").matcher(proxies);
            assertTrue(proxy.find(), proxies);
            String page = "curl -sS --max-time 20 --noproxy ''";
            assertEquals(
                    "hello",
                    b.host().sh(page + " --proxy %s http://10.77.9.9:8000/page", proxy.group()));
        }
        String candidates = a.host().sh("cat /run/state/node/map.json");
        assertTrue(candidates.contains("203.0.113.11:51820"), "where the user says that b is");

        // A node that hangs: the coordinator has not missed it yet. Another program has c's port.
        b.host().sh("kill -STOP $(cat /run/state/node/lock)");
        takePort(c, 51_820);
        Command.Result hanging = c.join("--wait 4 --name c " + token);
        assertEquals(2, hanging.exit(), hanging::toString);
        assertTrue(hanging.err().contains("port 51820 is taken"), hanging::toString);
        assertTrue(hanging.err().contains("uses port 51830"), hanging::toString);
        assertTrue(
                hanging.err().lines().anyMatch(l -> l.matches(".*no answer: b in plane wg0: .*")),
                hanging::toString);
        b.host().sh("kill -CONT $(cat /run/state/node/lock)");
        assertEquals(0, c.join("").exit());

        String dot = c.wgj("mesh status --dot --state /run/state").out();
        assertTrue(dot.startsWith("graph") && dot.contains("\"a\""), dot);
        String watched =
                c.host()
                        .run(
                                Duration.ofSeconds(60),
                                "timeout -s INT 10 %s mesh status --watch --state /run/state"
                                        .formatted(Repository.folder().resolve("bin/wgj")))
                        .out();
        assertTrue(watched.split("prod: 3 nodes", -1).length > 2, watched);

        // The machine's own file stays as it is.
        c.kill();
        c.host()
                .sh(
                        "echo 0123456789abcdef0123456789abcdef >/run/id && mount --bind /run/id"
                                + " /etc/machine-id");
        Command.Result copy = c.join("");
        assertEquals(4, copy.exit(), copy::toString);
        assertTrue(copy.err().contains("--same-machine"), copy::toString);
        takePort(c, 51_830);
        assertMistake(c.join("--same-machine"), "UDP port 51830 is taken");
        c.join("--port 51840").orFail();
        assertTrue(c.join("--port 51850").err().contains("--port is not used"));
        assertEquals("51840", c.wgj("show wg0 listen-port").orFail().out().strip());
        c.kill();
        for (String words : List.of("mesh up", "join --foreground")) {
            Command.Result lost = c.wgj(words + " --json --state /run/state >/dev/full");
            assertEquals(1, lost.exit(), lost::toString);
            assertTrue(lost.err().contains("it could not be said there"), lost::toString);
        }
        c.host()
                .sh(
                        "%s mesh up --json --state /run/state >/run/up.json 2>/run/node.log"
                                + " </dev/null &",
                        Repository.folder().resolve("bin/wgj"));
        Await.until("mesh up tells", () -> c.host().run("test -s /run/up.json").exit() == 0);
        String up = c.host().sh("head -n 1 /run/up.json");
        assertEquals(
                "c", JsonParser.parseString(up).getAsJsonObject().get("name").getAsString(), up);
        c.leave().orFail();
        Command.Result left = b.wgj("leave --json --state /run/state").orFail();
        assertTrue(JsonParser.parseString(left.out()).isJsonObject(), left::toString);
    }

    /** Lets another program have a UDP port of a host. */
    private static void takePort(MeshLab.Node node, int port) {
        node.host()
                .sh(
                        "python3 -c 'import socket,time; s=socket.socket(2,2); s.bind((\"\",%d));"
                                + " time.sleep(600)' >/dev/null 2>&1 &",
                        port);
        Await.until(
                "the port is taken",
                () ->
                        node.host().run("ss -Hlun sport = :%d | grep -q .".formatted(port)).exit()
                                == 0);
    }

    @Test
    void mistakesAreNamed() {
        MeshLab mesh = mesh("");
        MeshLab.Node a = mesh.node();
        assertFinal(a.join(""), "give the token");
        assertFinal(a.join("wgjt_AAAA"), "token");
        assertFinal(a.join("nonsense"), "a token begins with wgjt_");
        assertFinal(a.join("--port 70000 x"), "--port");
        assertFinal(a.join("--advertise 10.0.0.1/24 x"), "--advertise");
        assertFinal(a.join("--ip x y"), "--ip");

        assertTrue(a.host().run("ls /run/state/node").exit() != 0, "a bad token makes no folder");
        assertEquals(0, a.leave().exit());
        assertTrue(a.host().run("ls /run/state/node").exit() != 0, "nor does leave");
        a.host().sh("install -d -m 700 /run/closed && mkdir /run/closed/node");
        a.host().sh("touch /run/closed/node/identity.json");
        String other =
                "setpriv --reuid 65534 --regid 65534 --clear-groups " + OpenCopy.of(a.host());
        for (String words : new String[] {"join x", "leave", "mesh up"}) {
            assertMistake(
                    a.host().run(other + " " + words + " --state /run/closed"),
                    "/run/closed/node/identity.json: permission denied to nobody: try sudo");
        }
        a.host().sh("mkdir /run/full && mount -t tmpfs -o size=4k,mode=700 none /run/full");
        a.host().sh("mkdir /run/full/node && head -c 4096 /dev/zero >/run/full/node/x || true");
        Command.Result full = a.wgj("join --state /run/full " + mesh.token(""));
        assertMistake(full, "no space or no inode is left");
        a.host().sh("mount -o remount,ro /run/full");
        assertMistake(
                a.wgj("join --state /run/full " + mesh.token("")), "the file system is read-only");

        String expired = mesh.token("--ttl 1s");
        a.host().sh("sleep 2"); // until the token has expired
        assertFinal(a.join(expired), "expired");

        String used = mesh.token("");
        MeshLab.Node b = mesh.node();
        Command.Result lost = b.join("--name b " + used + " >/dev/full");
        assertEquals(1, lost.exit(), lost::toString);
        assertTrue(lost.err().contains("is lost: No space left on device"), lost::toString);
        b.host().sh("ip link show wg0"); // the node runs
        assertFinal(a.join("--name a " + used), "ask for a new token");

        // The plane's range is a local network here: the membership stays, and needs no token then.
        a.host().sh("ip link add lan0 type bridge; ip link set lan0 up");
        a.host().sh("ip address add 10.77.5.1/24 dev lan0");
        String token = mesh.token("");
        Command.Result collision = a.join("--name a " + token);
        assertMistake(collision, "10.77.5.0/24");
        a.host().sh("ip link del lan0");
        a.join("").orFail();
        a.host().sh("ping -c 1 -W 5 10.77.0.2");

        // Without privilege: in user space, with proxies.
        MeshLab.Node c = mesh.node();
        String open = OpenCopy.of(c.host());
        c.host().sh("umount /dev/net/tun; install -d -o 65534 /run/c");
        Command.Result user =
                c.host()
                        .run(
                                Duration.ofSeconds(120),
                                "setpriv --reuid 65534 --regid 65534 --clear-groups"
                                        + " --inh-caps=-all --bounding-set=-all env"
                                        + " HOME=/nonexistent "
                                        + open
                                        + " join --state /run/c --name c "
                                        + mesh.token(""));
        assertEquals(0, user.exit(), user::toString);
        assertTrue(user.err().contains("user space"), user::toString);
        assertTrue(user.out().contains("socks5://"), user::toString);
        a.host().sh("ping -c 1 -W 5 10.77.0.4");

        mesh.stopServing();
        MeshLab.Node d = mesh.node();
        Command.Result stopped =
                d.host()
                        .run(
                                Duration.ofSeconds(120),
                                Repository.folder().resolve("bin/wgj")
                                        + " join --state /run/state --name d "
                                        + token
                                        + " & until [ -e /run/state/node/identity.json ]; do sleep"
                                        + " 0.1; done; kill -TERM $!; wait $!");
        assertEquals(143, stopped.exit(), stopped::toString);
        assertTrue(stopped.err().contains("run the same command again"), stopped::toString);
        assertMistake(d.join("--name d " + token), "coordinator");
    }

    private static void assertMistake(Command.Result result, String message) {
        assertMistake(1, result, message);
    }

    /** A unit must not repeat it. */
    private static void assertFinal(Command.Result result, String message) {
        assertMistake(4, result, message);
    }

    private static void assertMistake(int exit, Command.Result result, String message) {
        assertEquals(exit, result.exit(), result::toString);
        assertTrue(result.err().contains(message), result::toString);
        assertFalse(result.err().contains("Exception"), result::toString);
    }
}
