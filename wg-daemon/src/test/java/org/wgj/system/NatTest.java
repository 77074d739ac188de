// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.WgInterface;

import java.time.Duration;

/**
 * One end is behind a router that translates addresses and forgets a UDP flow after four seconds.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NatTest {
    @RegisterExtension final Lab lab = new Lab();

    private Host inside;
    private Host router;
    private Host outside;
    private WgInterface client;
    private WgInterface server;

    @BeforeAll
    void connect() {
        inside = lab.host("inside");
        router = lab.host("router");
        outside = lab.host("outside");
        Host.connect(inside, "eth0", router, "lan");
        Host.connect(router, "wan", outside, "eth0");
        inside.address("eth0", "192.168.7.2/24");
        router.address("lan", "192.168.7.1/24");
        router.address("wan", "10.1.0.1/24");
        outside.address("eth0", "10.1.0.2/24");
        inside.sh("ip route add default via 192.168.7.1");
        router.sh("sysctl -q -w net.ipv4.ip_forward=1");
        router.sh(
                """
                nft -f - <<'end'
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority 100
                        oifname wan masquerade random
                    }
                    chain forward {
                        type filter hook forward priority 0
                        iifname wan ct state new drop
                    }
                }
                end
                """);
        router.sh(
                "sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=4"
                        + " net.netfilter.nf_conntrack_udp_timeout_stream=4");
        client = lab.wireguard(inside, Implementation.WGJ, "wg0");
        server = lab.wireguard(outside, Implementation.WGJ, "wg0");
        client.up("10.9.0.1/24");
        server.up("10.9.0.2/24");
    }

    private void configure(String keepalive) {
        server.configure(51820, client.asPeer("10.9.0.1/32", ""));
        client.configure(
                51821, server.asPeer("10.9.0.2/32", "Endpoint = 10.1.0.2:51820\n" + keepalive));
    }

    private boolean flowIsForgotten() {
        return router.sh("conntrack -L -p udp 2>/dev/null").isEmpty();
    }

    @Test
    void persistentKeepaliveKeepsTheNatOpen() {
        configure("PersistentKeepalive = 1");
        Await.until(
                "a session made by the keepalive alone",
                () -> server.dump().peer().latestHandshake() > 0);
        String endpoint = server.dump().peer().endpoint();
        assertTrue(endpoint.startsWith("10.1.0.1:"), endpoint);
        // A keepalive has 32 bytes: five more seconds of them and nothing else.
        long received = server.dump().peer().received();
        Await.until(
                "five keepalives",
                Duration.ofSeconds(20),
                () -> {
                    assertFalse(flowIsForgotten());
                    return server.dump().peer().received() >= received + 5 * 32;
                });
        assertEquals(endpoint, server.dump().peer().endpoint());
        Traffic.ping(outside, "10.9.0.1");
    }

    @Test
    void withoutKeepaliveTheNatClosesUntilTheInsideSendsAgain() {
        configure("");
        Traffic.ping(inside, "10.9.0.2");
        String before = server.dump().peer().endpoint();
        // The client may once acknowledge with a passive keepalive, ten seconds after the last data
        // it received.
        Await.until("the router forgets", Duration.ofSeconds(30), this::flowIsForgotten);
        assertFalse(Traffic.reaches(outside, "10.9.0.1"));
        Await.until("the router forgets", Duration.ofSeconds(30), this::flowIsForgotten);
        Traffic.ping(inside, "10.9.0.2");
        assertNotEquals(before, server.dump().peer().endpoint());
        Traffic.ping(outside, "10.9.0.1");
    }
}
