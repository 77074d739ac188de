// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;

import java.util.List;

/**
 * The first guide's hub and spoke: clients 1 and 3 route the tunnel's subnet only (split tunnel),
 * client 2 everything (full tunnel). A web server out in the internet shows the address of its
 * caller.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuideHubTest {
    @RegisterExtension final Lab lab = new Lab();

    private final GuideKeys keys = new GuideKeys();
    private GuideNode hub;
    private GuideNode laptop;
    private GuideNode phone;
    private GuideNode office;
    private Host web;

    @BeforeAll
    void bringItUp() {
        Internet internet = new Internet(lab);
        hub = node(internet, "hub", "198.51.100.10");
        laptop = node(internet, "client-1", "203.0.113.11");
        phone = node(internet, "client-2", "203.0.113.12");
        office = node(internet, "client-3", "203.0.113.13");
        web = lab.host("web");
        internet.attach(web, "192.0.2.80");
        // The guide's PostUp adds to tables that it takes as given.
        hub.host()
                .sh(
                        """
                        nft -f - <<'end'
                        table inet filter {
                            chain forward { type filter hook forward priority 0; policy drop; ct state established,related accept; }
                        }
                        table inet nat {
                            chain postrouting { type nat hook postrouting priority 100; }
                        }
                        end
                        """);
        hub.configure(
                "wg0",
                """
                [Interface]
                Address    = 10.99.0.1/24
                ListenPort = 51820
                PrivateKey = <hub-private-key>

                # Enable forwarding so clients can reach each other and the LAN
                PostUp   = sysctl -w net.ipv4.ip_forward=1; nft add rule inet filter forward iifname "wg0" accept; nft add rule inet nat postrouting oifname "eth0" masquerade
                PostDown = nft flush ruleset

                [Peer]
                # Client 1 — laptop
                PublicKey  = <client-1-pubkey>
                AllowedIPs = 10.99.0.10/32

                [Peer]
                # Client 2 — phone
                PublicKey  = <client-2-pubkey>
                AllowedIPs = 10.99.0.11/32

                [Peer]
                # Client 3 — remote office
                PublicKey  = <client-3-pubkey>
                AllowedIPs = 10.99.0.12/32
                """);
        client(laptop, "10.99.0.10", "10.99.0.0/24");
        client(phone, "10.99.0.11", "0.0.0.0/0");
        client(office, "10.99.0.12", "10.99.0.0/24");
        GuideNode.allUp(List.of(hub, laptop, phone, office), "wg0");
    }

    private GuideNode node(Internet internet, String name, String address) {
        GuideNode node = new GuideNode(lab, name, keys);
        internet.attach(node.host(), address);
        return node;
    }

    private static void client(GuideNode node, String address, String allowedIps) {
        node.configure(
                "wg0",
                """
                [Interface]
                Address    = %s/24
                PrivateKey = <%s-private-key>
                DNS        = 10.99.0.1

                [Peer]
                PublicKey  = <hub-pubkey>
                Endpoint   = 198.51.100.10:51820
                AllowedIPs = %s
                PersistentKeepalive = 25
                """
                        .formatted(address, node, allowedIps));
    }

    /** Returns the address that the web server sees when a client calls it. */
    private String seenBy(GuideNode client) {
        web.sh(
                "ncat -l -k 8080 -c 'echo $NCAT_REMOTE_ADDR' >/dev/null 2>&1 & echo $!"
                        + " >/run/ncat.pid");
        try {
            Await.until(
                    "the web server listens",
                    () -> web.run("grep -q ':1F90 .* 0A ' /proc/net/tcp").exit() == 0);
            return client.host().sh("ncat --recv-only -w 5 192.0.2.80 8080");
        } finally {
            web.sh("kill $(cat /run/ncat.pid)");
        }
    }

    @Test
    @Order(1)
    void clientsReachTheHubAndEachOther() {
        laptop.reaches("10.99.0.1", "10.99.0.11", "10.99.0.12");
        phone.reaches("10.99.0.1", "10.99.0.10", "10.99.0.12");
        office.reaches("10.99.0.1", "10.99.0.10", "10.99.0.11");
    }

    @Test
    @Order(2)
    void theFullTunnelLeavesThroughTheHubAndTheSplitOneDirectly() {
        assertEquals("198.51.100.10", seenBy(phone));
        assertEquals("203.0.113.11", seenBy(laptop));
    }

    @Test
    @Order(3)
    void theClientUsesTheTunnelsResolver() {
        assertTrue(phone.host().sh("cat /etc/resolv.conf").contains("nameserver 10.99.0.1"));
    }

    /** AllowedIPs name the sources that a peer may send from. */
    @Test
    @Order(4)
    void aClientCannotUseAnothersAddress() {
        laptop.host().sh("ip address add 10.99.0.12/32 dev wg0");
        try (Capture inside = Capture.open(hub.host(), "wg0", "icmp and host 10.99.0.12")) {
            assertNotEqualsZero(laptop.host().run("ping -c 3 -i 0.2 -W 1 -I 10.99.0.12 10.99.0.1"));
            assertEquals("", inside.text());
        }
        laptop.host().sh("ip address del 10.99.0.12/32 dev wg0");
        laptop.reaches("10.99.0.1");
    }

    private static void assertNotEqualsZero(Command.Result result) {
        assertFalse(result.exit() == 0, result.toString());
    }

    /** And AllowedIPs are the way there: what no peer has goes nowhere. */
    @Test
    @Order(5)
    void anAddressOfNoPeerIsUnreachable() {
        Command.Result ping = hub.host().run("ping -c 1 -W 2 10.99.0.99");
        assertNotEqualsZero(ping);
        assertTrue(ping.text().contains("Destination Host Unreachable"), ping.text());
    }

    @Test
    @Order(6)
    void goingDownRestoresTheResolverAndRunsTheGuidesHook() {
        phone.wgj("down wg0").orFail();
        assertEquals("nameserver 100.64.0.53", phone.host().sh("cat /etc/resolv.conf"));
        assertEquals("203.0.113.12", seenBy(phone));
        hub.wgj("down wg0").orFail();
        // The guide's PostDown flushes everything, its own tables and everybody else's.
        assertEquals("", hub.host().sh("nft list ruleset"));
    }
}
