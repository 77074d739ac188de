// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.time.Duration;

/** {@code wgj run} in the foreground, against a peer that the stock {@code wg} configured. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunTest {
    @RegisterExtension final Lab lab = new Lab();

    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();

    private final GuideKeys keys = new GuideKeys();
    private GuideNode client;
    private Host host;
    private Host serverHost;
    private WgInterface server;
    private String before;

    @BeforeAll
    void connect() {
        client = new GuideNode(lab, "client", keys);
        host = client.host();
        serverHost = lab.host("server");
        Host.connect(host, "eth0", serverHost, "eth0");
        host.address("eth0", "10.1.0.1/24");
        serverHost.address("eth0", "10.1.0.2/24");
        // Another process namespace than the server's launcher sees; short rekeys as in GuideNode.
        server = lab.wireguard(serverHost, Implementation.WGJ, "wg0");
        server.configure(
                51820,
                """
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.0.1/32
                """
                        .formatted(keys.of("client").publicKey()));
        server.up("10.9.0.2/24");
        host.sh(
                "cp /etc/hosts /run/hosts; mount --bind /run/hosts /etc/hosts; mkdir -p"
                        + " /var/run/wireguard");
        before = host.sh(Leftovers.SCRIPT);
    }

    private void configure(String more) {
        client.configure(
                "wg0",
                """
                [Interface]
                Address = 10.9.0.1/24
                PrivateKey = <client-private-key>
                PostUp = touch /run/post-up-%%i
                PostDown = rm /run/post-up-%%i

                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.0.2/32
                Endpoint = server.example:51820
                PersistentKeepalive = 1
                %s
                """
                        .formatted(server.keys().publicKey(), more));
        client.configure(
                "wg1",
                """
                [Interface]
                Address = 10.9.1.1/24
                PrivateKey = <second-private-key>
                """);
    }

    private void serverIsAt(String address) {
        host.sh("echo '%s server.example' >/run/hosts", address);
    }

    private void start(String environment) {
        host.sh(
                "%s WGJ_JAVA_OPTS='-Dwgj.rekeyAfterSeconds=5' setsid bash -c '%s run wg0 wg1; echo"
                        + " ended with $? >>/run/run.log' </dev/null >/run/run.log 2>&1 &",
                environment, WGJ);
        Await.until("wg1 is up", () -> host.run("ip link show up dev wg1").out().contains("wg1"));
    }

    private void signal(String name) {
        host.sh("kill -%s $(pgrep java)", name);
    }

    private String log() {
        return host.sh("cat /run/run.log");
    }

    @AfterEach
    void everythingIsGone() {
        if (host.run("pgrep java").exit() == 0) {
            signal("TERM");
        }
        Leftovers.awaitNone(host, before);
    }

    @Test
    void oneProcessRunsTwoInterfacesAndASignalEndsItCleanly() {
        serverIsAt("10.1.0.2");
        configure("");
        host.sh(
                "perl -MSocket -e '%s' >/run/notified &",
                """
                socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un("/run/notify"));
                $| = 1; while (defined(recv(S, $m, 4096, 0))) { print "$m\\n" }\
                """);
        Await.until("it listens", () -> host.run("ls /run/notify").exit() == 0);
        start("NOTIFY_SOCKET=/run/notify");
        Traffic.ping(host, "10.9.0.2");
        assertEquals("1", host.sh("pgrep -c java"));
        assertEquals("", host.sh("ls /run/post-up-wg0 >/dev/null"));
        Await.until("told ready", () -> host.sh("cat /run/notified").contains("READY=1"));
        signal("TERM");
        Await.until("it ended", () -> log().contains("ended with 0"));
        assertNotEquals(0, host.run("ls /run/post-up-wg0").exit());
        Await.until("told stopping", () -> host.sh("cat /run/notified").contains("STOPPING=1"));
        host.sh("kill $(pgrep -x perl); rm /run/notify");
    }

    @Test
    void sighupAppliesChangesAndKeepsTheSession() {
        serverIsAt("10.1.0.2");
        configure("");
        start("");
        Traffic.ping(host, "10.9.0.2");
        String rekeys = host.sh("wg show wg0 transfer");
        assertFalse(rekeys.isEmpty());
        String more = keys.fill("[Peer]\nPublicKey = <third-pubkey>\nAllowedIPs = 10.9.3.0/24\n");
        configure(more);
        signal("HUP");
        Await.until(
                "the new peer's route",
                () -> host.sh("ip route show dev wg0").contains("10.9.3.0/24"));
        // A session that had been dropped would have begun its counters anew.
        long received =
                Long.parseLong(
                        host.sh(
                                "wg show wg0 transfer | grep %s | cut -f 2",
                                server.keys().publicKey().replace("/", "\\/")));
        assertTrue(received >= Long.parseLong(rekeys.split("\t")[1]), rekeys);
        Traffic.ping(host, "10.9.0.2");

        configure("Endpoint = nonsense\n");
        int logged = log().length();
        signal("HUP");
        Await.until("the log says what is wrong", () -> log().indexOf("wg0.conf", logged) >= 0);
        assertTrue(host.sh("wg show wg0 peers").lines().count() == 2);

        configure("");
        signal("HUP");
        Await.until(
                "the peer and its route are gone",
                () ->
                        !host.sh("ip route show dev wg0").contains("10.9.3.0/24")
                                && host.sh("wg show wg0 peers").lines().count() == 1);
        Traffic.ping(host, "10.9.0.2");
    }

    /** As by nohup, as in the background of a script, and as some programs start what they run. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "trap '' HUP INT TERM;",
                "perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(1, 2, 15)); exec @ARGV'"
                        + " env",
                "trap '' HUP INT TERM; perl -MPOSIX -e 'sigprocmask(SIG_BLOCK,"
                        + " POSIX::SigSet->new(1, 2, 15)); exec @ARGV' env",
            })
    void signalsThatTheParentIgnoresOrBlocksStillWork(String inherited) {
        serverIsAt("10.1.0.2");
        configure("");
        start(inherited);
        configure("[Peer]\nPublicKey = <third-pubkey>\nAllowedIPs = 10.9.3.0/24\n");
        signal("HUP");
        Await.until("the new peer", () -> host.sh("wg show wg0 peers").lines().count() == 2);
        signal("INT");
        Await.until("it ended", () -> log().contains("ended with 0"));
    }

    @Test
    void reloadWaitsForTheFilesAndReportsFailures() {
        serverIsAt("10.1.0.2");
        configure("");
        start("");
        configure("[Peer]\nPublicKey = <third-pubkey>\nAllowedIPs = 10.9.3.0/24\n");
        Command.Result all = client.wgj("reload").orFail();
        assertTrue(host.sh("ip route show dev wg0").contains("10.9.3.0/24"), log());
        assertEquals("reloaded: wg0 wg1", all.text().strip());
        assertEquals(1, log().split("wg syncconf wg1", -1).length - 1, log());

        configure("Endpoint = nonsense\n");
        Command.Result wrong = client.wgj("reload wg1");
        assertEquals(1, wrong.exit(), wrong.toString());
        assertTrue(wrong.text().contains("wgj: /etc/wireguard/wg0.conf"), wrong.text());
        assertEquals("2", host.sh("wg show wg0 peers | wc -l"));
    }

    @Test
    void anInterfaceWithoutRunIsNotReloaded() {
        Command.Result daemon = serverHost.run("'%s' reload wg0".formatted(WGJ));
        assertEquals(1, daemon.exit(), daemon.toString());
        assertTrue(daemon.err().contains("wg0: \"wgj run\" does not run this"), daemon.err());
        Command.Result nothing = serverHost.run("'%s' reload".formatted(WGJ));
        assertEquals(1, nothing.exit(), nothing.toString());
        assertTrue(nothing.err().contains("there is nothing to reload"), nothing.err());
        assertEquals(1, serverHost.run("'%s' reload wg7".formatted(WGJ)).exit());
    }

    @Test
    void aFileThatFailsAtSighupDoesNotStopTheOthers() {
        serverIsAt("10.1.0.2");
        configure("");
        start("");
        configure("[Peer]\nPublicKey = <third-pubkey>\nEndpoint = [fe80::1%nowhere]:1\n");
        client.configure(
                "wg1",
                """
                [Interface]
                Address = 10.9.1.1/24
                PrivateKey = <second-private-key>
                [Peer]
                PublicKey = <third-pubkey>
                """);
        signal("HUP");
        Await.until("the other has its peer", () -> !host.sh("wg show wg1 peers").isBlank());
        assertTrue(log().contains("wg0 is not reloaded: "), log());
        Traffic.ping(host, "10.9.0.2");
    }

    @Test
    void itEndsWhenAllOfItsInterfacesAreDeletedAlsoARenamedOne() {
        serverIsAt("10.1.0.2");
        configure("");
        start("LOG_LEVEL=debug");
        host.sh("ip link set wg1 down");
        Await.until("it has noticed", () -> log().contains("wg1: interface down"));
        host.sh("ip link set wg1 name vpn1 && ip link set vpn1 up");
        Await.until("its new name is known", () -> log().contains("vpn1: interface up"));
        host.sh("ip link delete vpn1");
        Await.until("told of one", () -> log().contains("vpn1 was deleted"));
        host.sh("ip link delete wg0");
        Await.until("it ended", () -> log().contains("ended with 0"));
    }

    /** With sessions renewed each 5 s, handshakes are taken to fail after 20 s instead of 135. */
    @Test
    void aHostNameIsLookedUpAgainWhenHandshakesFail() {
        serverIsAt("10.1.0.2");
        configure("");
        start("");
        Traffic.ping(host, "10.9.0.2");
        serverIsAt("10.1.0.3");
        serverHost.sh("ip address del 10.1.0.2/24 dev eth0");
        serverHost.address("eth0", "10.1.0.3/24");
        try {
            Await.until(
                    "the new address",
                    Duration.ofSeconds(90),
                    () -> host.sh("wg show wg0 endpoints").contains("10.1.0.3:51820"));
            client.reaches("10.9.0.2");
        } finally {
            serverHost.sh("ip address del 10.1.0.3/24 dev eth0");
            serverHost.address("eth0", "10.1.0.2/24");
        }
    }

    /**
     * One whose hook fails, one that is wrong, a name that cannot be looked up, and another one of
     * a tunnel for everything, once up with which it never could be.
     */
    @Test
    void aFailingInterfaceStopsNoOtherAndSighupTriesItAgain() {
        serverIsAt("10.1.0.2");
        configure("");
        host.sh("sed -i s/server.example/unknown.example/ /etc/wireguard/wg0.conf");
        String second = "[Interface]\nPrivateKey = <second-private-key>\n";
        client.configure("wg2", second + "Mtu = x\n");
        client.configure("wg3", second + "PostUp = exit 3\n");
        client.configure("wg4", second);
        client.configure(
                "wg5",
                second
                        + "[Peer]\nPublicKey = <third-pubkey>\nAllowedIPs = 0.0.0.0/0\n"
                        + "Endpoint = other.example:1\n");
        host.sh(
                "setsid bash -c '%s run wg0 wg1 wg2 wg3 wg4 wg5' </dev/null >/run/run.log 2>&1 &",
                WGJ);
        Await.until("the last is up", () -> host.run("ip link show up wg4").exit() == 0);
        assertEquals("wg0 wg1 wg4", host.sh("wg show interfaces | xargs -n 1 | sort | xargs"));
        assertTrue(log().contains("wg0.conf, [Peer] of line 7, Endpoint: cannot resolve"), log());
        assertTrue(log().contains("wg2.conf, line 3, [Interface] MTU: "), log());
        assertTrue(log().contains("wg3.conf is not up: "), log());
        Await.until(
                "the last is told of",
                () -> log().contains("wg5.conf, [Peer] of line 3, Endpoint: cannot resolve"));

        host.sh("echo '10.1.0.2 unknown.example other.example' >>/run/hosts");
        client.reaches("10.9.0.2");
        Await.until("the last is up", () -> host.run("ip link show up wg5").exit() == 0);
        client.configure("wg2", second);
        client.configure("wg3", second);
        signal("HUP");
        Await.until("the others are up", () -> host.run("ip link show up wg3").exit() == 0);
        assertEquals(0, host.run("ip link show up wg2").exit());
        signal("TERM");
        Leftovers.awaitNone(host, before);
    }

    @Test
    void itFailsIfNoInterfaceComesUp() {
        serverIsAt("10.1.0.2");
        configure("");
        client.configure(
                "wg1", "[Interface]\nPrivateKey = <second-private-key>\nPostUp = exit 3\n");
        client.configure("wg2", "[Interface]\nPrivateKey = <node-A-private-key>\nMtu = x\n");
        Command.Result result = client.wgj("run wg1 wg2");
        assertEquals(1, result.exit(), result.toString());
        assertTrue(result.text().contains("exit 3"), result.text());
        assertTrue(result.text().contains("wg2.conf"), result.text());
        Command.Result wrong = client.wgj("run wg2");
        assertEquals(1, wrong.exit(), wrong.toString());
        assertTrue(wrong.text().contains("wg2.conf"), wrong.text());
        assertFalse(wrong.text().contains("[#]"), wrong.text());
    }

    /** It would take the session from the interface. */
    @Test
    void aCommandWithATunnelOfItsOwnIsRefusedBesideTheInterface() {
        serverIsAt("10.1.0.2");
        configure("");
        start("");
        String nc = WGJ + " nc -c wg0 10.9.0.2 1 </dev/null";
        String refusal =
                "the interface wg0 has its address 10.9.0.1, and would lose its session to a"
                        + " second tunnel with the same key";
        Command.Result result = host.run(nc);
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains(refusal), result::toString);
        result = host.run(WGJ + " proxy --socks 127.0.0.1:1080 wg0");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains(refusal), result::toString);
        // The daemon tells root that its key is another one.
        host.sh(
                "sed 's|^PrivateKey.*|PrivateKey = %s|' /etc/wireguard/wg0.conf >/run/other.conf",
                keys.of("other").privateKey());
        result = host.run(WGJ + " nc -w 1 -c /run/other.conf 10.9.0.2 1 </dev/null");
        assertFalse(result.err().contains(refusal), result::toString);
        assertEquals("0", host.sh("ping -q -c 1 -W 5 10.9.0.2 >/dev/null; echo $?"));
    }
}
