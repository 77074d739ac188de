// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.KeyPair;

import java.util.regex.Pattern;

/**
 * {@code wgj run --userspace} by a user without any capability, on a host without a TUN device: two
 * tunnels in one process, which are each other's peers.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserspaceTest {
    private static final String RUN =
            " run --userspace --summary 1s /run/p/conf >/run/p/log 2>&1 &";

    @RegisterExtension final Lab lab = new Lab();

    private final KeyPair near = KeyPair.generate();
    private final KeyPair far = KeyPair.generate();
    private Host host;
    private String wgj;

    @BeforeAll
    void prepare() {
        host = lab.host("host");
        wgj =
                "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
                        + " --bounding-set=-all env HOME=/nonexistent XDG_RUNTIME_DIR=/run/p/user "
                        + OpenCopy.of(host);
        host.sh("umount /dev/net/tun; mkdir -p /run/p/user /run/p/conf && chown 65534 /run/p/*");
    }

    private void file(String name, String text) {
        host.file("p/conf/" + name, text);
        host.sh("chown 65534 /run/p/conf/%s", name);
    }

    @BeforeEach
    void start() {
        host.sh("rm -f /run/p/conf/*");
        file(
                "far.conf",
                """
                [Interface]
                Address = 10.0.0.1/24
                PrivateKey = %s
                ListenPort = 51820
                PostUp = touch /run/p/user/hook
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.0.2/32
                """
                        .formatted(far.privateKey(), near.publicKey()));
        file("near.conf", near(1080));
        host.sh("cd / && %s %s", wgj, RUN);
        await("near: Socks5 on 127.0.0.1:1080");
    }

    private String near(int port) {
        return """
        [Interface]
        Address = 10.0.0.2/24
        PrivateKey = %s
        [Peer]
        PublicKey = %s
        Endpoint = 127.0.0.1:51820
        AllowedIPs = 10.0.0.0/24
        [Socks5]
        BindAddress = 127.0.0.1:%d
        [TCPServerTunnel]
        ListenPort = 80
        Target = 127.0.0.1:9000
        """
                .formatted(near.privateKey(), far.publicKey(), port);
    }

    private String log() {
        return host.sh("cat /run/p/log");
    }

    private void await(String text) {
        Await.until(text, Await.BOUND.multipliedBy(2), () -> log().contains(text));
    }

    private static final String STOP =
            "pkill -TERM -f 'run --userspac[e]'; while pgrep -f 'run --userspac[e]'; do sleep 0.1;"
                    + " done";

    @AfterEach
    void stop() {
        host.run(STOP);
    }

    /** The first bytes that the SOCKS5 proxy at this port answers, and those of a CONNECT. */
    private String connect(int port) {
        return host.run(
                        "exec 3<>/dev/tcp/127.0.0.1/"
                                + port
                                + " && printf '\\5\\1\\0' >&3 && head -c 2 <&3 | od -An -tx1 &&"
                                + " printf '\\5\\1\\0\\1\\12\\0\\0\\1\\0\\121' >&3 && head -c 2 <&3"
                                + " | od -An -tx1")
                .text();
    }

    @Test
    void aUserWithoutAnyRightRunsTunnelsInOneProcess() {
        assertTrue(log().contains("userspace mode: there is no network interface"), log());
        assertTrue(log().contains("far.conf has no proxy and no forward"), log());
        assertNotEquals(0, host.run("ls /run/p/user/hook").exit(), "a hook ran");
        assertEquals("lo", host.sh("ls /sys/class/net"));
        // The far host refuses the port (5): the answer came through the tunnel.
        assertEquals(" 05 00\n 05 05\n", connect(1080));
        String shown = host.sh("%s show", wgj);
        assertTrue(shown.contains("interface: far") && shown.contains("interface: near"), shown);
        assertTrue(shown.contains("latest handshake"), shown);
        assertFalse(log().contains(near.privateKey()), "a key in the log");
        assertEquals("700", host.sh("stat -c %a /run/p/user/wgj"));
        String status = host.sh("cat /proc/$(pgrep -x java)/status");
        assertTrue(status.contains("CapEff:\t0000000000000000"), status);
        assertTrue(status.contains("Seccomp:\t2"), status);
    }

    @Test
    void aReloadFollowsTheFilesAndNewOnesAndSaysWhatIsWrong() {
        file("near.conf", near(1081));
        file(
                "third.conf",
                "[Interface]\nAddress = 10.9.0.1/24\nPrivateKey = %s\n"
                        .formatted(KeyPair.generate().privateKey()));
        host.sh("%s reload near", wgj);
        assertTrue(log().contains("near: Socks5 on 127.0.0.1:1081"), log());
        assertEquals(" 05 00\n 05 05\n", connect(1081));
        assertNotEquals(0, host.run("exec 3<>/dev/tcp/127.0.0.1/1080").exit());
        assertTrue(host.sh("%s show interfaces", wgj).contains("third"));

        file("near.conf", near(1082).replace("10.0.0.0/24", "10.0.0.0/33"));
        Command.Result result = host.run(wgj + " reload near");
        assertNotEquals(0, result.exit(), result::toString);
        String wrong = "near.conf, line 7, [Peer] AllowedIPs: expected";
        assertTrue(result.err().contains(wrong), result::toString);
        assertEquals(" 05 00\n 05 05\n", connect(1081));

        host.sh("rm /run/p/user/wgj/third.sock");
        await("the socket of third was deleted, so the tunnel ends");
        host.sh("pkill -HUP -f 'run --userspac[e]'");
        Await.until("it read the files again", () -> log().split(Pattern.quote(wrong)).length > 2);

        // The only file is wrong, and no tunnel is left: the process waits for a better one.
        host.sh("rm /run/p/conf/far.conf /run/p/conf/third.conf /run/p/user/wgj/near.sock");
        await("the socket of near was deleted, so the tunnel ends");
        host.sh("pkill -HUP -f 'run --userspac[e]'");
        Await.until("and once more", () -> log().split(Pattern.quote(wrong)).length > 3);
        file("near.conf", near(1083));
        host.sh("pkill -HUP -f 'run --userspac[e]'");
        await("near: Socks5 on 127.0.0.1:1083");
    }

    @Test
    void itLogsEventsAndSummariesAndHasFollowers() {
        host.sh("%s events far >/run/p/events 2>&1 &", wgj);
        assertEquals(" 05 00\n 05 05\n", connect(1080));
        await("far: " + shortOf(near) + ": connected from 127.0.0.1:");
        await("near: " + shortOf(far) + ": connected from 127.0.0.1:51820");
        await("far: in 1 s: 1 of 1 peers connected");
        host.sh("echo garbage >/dev/udp/127.0.0.1/51820");
        await("far: refused 1: malformed (");
        Await.until(
                "a follower's line",
                () -> host.sh("cat /run/p/events").contains("refused 1: malformed ("));
        assertFalse(host.sh("cat /run/p/events").contains("near"));
        host.run(STOP);
        Await.until("its end", () -> host.sh("cat /run/p/events").contains("far: closed"));
    }

    private static String shortOf(KeyPair keys) {
        String key = keys.publicKey();
        return "peer(" + key.substring(0, 4) + "…" + key.substring(40) + ")";
    }

    @Test
    void mistakesAreNamed() {
        Command.Result result = host.run(wgj + " run --userspace /run/p/conf/nosuch.conf");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("nosuch.conf: there is no such file"), result::toString);
        assertEquals(1, mentions(result, "nosuch.conf"), result::toString);
        host.sh("mkdir -p /run/p/empty /run/p/closed && chmod 0 /run/p/closed");
        result = host.run(wgj + " run --userspace /run/p/empty");
        assertEquals(1, mentions(result, "/run/p/empty"), result::toString);
        result = host.run(wgj + " run --userspace /run/p/closed /run/p/empty");
        assertTrue(result.err().contains("/run/p/closed: "), result::toString);
        assertTrue(result.err().endsWith("no tunnel has started\n"), result::toString);
        result = host.run(wgj + " run --userspace /run/p/conf --socks 127.0.0.1:1090");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(
                result.err().contains("--socks and --http are for one file, and there are 2"),
                result::toString);
        result = host.run(wgj + " run /run/p/conf/near.conf --socks 127.0.0.1:1090");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("need --userspace"), result::toString);
    }

    private static long mentions(Command.Result result, String words) {
        return result.err().lines().filter(line -> line.contains(words)).count();
    }

    private Command.Result doctor(String words) {
        return host.run(wgj + " doctor " + words);
    }

    private static void assertFound(
            Command.Result result, String level, String check, String part) {
        assertTrue(
                result.out()
                        .lines()
                        .anyMatch(
                                line ->
                                        line.startsWith("  " + level + "  " + check + " ")
                                                && line.contains(part)),
                () -> level + " " + check + " " + part + " in " + result);
    }

    @Test
    void doctorReachesTargetsThroughATunnelOfItsOwn() {
        KeyPair third = KeyPair.generate();
        file(
                "near.conf",
                near(1080).replaceFirst("\\[Peer]", "ListenPort = 51821\n[Peer]")
                        + "[Peer]\nPublicKey = %s\nAllowedIPs = 10.0.0.3/32\n"
                                .formatted(third.publicKey()));
        host.sh("%s reload near", wgj);
        file(
                "third.wg", // no *.conf, which the process would run
                """
                [Interface]
                Address = 10.0.0.3/24
                PrivateKey = %s
                DNS = 10.0.0.2, 10.0.9.9
                [Peer]
                PublicKey = %s
                Endpoint = 127.0.0.1:51821
                AllowedIPs = 10.0.0.0/24
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.1.0/24
                [Socks5]
                BindAddress = 127.0.0.1:1090
                """
                        .formatted(third.privateKey(), near.publicKey(), far.publicKey()));
        String file = "/run/p/conf/third.wg";
        Command.Result result =
                doctor(
                        file
                                + " --through 10.0.0.2:80 --through 10.0.0.2 --through 10.0.0.2:81"
                                + " --through 10.0.0.77:80 --through 192.0.2.1:80"
                                + " --through 10.0.1.1:80 --through nowhere.office:80");
        assertEquals(1, result.exit(), result::toString);
        assertFound(result, "PASS", "reachable", "127.0.0.1:51821 answers an initiation");
        assertFound(result, "PASS", "target", "10.0.0.2:80 accepts a connection after");
        assertFound(result, "PASS", "target", "10.0.0.2 answers a ping after");
        assertFound(result, "FAIL", "target", "10.0.0.2:81: the host answers, but refuses");
        assertFound(result, "FAIL", "target", "10.0.0.77:80: no answer, although there is a");
        assertFound(result, "FAIL", "target", "192.0.2.1:80: no AllowedIPs cover it");
        assertFound(result, "FAIL", "target", "10.0.1.1:80: no handshake with peer");
        assertFound(result, "FAIL", "target", "nowhere.office:80: the name has no address");
        assertFound(result, "FAIL", "names", "the name server 10.0.0.2 does not help:");
        assertFound(result, "FAIL", "names", "the name server 10.0.9.9: no AllowedIPs cover it");
        assertFound(result, "PASS", "mtu", "packets of all 1420 bytes arrive (pings of 10.0.0.2)");
        result = doctor(file + " --through 10.0.0.2 --json");
        assertTrue(
                result.out().contains("\"target\"") && result.out().contains("answers a ping"),
                result::toString);

        result = doctor("/run/p/conf/near.conf --through 10.0.0.1");
        assertEquals(0, result.exit(), result::toString);
        assertFound(result, "SKIP", "target", "its tunnel runs on this machine");
        assertFound(result, "PASS", "mtu", "packets of all 1420 bytes fit the paths");
        result = doctor(file + " --through 10.0.0.2:http");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(
                result.err().contains("--through") && result.err().contains("expected a port"),
                result::toString);
        result = doctor("--through 10.0.0.2");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("--through needs one FILE"), result::toString);
    }

    @Test
    void doctorNamesThisModeWhereThereIsNoTun() {
        host.run(STOP);
        file("plain.conf", near(1080).replaceAll("(?s)\\[Socks5.*", ""));
        Command.Result result = host.run(wgj + " doctor /run/p/conf/plain.conf");
        assertTrue(
                result.out().contains("wgj run --userspace /run/p/conf/plain.conf"),
                result::toString);
    }
}
