// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The commands of {@code wgj} that stand in for {@code wg}, beside the stock ones. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class WgjToolTest {
    private static final String WGJ = "'" + Repository.folder().resolve("bin/wgj") + "'";

    private static final List<String> FIELDS =
            List.of(
                    "public-key",
                    "private-key",
                    "listen-port",
                    "fwmark",
                    "peers",
                    "preshared-keys",
                    "endpoints",
                    "allowed-ips",
                    "latest-handshakes",
                    "transfer",
                    "persistent-keepalive",
                    "dump");

    @RegisterExtension final Lab lab = new Lab();

    private Tunnel tunnel;
    private Host ours;
    private Host theirs;

    /** A tunnel that has carried something, between ours and wireguard-go's. */
    @BeforeAll
    void connect() {
        tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO);
        String key = KeyPair.presharedKey();
        tunnel.configure(Tunnel.Initiator.EITHER, Tunnel.Carrier.IPV4, key, key);
        tunnel.left().set("fwmark 0xcafe");
        ours = (Host) tunnel.left().machine();
        theirs = (Host) tunnel.right().machine();
        Traffic.ping(ours, "10.9.0.2");
    }

    private static void assertSame(Host host, String environment, List<String> lines) {
        String input = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
        String report = host.sh(environment + " " + SideBySide.command(input));
        assertEquals("compared " + lines.size(), report);
    }

    /** All that can be shown, of all interfaces and of one. */
    private static List<String> shows() {
        Stream<String> pretty =
                Stream.of(
                        "same show",
                        "same show all",
                        "same show interfaces",
                        "same show wg0",
                        "same showconf wg0",
                        "same show nosuch",
                        "same show wg0 nosuch",
                        "same show interfaces peers",
                        "same showconf nosuch",
                        "same showconf",
                        "same show wg0 dump more");
        Stream<String> fields =
                FIELDS.stream()
                        .flatMap(field -> Stream.of("wg0 " + field, "all " + field))
                        // Debian 12's wg, of 2021, prints the name once for all peers there.
                        .filter(words -> !words.equals("all endpoints"))
                        .map("same show "::concat);
        return Stream.concat(pretty, fields).toList();
    }

    @Test
    void showsWhatWgShowsOfOurs() {
        lab.daemon(ours, Implementation.WGJ, "wg7"); // a fresh one
        try {
            ours.sh("wg set wg0 peer %s allowed-ips ''", KeyPair.generate().publicKey());
            assertSame(ours, "", shows());
        } finally {
            ours.sh("ip link del wg7");
        }
    }

    @Test
    void showsWhatWgShowsOfWireguardGo() {
        assertSame(theirs, "", shows());
    }

    @Test
    void showsWithTheColoursAndTheKeysOfWg() {
        assertSame(
                ours,
                "WG_COLOR_MODE=always WG_HIDE_KEYS=never",
                List.of("same show wg0", "same show wg0 dump", "same"));
        assertSame(ours, "WG_COLOR_MODE=never WG_HIDE_KEYS=always", List.of("same show wg0"));
    }

    @Test
    void setsWhatWgSets() {
        Host host = lab.host("set");
        lab.daemon(host, Implementation.WGJ, "wg0");
        lab.daemon(host, Implementation.WGJ, "wg1");
        String a = KeyPair.generate().publicKey();
        String b = KeyPair.generate().publicKey();
        host.file("key", KeyPair.generate().privateKey() + " \n\n");
        host.file("psk", KeyPair.presharedKey());
        host.file("short", "abc\n");
        host.file("long", KeyPair.presharedKey() + "x");
        host.file(
                "a.conf",
                """
                [Interface]
                ListenPort = 4567
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.1.0.0/16, fd00::/9
                Endpoint = [2001:db8::1]:1
                PersistentKeepalive = 9
                [Peer]
                PublicKey = %s
                PresharedKey = %s
                """
                        .formatted(a, b, KeyPair.presharedKey()));
        host.file(
                "b.conf",
                """
                [interface]
                privatekey = %s # a comment
                FWMARK=0xFF
                listenport = 4568
                [PEER]
                Allowed IPs = 10.2.0.0/16,10.3.0.1
                AllowedIPs = ::/0
                Public Key = %s
                PresharedKey = %s
                PersistentKeepalive = off
                """
                        .formatted(KeyPair.generate().privateKey(), b, KeyPair.presharedKey()));
        host.file("c.conf", "[Interface]\nListenPort = 4569");
        List<String> words =
                List.of(
                        "set private-key /run/key listen-port 5353 fwmark 0x10",
                        "set fwmark off peer %a endpoint 192.0.2.1:9 allowed-ips 10.0.0.0/8",
                        "set listen-port domain",
                        "set peer %a preshared-key /run/psk peer %b allowed-ips 10.0.0.0/9,::/0",
                        "set peer %b endpoint [2001:db8::1]:65535 persistent-keepalive 65535",
                        "set peer %a allowed-ips '' persistent-keepalive 0 peer %b remove",
                        "set peer %a allowed-ips 10.0.0.1 allowed-ips fd00::1/127",
                        "set peer %a preshared-key /dev/null",
                        "set private-key /dev/null",
                        "set peer %a persistent-keepalive 65536",
                        "set peer %a persistent-keepalive -1",
                        "set peer %a endpoint 192.0.2.1",
                        "set peer %a allowed-ips 10.0.0.0/33",
                        "set peer %a listen-port 5",
                        "set peer abc",
                        "set private-key /run/short",
                        "set private-key /run/long",
                        "set private-key /run/nosuch",
                        "set fwmark 0x100000000",
                        "set remove",
                        "set peer",
                        "set",
                        "setconf /run/a.conf",
                        "addconf /run/b.conf",
                        "syncconf /run/a.conf",
                        "syncconf /run/b.conf",
                        "setconf /run/b.conf",
                        "syncconf /run/c.conf",
                        "setconf /run/nosuch",
                        "setconf");
        List<String> lines =
                words.stream()
                        .map(line -> line.replace("%a", a).replace("%b", b))
                        .map("apply wg0 wg1 "::concat)
                        .toList();
        assertSame(host, "", lines);
        host.sh(
                "%s set wg0 peer %s allowed-ips 10.1.0.0/16,10.2.0.0/16 && %s set wg0 peer %s"
                        + " allowed-ips -10.1.0.0/16,+10.4.0.0/16",
                WGJ, a, WGJ, a);
        assertEquals(
                a + "\t10.2.0.0/16 10.4.0.0/16",
                host.sh("wg show wg0 allowed-ips | grep '" + a + "'"));
    }

    @Test
    void makesKeysAsWgDoes() {
        Command.Result result =
                ours.run(
                        "cd /run && umask 022 && key=$(%s genkey) && wg pubkey <<<$key && %s pubkey <<<$key && %s genpsk >psk && wg set wg0 peer $(wg pubkey <<<$key) preshared-key psk remove && echo x | %s pubkey"
                                .formatted(WGJ, WGJ, WGJ, WGJ));
        String[] keys = result.out().strip().split("\n");
        assertEquals(keys[0], keys[1]);
        assertTrue(result.err().contains("umask"), result.err());
        assertEquals(1, result.exit(), result.toString());
    }

    @Test
    void syncconfLeavesALiveSessionAlone() {
        WgInterface left = tunnel.left();
        Traffic.ping(ours, "10.9.0.2");
        long handshake = left.dump().peer(tunnel.right().keys().publicKey()).latestHandshake();
        String added = KeyPair.generate().publicKey();
        String result =
                ours.sh(
                        "{ wg showconf wg0; printf '\\n"
                            + "[Peer]\\n"
                            + "PublicKey=%s\\n"
                            + "AllowedIPs=10.77.0.0/16\\n"
                            + "'; } >/run/sync.conf && sed 's/^\\[Interface]/&\\n"
                            + "Address = 10.0.0.1\\n"
                            + "PostUp = true/' /run/sync.conf > /run/wg0.conf && %s syncconf wg0"
                            + " <(%s strip /run/wg0.conf) && %s show wg0 peers",
                        added, WGJ, WGJ, WGJ);
        assertTrue(result.contains(added), result);
        Traffic.ping(ours, "10.9.0.2");
        assertEquals(
                handshake, left.dump().peer(tunnel.right().keys().publicKey()).latestHandshake());
        ours.sh(
                "%s setconf wg0 /run/wg0.conf && exit 1 || %s set wg0 peer %s remove",
                WGJ, WGJ, added);
        assertEquals(1, left.dump().peers().stream().filter(p -> p.latestHandshake() > 0).count());
    }

    @Test
    void jsonDescribesTheDataPathOnlyOfOurs() {
        String json = ours.sh(WGJ + " show wg0 --json");
        assertTrue(json.contains("\"listenPort\": " + Tunnel.LEFT_PORT), json);
        assertTrue(json.contains("\"privateKey\": \"(hidden)\""), json);
        assertTrue(json.contains("\"udpSegmentation\": "), json);
        assertTrue(json.contains("\"no_peer\": "), json);
        String goJson = theirs.sh(WGJ + " show --json");
        assertTrue(goJson.startsWith("[") && goJson.contains("\"engine\": null"), goJson);
        assertTrue(goJson.contains("\"latestHandshake\": \"20"), goJson);
    }

    @Test
    void watchRepeatsUntilItsOutputIsClosed() {
        String twice = ours.sh(WGJ + " show wg0 public-key --watch=1 | head -n 2");
        String key = tunnel.left().keys().publicKey();
        assertEquals(key + "\n" + key, twice);
        String first = ours.sh(WGJ + " show --watch wg0 public-key | head -n 1");
        assertEquals(key, first);
    }

    @Test
    void reportsAnErrorInOneLine() {
        ours.file("bad.conf", "[Interface]\nPrivatKey = <node-A-private-key>\n");
        Command.Result result = ours.run(WGJ + " setconf wg0 /run/bad.conf");
        assertEquals(1, result.exit());
        assertEquals(
                "wgj: /run/bad.conf, line 2, [Interface]: there is no key PrivatKey; did you mean"
                        + " PrivateKey?\n",
                result.err());
        ours.sh("touch /var/run/wireguard/stale.sock");
        Command.Result stale = ours.run(WGJ + " show stale; rm /var/run/wireguard/stale.sock");
        assertNotEquals("", stale.err());
        assertTrue(stale.err().contains("no process listens to"), stale.err());
    }
}
