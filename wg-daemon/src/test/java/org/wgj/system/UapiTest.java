// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Dump;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The configuration socket as the stock `wg` uses it; starting and ending are in {@link
 * LifecycleTest}.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class UapiTest {
    @RegisterExtension final Lab lab = new Lab();

    private Host host;
    private WgInterface wg;
    private WgInterface other;
    private final String peer = KeyPair.generate().publicKey();
    private final String secondPeer = KeyPair.generate().publicKey();

    @BeforeAll
    void start() {
        host = lab.host("host");
        wg = lab.wireguard(host, Implementation.WGJ, "wg0");
        other = lab.wireguard(host, Implementation.WGJ, "wg1");
        wg.up();
        other.up();
    }

    /** No key, no peer, no mark, a random port. */
    @BeforeEach
    void reset() {
        host.sh("wg setconf wg0 /dev/null && wg setconf wg1 /dev/null");
    }

    private String errorOf(String format, Object... arguments) {
        Command.Result result = host.run("wg set wg0 " + format.formatted(arguments));
        assertNotEquals(0, result.exit(), result.toString());
        return result.err().strip();
    }

    @Test
    void aFreshInterfaceShowsItsNameOnly() {
        lab.daemon(host, Implementation.WGJ, "wg2");
        String shown = host.sh("wg show wg2");
        // wireguard-go takes a port at once, the kernel and we when the link goes up.
        assertTrue(shown.matches("interface: wg2(\n  listening port: \\d+)?"), shown);
        assertEquals("wg0 wg1 wg2", host.sh("wg show interfaces | tr ' ' '\\n' | sort | xargs"));
        host.sh("ip link del wg2");
    }

    @Test
    void aPrivateKeyIsClampedWhenStored() {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) 0xff);
        host.file("key", Base64.getEncoder().encodeToString(key));
        wg.set("private-key /run/key");
        key[0] = (byte) 0xf8;
        key[31] = 0x7f;
        assertEquals(Base64.getEncoder().encodeToString(key), wg.show("private-key"));
        assertEquals(host.sh("wg pubkey < /run/key"), wg.show("public-key"));
    }

    @Test
    void anEmptyKeyFileRemovesThePrivateKey() {
        host.file("key", wg.keys().privateKey());
        wg.set("private-key /run/key");
        assertEquals(wg.keys().publicKey(), wg.show("public-key"));
        wg.set("private-key /dev/null");
        assertEquals("(none)", wg.show("private-key"));
        assertEquals("(none)", wg.show("public-key"));
    }

    @Test
    void aBusyPortIsRefusedWithTheSystemsMessage() {
        other.set("listen-port 51999");
        assertEquals(
                "Unable to modify interface: Address already in use", errorOf("listen-port 51999"));
    }

    @Test
    void portZeroMeansARandomPortWhichIsShown() {
        wg.set("listen-port 51998");
        assertEquals("51998", wg.show("listen-port"));
        wg.set("listen-port 0");
        int port = wg.dump().listenPort();
        assertTrue(port > 0 && port != 51998, "port " + port);
    }

    @Test
    void theMarkIsSetAndTurnedOff() {
        wg.set("fwmark 0x1");
        assertEquals("0x1", wg.show("fwmark"));
        wg.set("fwmark 0xffffffff");
        assertEquals("0xffffffff", wg.show("fwmark"));
        wg.set("fwmark off");
        assertEquals("off", wg.show("fwmark"));
    }

    @Test
    void peersAreAddedAndRemovedAndRemovingAnUnknownOneIsFine() {
        wg.set("peer %s", peer);
        wg.set("peer %s", secondPeer);
        assertEquals(Set.of(peer, secondPeer), publicKeys(wg));
        wg.set("peer %s remove", peer);
        assertEquals(secondPeer, wg.show("peers"));
        wg.set("peer %s remove", peer);
        assertEquals(secondPeer, wg.show("peers"));
    }

    @Test
    void aPresharedKeyIsSetAndRemoved() {
        String key = KeyPair.presharedKey();
        host.file("psk", key);
        wg.set("peer %s preshared-key /run/psk", peer);
        assertEquals(key, wg.dump().peer().presharedKey());
        wg.set("peer %s preshared-key /dev/null", peer);
        assertEquals("(none)", wg.dump().peer().presharedKey());
    }

    @Test
    void endpointsOfAllKindsAreShownAsGiven() {
        for (String endpoint :
                List.of("192.0.2.7:1", "[2001:db8::7]:65535", "[fe80::7%wg0]:51820")) {
            wg.set("peer %s endpoint %s", peer, endpoint);
            assertEquals(endpoint, wg.dump().peer().endpoint());
        }
        wg.set("peer %s endpoint localhost:51820", peer);
        String resolved = wg.dump().peer().endpoint();
        assertTrue(Set.of("127.0.0.1:51820", "[::1]:51820").contains(resolved), resolved);
    }

    @Test
    void aZoneIsShownWithoutItsInterface() {
        OnlyOurs.assume("wireguard-go writes the name, of which wg crashes");
        String wgj = "'" + Repository.folder().resolve("bin/wgj") + "'";
        String number = host.sh("cat /sys/class/net/wg0/ifindex");
        wg.set("peer %s endpoint [fe80::7%%wg0]:51820", peer);
        // In a network namespace of its own, which has an interface lo alone.
        for (String tool : List.of("wg", wgj)) {
            assertEquals(
                    peer + "\t[fe80::7%" + number + "]:51820",
                    host.sh("unshare --net %s show wg0 endpoints", tool));
        }
    }

    @Test
    void theKeepaliveIntervalGoesFromOffTo65535() {
        for (String interval : List.of("25", "65535", "off", "1", "0")) {
            wg.set("peer %s persistent-keepalive %s", peer, interval);
            assertEquals(interval.equals("0") ? "off" : interval, wg.dump().peer().keepalive());
        }
    }

    @Test
    void allowedIpsMoveAreReplacedMaskedAndRemoved() {
        wg.set(
                "peer %s allowed-ips"
                        + " 10.1.2.3/16,10.9.9.9/32,fd00::1/64,2001:db8::1/128,0.0.0.0/0,::/0",
                peer);
        assertEquals(
                Set.of(
                        "10.1.0.0/16",
                        "10.9.9.9/32",
                        "fd00::/64",
                        "2001:db8::1/128",
                        "0.0.0.0/0",
                        "::/0"),
                allowedIps(peer));
        wg.set("peer %s allowed-ips 10.9.9.9/32,::/0", secondPeer);
        assertEquals(
                Set.of("10.1.0.0/16", "fd00::/64", "2001:db8::1/128", "0.0.0.0/0"),
                allowedIps(peer));
        wg.set("peer %s allowed-ips 10.7.0.0/24", peer);
        assertEquals(Set.of("10.7.0.0/24"), allowedIps(peer));
        // Debian's wg cannot add and remove single ones yet, the socket can.
        assertEquals(
                "errno=0\n\n",
                exchange("set=1\npublic_key=%s\nallowed_ip=10.8.0.0/24\n\n", hex(peer)));
        assertEquals(Set.of("10.7.0.0/24", "10.8.0.0/24"), allowedIps(peer));
        assertEquals(
                "errno=0\n\n",
                exchange("set=1\npublic_key=%s\nallowed_ip=-10.7.0.0/24\n\n", hex(peer)));
        assertEquals(Set.of("10.8.0.0/24"), allowedIps(peer));
        // Not this peer's, and not exactly this prefix: nothing happens.
        assertEquals(
                "errno=0\n\n",
                exchange(
                        "set=1\npublic_key=%s\nallowed_ip=-::/0\nallowed_ip=-10.8.0.0/25\n\n",
                        hex(peer)));
        assertEquals(Set.of("10.8.0.0/24"), allowedIps(peer));
        assertEquals(Set.of("10.9.9.9/32", "::/0"), allowedIps(secondPeer));
    }

    @Test
    void allowedIpsAreListedInTheOrderTheyCame() {
        OnlyOurs.assume("wireguard-go lists them as its trie lies and its peers at random");
        String list = "10.9.0.0/24,10.1.0.0/16,fd00::/64,10.1.2.0/24";
        wg.set("peer %s allowed-ips %s", peer, list);
        wg.set("peer %s allowed-ips 10.0.0.0/8", secondPeer);
        assertEquals(List.of(list.split(",")), wg.dump().peer(peer).allowedIps());
        assertEquals(peer + "\n" + secondPeer, wg.show("peers"));
    }

    @Test
    void theOwnKeyIsNoPeerAndSettingItRemovesThePeer() {
        host.file("key", wg.keys().privateKey());
        wg.set("private-key /run/key");
        wg.set("peer %s allowed-ips 10.0.0.0/8", wg.keys().publicKey());
        assertEquals("", wg.show("peers"));
        wg.set("private-key /dev/null");
        wg.set("peer %s", wg.keys().publicKey());
        assertEquals(wg.keys().publicKey(), wg.show("peers"));
        wg.set("private-key /run/key");
        assertEquals("", wg.show("peers"));
    }

    @Test
    void anEndpointWithPortZeroIsKeptAsInWireguardGo() {
        wg.set("peer %s endpoint 192.0.2.1:0", peer);
        assertEquals(peer + "\t192.0.2.1:0", wg.show("endpoints"));
    }

    @Test
    void configurationsMakeARoundTrip() {
        String configuration =
                """
                [Interface]
                ListenPort = %d
                FwMark = 0x2a
                PrivateKey = %s

                [Peer]
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.0.0.0/8, fd00::/16
                Endpoint = 192.0.2.1:51820
                PersistentKeepalive = 25
                """
                        .formatted(51900, wg.keys().privateKey(), peer, KeyPair.presharedKey());
        String second = "[Peer]\nPublicKey = " + secondPeer + "\nAllowedIPs = 172.16.0.0/12\n";
        host.sh("wg setconf wg0 " + host.file("a", configuration));
        host.sh("wg addconf wg0 " + host.file("b", second));
        Set<String> both = lines(configuration + second);
        assertEquals(both, lines(host.sh("wg showconf wg0")));
        if (Implementation.isOurs()) {
            // wireguard-go lists peers at random.
            assertEquals(configuration + "\n" + second.strip(), host.sh("wg showconf wg0"));
        }

        host.sh(
                "wg showconf wg0 > /run/shown && wg setconf wg0 /dev/null && wg setconf wg0"
                        + " /run/shown");
        assertEquals(both, lines(host.sh("wg showconf wg0")));
        host.sh("wg syncconf wg0 /run/a");
        assertEquals(lines(configuration), lines(host.sh("wg showconf wg0")));
        host.sh("wg setconf wg0 /dev/null");
        assertEquals("", wg.show("peers"));
        assertEquals("(none)", wg.show("private-key"));
        assertEquals("off", wg.show("fwmark"));
    }

    @Test
    void theDumpHasAllColumns() {
        wg.configure(51901, "FwMark = 7\n[Peer]\nPublicKey = " + peer + "\n");
        assertEquals(
                List.of(
                        wg.keys().privateKey() + "\t" + wg.keys().publicKey() + "\t51901\t0x7",
                        peer + "\t(none)\t(none)\t(none)\t0\t0\t0\toff"),
                host.sh("wg show wg0 dump").lines().toList());
        host.sh("wg show all dump | grep -q '^wg0\t'");
    }

    @Test
    void aHundredThousandAllowedIpsAndManyPeersAreStored() {
        // The numbers of the kernel's own test.
        assertStored(Stream.of(section(0, IntStream.range(0, 130_561).mapToObj(UapiTest::ipv4))));
        assertStored(
                IntStream.range(0, 40)
                        .mapToObj(
                                p ->
                                        section(
                                                p,
                                                IntStream.range(p * 52, p * 52 + 52)
                                                        .mapToObj(UapiTest::ipv4))));
        assertStored(IntStream.range(0, 30).mapToObj(p -> section(p, Stream.of(ipv4(p)))));
        assertStored(
                Stream.of(
                        section(
                                0,
                                IntStream.range(0, 197).mapToObj("2001:db8::%x/128"::formatted))));
    }

    private void assertStored(Stream<String> sections) {
        String configuration = sections.collect(Collectors.joining());
        long expected = configuration.lines().filter(line -> line.startsWith("AllowedIPs")).count();
        host.sh("wg setconf wg0 " + host.file("many", configuration));
        Dump dump = wg.dump();
        assertEquals(configuration.split("\\[Peer]", -1).length - 1, dump.peers().size());
        Set<String> all = new HashSet<>();
        dump.peers().forEach(each -> all.addAll(each.allowedIps()));
        assertEquals(expected, all.size());
    }

    private static String section(int number, Stream<String> allowedIps) {
        byte[] key = new byte[32];
        key[0] = (byte) number;
        key[1] = 1;
        return "[Peer]\nPublicKey = "
                + Base64.getEncoder().encodeToString(key)
                + "\n"
                + allowedIps.map("AllowedIPs = %s\n"::formatted).collect(Collectors.joining());
    }

    private static String ipv4(int number) {
        return "10.%d.%d.%d/32".formatted(number >> 16, number >> 8 & 255, number & 255);
    }

    @Test
    void anUnknownInterfaceIsAnError() {
        assertNotEquals(0, host.run("wg show doesnotexist").exit());
    }

    @Test
    void severalClientsAtOnceAllSucceed() {
        host.sh(
                "set -e; for i in $(seq 8); do (wg set wg0 fwmark $i && wg show wg0 dump"
                    + " >/dev/null) & pids+=($!); done; for pid in ${pids[@]}; do wait $pid; done");
        assertTrue(wg.show("fwmark").matches("0x[1-8]"), wg.show("fwmark"));
    }

    @Test
    void aSilentConnectionBlocksNoOther() {
        try (Uapi silent = Uapi.connect(host, "wg0");
                Uapi halfAWord = Uapi.connect(host, "wg0")) {
            silent.send("");
            halfAWord.send("ge");
            wg.set("fwmark 0x3");
            assertEquals("0x3", wg.show("fwmark"));
            halfAWord.send("t=1\n\n");
            assertTrue(halfAWord.receive(1).contains("fwmark=3\n"));
        }
    }

    @Test
    void aClientThatStopsDuringASetBlocksNoOther() {
        OnlyOurs.assume("wireguard-go keeps everyone waiting until such a client goes on");
        try (Uapi stuck = Uapi.connect(host, "wg0")) {
            stuck.send("set=1\nfwmark=9\npubl");
            wg.set("listen-port 51902");
            assertEquals("51902", wg.show("listen-port"));
        }
    }

    @Test
    void oneConnectionTakesSeveralRequests() {
        try (Uapi uapi = Uapi.connect(host, "wg0")) {
            uapi.send("set=1\nfwmark=5\n\n");
            assertEquals("errno=0\n\n", uapi.receive(1));
            uapi.send("get=1\n\n");
            assertTrue(uapi.receive(1).contains("fwmark=5\n"));
            uapi.send("set=1\nfwmark=0\n\n");
            assertEquals("errno=0\n\n", uapi.receive(1));
        }
    }

    @Test
    void requestsMayFollowOneAnotherBeforeTheReply() {
        OnlyOurs.assume("wireguard-go loses what comes in the same read as the end of a set");
        try (Uapi uapi = Uapi.connect(host, "wg0")) {
            uapi.send("set=1\nfwmark=5\n\nget=1\n\n");
            String replies = uapi.receive(2);
            assertTrue(
                    replies.startsWith("errno=0\n\n") && replies.contains("fwmark=5\n"), replies);
        }
    }

    @Test
    void malformedRequestsAreRefusedAndHarmNothing() {
        assertEquals("errno=-71\n\n", exchange("set=1\nno equals sign\n\n"));
        for (String line :
                List.of(
                        "unknown_key=1",
                        "private_key=00",
                        "private_key=" + "g".repeat(64),
                        "listen_port=65536",
                        "listen_port=-1",
                        "fwmark=4294967296",
                        "replace_peers=false",
                        "public_key=" + "0".repeat(63),
                        "public_key=" + hex(peer) + "\nendpoint=somewhere:1",
                        "public_key=" + hex(peer) + "\nendpoint=192.0.2.1:65536",
                        "public_key=" + hex(peer) + "\nallowed_ip=10.0.0.0/33",
                        "public_key=" + hex(peer) + "\nallowed_ip=::/129",
                        "public_key=" + hex(peer) + "\nallowed_ip=1.2.3.0/024",
                        "public_key=" + hex(peer) + "\npersistent_keepalive_interval=65536",
                        "public_key=" + hex(peer) + "\nremove=false",
                        "public_key=" + hex(peer) + "\nprotocol_version=2")) {
            assertEquals("errno=-22\n\n", exchange("set=1\n%s\n\n", line), line);
        }
        // Ended without the empty line: what was said counts.
        assertEquals("errno=0\n\n", exchange("set=1\nfwmark=7\n"));
        assertEquals("0x7", wg.show("fwmark"));
        assertEquals("", exchange("unknown=1\n\n"));
        assertEquals("", exchange(""));
        for (String nonsense :
                List.of(
                        "set=1\nfwmark=" + "1".repeat(1 << 20) + "\n\n",
                        "x".repeat(1 << 20),
                        "set=1\n\0\0\0=\0\n\n",
                        "\0\1\2\u00ff\u00fe\n\n")) {
            String reply = exchange("%s", nonsense);
            assertTrue(reply.isEmpty() || reply.matches("errno=-\\d+\n\n"), reply);
        }
        assertEquals("0x7", wg.show("fwmark"));
    }

    @Test
    void onlyTheOwnerCanConnect() {
        String mode = host.sh("stat -c %a /var/run/wireguard/wg0.sock");
        assertTrue(mode.endsWith("00"), mode);
    }

    @Test
    void handshakeTimesAreOfTheEpochAndTransferIsExact() {
        other.configure(51903, wg.asPeer("10.0.0.1/32", ""));
        long before = System.currentTimeMillis() / 1000;
        wg.configure(
                51904,
                other.asPeer(
                        "10.0.0.2/32", "Endpoint = 127.0.0.1:51903\nPersistentKeepalive = 3600\n"));
        // 148 bytes of initiation and 32 of keepalive one way, 92 of response the other.
        Await.until("handshake and keepalive", () -> other.dump().peer().received() == 148 + 32);
        assertEquals(92, other.dump().peer().sent());
        assertEquals(92, wg.dump().peer().received());
        assertEquals(148 + 32, wg.dump().peer().sent());
        for (WgInterface each : List.of(wg, other)) {
            long handshake = each.dump().peer().latestHandshake();
            assertTrue(handshake >= before && handshake <= before + 30, before + " " + handshake);
        }
    }

    private String exchange(String format, Object... arguments) {
        return Uapi.exchange(host, "wg0", format.formatted(arguments));
    }

    private static String hex(String base64) {
        return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
    }

    private Set<String> allowedIps(String publicKey) {
        return new HashSet<>(wg.dump().peer(publicKey).allowedIps());
    }

    private static Set<String> publicKeys(WgInterface wg) {
        return wg.dump().peers().stream().map(Dump.Peer::publicKey).collect(Collectors.toSet());
    }

    private static Set<String> lines(String text) {
        return text.lines().filter(line -> !line.isBlank()).collect(Collectors.toSet());
    }
}
