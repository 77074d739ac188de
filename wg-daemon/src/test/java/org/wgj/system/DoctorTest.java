// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code wgj doctor} on two hosts with a router between them, healthy and with faults that appear
 * only on a real network.
 */
@Tag("root")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DoctorTest {
    @RegisterExtension static final Lab LAB = new Lab();

    private static final String A_OUTSIDE = "198.51.100.10";
    private static final String B_OUTSIDE = "203.0.113.20";

    private static Host a;
    private static Host b;
    private static Host router;
    private static WgInterface atA;
    private static WgInterface atB;

    @BeforeAll
    static void connect() {
        a = LAB.host("a");
        b = LAB.host("b");
        router = LAB.host("router");
        Host.connect(a, "eth0", router, "toa");
        Host.connect(b, "eth0", router, "tob");
        a.address("eth0", A_OUTSIDE + "/24");
        router.address("toa", "198.51.100.1/24");
        b.address("eth0", B_OUTSIDE + "/24");
        router.address("tob", "203.0.113.1/24");
        a.sh("ip route add default via 198.51.100.1");
        b.sh("ip route add default via 203.0.113.1");
        router.sh("sysctl -qw net.ipv4.ip_forward=1");
        atA = LAB.wireguard(a, Implementation.WGJ, "wg0");
        atB = LAB.wireguard(b, Implementation.WGJ, "wg0");
        atA.up("10.99.0.1/24");
        atB.up("10.99.0.2/24");
        configure();
    }

    /** The guide's point to point, on both sides, with new sessions. */
    private static void configure() {
        atA.configure(51820, atB.asPeer("10.99.0.2/32", "Endpoint = " + B_OUTSIDE + ":51820"));
        atB.configure(51820, atA.asPeer("10.99.0.1/32", "Endpoint = " + A_OUTSIDE + ":51820"));
        file(
                a,
                "10.99.0.1/24",
                atA,
                atB.asPeer("10.99.0.2/32", "Endpoint = " + B_OUTSIDE + ":51820"));
        file(
                b,
                "10.99.0.2/24",
                atB,
                atA.asPeer("10.99.0.1/32", "Endpoint = " + A_OUTSIDE + ":51820"));
    }

    private static void file(Host host, String address, WgInterface own, String peers) {
        host.sh("mkdir -p /run/files");
        host.file(
                "files/wg0.conf",
                """
                [Interface]
                Address = %s
                ListenPort = 51820
                PrivateKey = %s
                %s\
                """
                        .formatted(address, own.keys().privateKey(), peers));
    }

    private record Finding(String level, String check, String seen) {}

    private record Diagnosis(int exit, List<Finding> findings) {
        Finding find(String level, String check) {
            List<Finding> found =
                    findings.stream()
                            .filter(f -> f.level().equals(level) && f.check().equals(check))
                            .toList();
            assertEquals(1, found.size(), () -> level + " " + check + " in " + this);
            return found.getFirst();
        }

        void assertFound(String level, String check, String part) {
            Finding finding = find(level, check);
            assertTrue(finding.seen().contains(part), finding::toString);
        }
    }

    private static Command.Result run(Host host, String words) {
        return host.run("'%s' doctor %s".formatted(Repository.folder().resolve("bin/wgj"), words));
    }

    private static Diagnosis doctor(Host host, String words) {
        Command.Result result = run(host, "--json " + words);
        assertTrue(result.out().startsWith("{"), result::toString);
        List<Finding> findings = new ArrayList<>();
        JsonObject report = JsonParser.parseString(result.out()).getAsJsonObject();
        for (JsonElement element : report.getAsJsonArray("findings")) {
            JsonObject finding = element.getAsJsonObject();
            findings.add(
                    new Finding(
                            finding.get("level").getAsString(),
                            finding.get("check").getAsString(),
                            finding.get("seen").getAsString()));
        }
        return new Diagnosis(result.exit(), findings);
    }

    @Test
    @Order(1)
    void aHealthyTunnelPassesAndNothingWasChanged() {
        String before = a.sh(Leftovers.SCRIPT);
        // Without a word from anybody: the doctor itself makes the first handshake.
        Command.Result result = run(a, "/run/files/wg0.conf");
        assertEquals(0, result.exit(), result::toString);
        List<String> bad =
                result.out()
                        .lines()
                        .filter(line -> line.matches("  (WARN|FAIL|SKIP) .*"))
                        // Whether this machine's clock follows another is not this test's affair.
                        .filter(line -> !line.contains(" clock "))
                        .toList();
        assertEquals(List.of(), bad, result::toString);
        for (String part :
                List.of(
                        "interface      up, MTU 1420, listening on UDP port 51820",
                        "as configured  key, port, addresses and peers are those of the file",
                        "none, and a new one after a test packet",
                        "packets of all 1420 bytes arrive (ping -M do -s 1392 10.99.0.2)",
                        "UDP over IPv4 to port 51820 is accepted",
                        "0 failures")) {
            assertTrue(result.out().contains(part), () -> part + " in " + result);
        }
        assertEquals(before, a.sh(Leftovers.SCRIPT));
        // The correction of the guide's ping.
        a.sh("ping -c 1 -W 5 -M do -s 1392 10.99.0.2");
        assertTrue(a.run("ping -c 1 -W 1 -M do -s 1393 10.99.0.2").exit() != 0);
    }

    @Test
    @Order(2)
    void aFirewallThatDropsThePortIsFound() {
        b.sh(
                "nft 'add table inet filter; add chain inet filter input { type filter hook input"
                        + " priority 0; policy drop; }; add rule inet filter input ct state"
                        + " established,related accept'");
        try {
            Diagnosis blocked = doctor(b, "/run/files/wg0.conf");
            blocked.assertFound("FAIL", "firewall", "inet filter input (policy drop)");
            assertEquals(1, blocked.exit());
            b.sh("nft insert rule inet filter input udp dport 51820 accept"); // the fix it names
            doctor(b, "wg0").find("PASS", "firewall");
        } finally {
            b.sh("nft delete table inet filter");
        }
    }

    @Test
    @Order(3)
    void aKeyThatTheOtherSideDoesNotKnowIsFound() {
        configure();
        atB.set("peer %s remove", atA.keys().publicKey());
        Diagnosis wrong = doctor(a, "/run/files/wg0.conf");
        wrong.assertFound("FAIL", "handshake", "a key is wrong on one side");
        assertEquals(1, wrong.exit());
        Diagnosis other = doctor(b, "/run/files/wg0.conf");
        other.assertFound("FAIL", "as configured", "is not on the interface");
        configure();
    }

    @Test
    @Order(4)
    void theEndpointsOfAFileAreProbedBeforeItsInterfaceIsUp() {
        Traffic.ping(a, "10.99.0.2");
        String handshake = atA.show("latest-handshakes");
        KeyPair keys = KeyPair.generate();
        KeyPair nobody = KeyPair.generate();
        atB.set("peer %s allowed-ips 10.99.0.7/32", keys.publicKey());
        a.file(
                "files/wg7.conf",
                """
                [Interface]
                Address = 10.98.0.7/24
                ListenPort = 51820
                PrivateKey = %s
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.99.0.2/32
                Endpoint = %s:51820
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.99.0.3/32
                Endpoint = %s:51999
                """
                        .formatted(
                                keys.privateKey(),
                                atB.keys().publicKey(),
                                B_OUTSIDE,
                                nobody.publicKey(),
                                B_OUTSIDE));
        Diagnosis down = doctor(a, "/run/files/wg7.conf");
        down.assertFound("FAIL", "interface", "there is no interface wg7");
        down.assertFound("PASS", "reachable", B_OUTSIDE + ":51820 answers an initiation");
        down.assertFound("FAIL", "reachable", "no program listens on that port");
        down.assertFound("FAIL", "port", "UDP port 51820 is taken by java (");
        // The session of the interface that runs was left alone.
        assertEquals(handshake, atA.show("latest-handshakes"));
        Traffic.ping(a, "10.99.0.2");
    }

    @Test
    @Order(5)
    void aClosedPortIsDistinguishedFromSilence() {
        atA.configure(51820, atB.asPeer("10.99.0.2/32", "Endpoint = " + B_OUTSIDE + ":51999"));
        Diagnosis diagnosis = doctor(a, "wg0");
        diagnosis.assertFound("FAIL", "handshake", "no program listens at " + B_OUTSIDE + ":51999");
        configure();
    }

    @Test
    @Order(6)
    void filesOfTwoMachinesThatDoNotFitAreFound() {
        a.sh("mkdir -p /run/pair/a /run/pair/b && cp /run/files/wg0.conf /run/pair/a/");
        KeyPair wrong = KeyPair.generate();
        a.file(
                "pair/b/wg0.conf",
                """
                [Interface]
                Address = 10.99.0.2/24
                ListenPort = 51820
                PrivateKey = %s
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.99.0.1/32
                Endpoint = %s:51820
                """
                        .formatted(atB.keys().privateKey(), wrong.publicKey(), A_OUTSIDE));
        Diagnosis diagnosis = doctor(a, "/run/pair");
        assertEquals(1, diagnosis.exit());
        assertTrue(
                diagnosis.findings().stream()
                        .anyMatch(
                                f -> f.check().equals("pair") && f.seen().contains("whose key is")),
                diagnosis::toString);
        assertTrue(
                diagnosis.findings().stream()
                        .anyMatch(
                                f -> f.check().equals("pair") && f.seen().contains("has no peer")),
                diagnosis::toString);
    }

    /** Last, because what the kernel learns of a path it does not forget for a while. */
    @Test
    @Order(7)
    void theMtuOfThePathIsMeasuredToTheByte() {
        router.sh("ip link set tob mtu 1400");
        b.sh("ip link set eth0 mtu 1400");
        // The tunnel's datagrams may be fragmented, so a narrow link alone loses nothing.
        Diagnosis narrow = doctor(a, "wg0");
        narrow.assertFound("PASS", "mtu", "packets of all 1420 bytes arrive");
        narrow.assertFound(
                "WARN", "mtu", "takes 1400 bytes: packets longer than 1340 travel in fragments");
        assertEquals(0, narrow.exit());
        b.sh(
                "nft 'add table ip raw; add chain ip raw prerouting { type filter hook prerouting"
                        + " priority -450; }; add rule ip raw prerouting ip frag-off & 0x3fff != 0"
                        + " drop'");
        // 1400 - 20 - 8 - 32 leaves 1340; what is sealed is filled up to a multiple of 16.
        Diagnosis lossy = doctor(a, "wg0");
        lossy.assertFound(
                "FAIL", "mtu", "packets longer than 1328 bytes are lost, the MTU is 1420");
        assertEquals(1, lossy.exit());
        Diagnosis inProcess = doctor(a, proxyFile() + " --through 10.99.0.2");
        inProcess.assertFound(
                "FAIL", "mtu", "packets longer than 1328 bytes are lost, the MTU is 1420");
        inProcess.assertFound("WARN", "mtu", "packets longer than 1340 travel in fragments");
        inProcess.assertFound("PASS", "target", "10.99.0.2 answers a ping");
        a.sh("ip link set mtu 1328 dev wg0"); // the fix it names
        Diagnosis fixed = doctor(a, "wg0");
        fixed.assertFound("PASS", "mtu", "packets of all 1328 bytes arrive");
        assertEquals(0, fixed.exit());
    }

    /** The file of a third peer, whose tunnel the doctor opens inside its process. */
    private static String proxyFile() {
        KeyPair keys = KeyPair.generate();
        atB.set("peer %s allowed-ips 10.99.0.8/32", keys.publicKey());
        a.file(
                "files/proxy.conf",
                """
                [Interface]
                Address = 10.99.0.8/24
                PrivateKey = %s
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.99.0.2/32
                Endpoint = %s:51820
                [Socks5]
                BindAddress = 127.0.0.1:1080
                """
                        .formatted(keys.privateKey(), atB.keys().publicKey(), B_OUTSIDE));
        return "/run/files/proxy.conf";
    }
}
