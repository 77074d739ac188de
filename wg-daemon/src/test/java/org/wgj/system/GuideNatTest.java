// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Host;

/**
 * The first guide's node behind a home router: the other learns its endpoint from the handshake.
 */
@Tag("root")
class GuideNatTest {
    @RegisterExtension static final Lab lab = new Lab();

    @Test
    void theNodeWithoutAnEndpointLearnsItFromTheHandshake() {
        GuideKeys keys = new GuideKeys();
        Internet internet = new Internet(lab);
        GuideNode a = new GuideNode(lab, "node-A", keys);
        GuideNode b = new GuideNode(lab, "node-B", keys);
        Host home = lab.host("home");
        internet.attach(a.host(), "198.51.100.10");
        internet.attach(home, "203.0.113.20");
        Host.connect(b.host(), "eth0", home, "lan");
        b.host().address("eth0", "192.168.178.2/24");
        home.address("lan", "192.168.178.1/24");
        b.host().sh("ip route add default via 192.168.178.1");
        home.sh("sysctl -q -w net.ipv4.ip_forward=1");
        home.sh(
                """
                nft -f - <<'end'
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority 100
                        oifname eth0 masquerade random
                    }
                    chain forward {
                        type filter hook forward priority 0
                        iifname eth0 ct state new drop
                    }
                }
                end
                """);
        a.configure(
                "wg0",
                """
                # Node A (public IP) — /etc/wireguard/wg0.conf
                [Interface]
                Address    = 10.99.0.1/24
                ListenPort = 51820
                PrivateKey = <node-A-private-key>

                [Peer]
                # Node B — no Endpoint needed, it will connect to us
                PublicKey  = <node-B-public-key>
                AllowedIPs = 10.99.0.2/32
                """);
        b.configure(
                "wg0",
                """
                # Node B (behind NAT) — /etc/wireguard/wg0.conf
                [Interface]
                Address    = 10.99.0.2/24
                PrivateKey = <node-B-private-key>
                # No ListenPort needed — kernel picks an ephemeral port

                [Peer]
                PublicKey  = <node-A-public-key>
                AllowedIPs = 10.99.0.1/32
                Endpoint   = 198.51.100.10:51820
                PersistentKeepalive = 25
                """);
        a.up("wg0");
        assertEquals("(none)", a.host().sh("wg show wg0 endpoints | cut -f 2"));
        assertFalse(Traffic.reaches(a.host(), "10.99.0.2"));
        b.up("wg0");

        // The keepalive alone makes the session; only then can A speak first.
        Await.until(
                "A knows where B is",
                () -> a.host().sh("wg show wg0 endpoints | cut -f 2").startsWith("203.0.113.20:"));
        a.host().sh("ping -c 3 10.99.0.2");
        b.host().sh("ping -c 3 10.99.0.1");
    }
}
