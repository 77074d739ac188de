// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.lab.Await;
import org.wgj.lab.Host;

/**
 * The first guide's nftables rules, unchanged, on a node with the four planes; each of its lines
 * that accepts or drops is tried from another node. The ruleset accepts port 51820 only: the
 * handshakes of wg1 to wg3 have to come from inside, which PersistentKeepalive sees to.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuideFirewallTest {
    @RegisterExtension final Lab lab = new Lab();

    private static final String RULES =
            """
            table inet filter {
              chain input {
                type filter hook input priority 0; policy drop;

                # Allow established connections
                ct state established,related accept

                # Allow loopback
                iifname "lo" accept

                # Allow WireGuard UDP port from anywhere
                udp dport 51820 accept

                # Allow SSH only from the management tunnel (wg1)
                iifname "wg1" tcp dport 22 accept

                # Allow Prometheus scrapes only from the monitoring tunnel (wg2)
                iifname "wg2" tcp dport 9090 accept
                iifname "wg2" tcp dport 9100 accept

                # Allow ZFS replication (SSH) only from the storage tunnel (wg3)
                iifname "wg3" tcp dport 22 accept

                # Allow ICMP (ping) on all WireGuard interfaces
                iifname "wg*" icmp type echo-request accept

                # Drop everything else
                log prefix "nft-drop: " drop
              }

              chain forward {
                type filter hook forward priority 0; policy drop;

                # Allow forwarding between WireGuard interfaces (for site-to-site routing)
                iifname "wg0" oifname "eth0" accept
                iifname "eth0" oifname "wg0" ct state established,related accept

                # Allow inter-site traffic
                iifname "wg0" oifname "wg0" accept
              }
            }

            table inet nat {
              chain postrouting {
                type nat hook postrouting priority 100;
                # Masquerade WireGuard traffic going out to the LAN
                oifname "eth0" masquerade
              }
            }
            """;

    private static final String GUARDED_PUBLIC = "198.51.100.1";

    private GuideNode guarded;
    private GuideNode other;
    private Host web;
    private Internet internet;

    @BeforeAll
    void bringThemUp() {
        GuideKeys keys = new GuideKeys();
        internet = new Internet(lab);
        guarded = new GuideNode(lab, "node-1", keys);
        other = new GuideNode(lab, "node-2", keys);
        web = lab.host("web");
        internet.attach(guarded.host(), GUARDED_PUBLIC);
        internet.attach(other.host(), "198.51.100.2");
        internet.attach(web, "192.0.2.80");
        guarded.host().sh("sysctl -q -w net.ipv4.ip_forward=1");
        String rules = guarded.host().file("nftables.conf", RULES);
        guarded.host().sh("nft -f " + rules);
        GuidePlanes.configure(guarded, 1, 2, "198.51.100.2");
        GuidePlanes.configure(other, 2, 1, GUARDED_PUBLIC);
        for (int port : new int[] {22, 80, 9090, 9100}) {
            listen(guarded.host(), port);
        }
        listen(web, 80);
        other.run("wg0", "wg1", "wg2", "wg3");
        guarded.run("wg0", "wg1", "wg2", "wg3");
        // To the web server through the guarded node's wg0.
        other.host()
                .sh("wg set wg0 peer $(wg show wg0 peers) allowed-ips 10.77.0.1/32,192.0.2.80/32");
        other.host().sh("ip route add 192.0.2.80 dev wg0");
        for (int plane = 0; plane < GuidePlanes.COUNT; plane++) {
            other.reaches(GuidePlanes.address(plane, 1)); // iifname "wg*" icmp … accept
        }
    }

    /** Answers with the address of the caller. */
    private static void listen(Host host, int port) {
        host.sh("ncat -l -k %d -c 'echo $NCAT_REMOTE_ADDR' </dev/null >/dev/null 2>&1 &", port);
        Await.until(
                "port " + port + " listens",
                () -> host.run("grep -q ':%04X .* 0A ' /proc/net/tcp".formatted(port)).exit() == 0);
    }

    /** Returns the answer of the service; empty after fifteen seconds without one. */
    private static String ask(Host from, String address, int port) {
        return from.run("ncat --recv-only -w 15 %s %d".formatted(address, port)).out().strip();
    }

    /** Returns whether nothing, not even a refusal, comes back within a second. */
    private static boolean isDropped(Host from, String address, int port) {
        return from.run("ncat --recv-only -w 1 %s %d".formatted(address, port))
                .err()
                .contains("TIMEOUT");
    }

    @ParameterizedTest
    @CsvSource({
        "0,   22, false",
        "1,   22, true",
        "2,   22, false",
        "3,   22, true",
        "1, 9090, false",
        "2, 9090, true",
        "2, 9100, true",
        "3, 9100, false",
        "0,   80, false",
        "1,   80, false"
    })
    void aServiceIsReachedOnlyThroughItsPlane(int plane, int port, boolean accepted) {
        String address = GuidePlanes.address(plane, 1);
        if (accepted) {
            assertEquals(GuidePlanes.address(plane, 2), ask(other.host(), address, port));
        } else {
            assertTrue(isDropped(other.host(), address, port));
        }
    }

    @Test
    void fromOutsideOnlyTheTunnelsPortIsOpen() {
        assertTrue(isDropped(other.host(), GUARDED_PUBLIC, 22));
        assertFalse(Traffic.reaches(other.host(), GUARDED_PUBLIC));
        // iifname "lo" accept
        assertEquals("127.0.0.1", ask(guarded.host(), "127.0.0.1", 80));
    }

    /** udp dport 51820 accept: a handshake from outside passes on wg0, and none does on wg1. */
    @Test
    void aHandshakeFromOutsidePassesOnTheOpenPortOnly() {
        assertTrue(handshakesFromOutside("wg0"));
        assertFalse(handshakesFromOutside("wg1"));
    }

    /**
     * Returns whether a new session is made while the guarded node knows no endpoint and has no
     * flow.
     */
    private boolean handshakesFromOutside(String plane) {
        Host host = guarded.host();
        String before = host.file("before.conf", host.sh("wg showconf " + plane));
        host.sh("grep -v Endpoint %s >/run/without.conf", before);
        host.sh("wg setconf %s /run/without.conf", plane);
        host.sh("conntrack -D -p udp");
        // Taken anew, the configuration makes the other node begin with a handshake.
        String other = this.other.host().sh("wg showconf " + plane);
        this.other.host().sh("wg setconf %s %s", plane, this.other.host().file("new.conf", other));
        String address = GuidePlanes.address(plane.charAt(2) - '0', 1);
        boolean reached = false;
        for (int i = 0; i < 5 && !reached; i++) {
            reached = Traffic.reaches(this.other.host(), address);
        }
        host.sh("wg setconf %s %s", plane, before);
        this.other.reaches(address);
        return reached;
    }

    @Test
    void theTunnelMayForwardToTheLanAndTheLanOnlyAnswers() {
        // Masqueraded: the web server sees the guarded node.
        assertEquals(GUARDED_PUBLIC, ask(other.host(), "192.0.2.80", 80));
        // New connections from outside into wg0 are not forwarded.
        internet.route("10.77.0.2/32", GUARDED_PUBLIC);
        try (Capture arriving = Capture.open(guarded.host(), "eth0", "src host 192.0.2.80");
                Capture inside = Capture.open(other.host(), "wg0", "src host 192.0.2.80")) {
            assertFalse(Traffic.reaches(web, "10.77.0.2"));
            arriving.await("192.0.2.80 > 10.77.0.2");
            assertEquals("", inside.text());
        }
        // Nor is anything else than wg0: wg1 does not get out.
        other.host()
                .sh("wg set wg1 peer $(wg show wg1 peers) allowed-ips 10.78.0.1/32,192.0.2.81/32");
        other.host().sh("ip route add 192.0.2.81 dev wg1");
        try (Capture outside = Capture.open(guarded.host(), "eth0", "host 192.0.2.81")) {
            assertTrue(isDropped(other.host(), "192.0.2.81", 80));
            assertEquals("", outside.text());
        }
    }
}
