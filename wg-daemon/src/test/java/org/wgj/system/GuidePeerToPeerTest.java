// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The first guide's two nodes with a direct connection, its MTU test, its iperf3 recipe and its
 * replication.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuidePeerToPeerTest {
    @RegisterExtension final Lab lab = new Lab();

    private final GuideKeys keys = new GuideKeys();
    private GuideNode a;
    private GuideNode b;

    @BeforeAll
    void bringItUp() {
        Internet internet = new Internet(lab);
        a = new GuideNode(lab, "node-A", keys);
        b = new GuideNode(lab, "node-B", keys);
        internet.attach(a.host(), "198.51.100.10");
        internet.attach(b.host(), "203.0.113.20");
        a.configure(
                "wg0",
                """
                [Interface]
                Address    = 10.99.0.1/24
                ListenPort = 51820
                PrivateKey = <node-A-private-key>

                [Peer]
                PublicKey  = <node-B-public-key>
                AllowedIPs = 10.99.0.2/32
                Endpoint   = 203.0.113.20:51820
                PersistentKeepalive = 25
                """);
        b.configure(
                "wg0",
                """
                [Interface]
                Address    = 10.99.0.2/24
                ListenPort = 51820
                PrivateKey = <node-B-private-key>

                [Peer]
                PublicKey  = <node-A-public-key>
                AllowedIPs = 10.99.0.1/32
                Endpoint   = 198.51.100.10:51820
                PersistentKeepalive = 25
                """);
        GuideNode.allUp(List.of(a, b), "wg0");
        Traffic.serve(b.host());
    }

    @Test
    void eachNodeReachesTheOtherAndShowsAHandshake() {
        a.host().sh("ping -c 3 10.99.0.2");
        b.host().sh("ping -c 3 10.99.0.1");
        for (GuideNode node : List.of(a, b)) {
            String shown = node.host().sh("wg show");
            assertTrue(shown.contains("latest handshake: "), shown);
        }
    }

    /**
     * The guide tests the MTU by {@code ping -s 1400 -M do}, which cannot pass at the MTU of 1420
     * that it takes as given: 20 bytes of IPv4 and 8 of ICMP leave 1,392.
     */
    @Test
    void aPingOf1392BytesPassesAndOneOf1393DoesNot() {
        assertEquals("1420", a.host().sh("cat /sys/class/net/wg0/mtu"));
        a.host().sh("ping -c 3 -s 1392 -M do 10.99.0.2");
        for (int size : new int[] {1393, 1400}) {
            Command.Result ping = a.host().run("ping -c 1 -s %d -M do 10.99.0.2".formatted(size));
            assertNotEquals(0, ping.exit());
            assertTrue(ping.text().contains("message too long, mtu=1420"), ping.text());
        }
    }

    /** Runs for three seconds instead of the guide's thirty, and does not judge the figure. */
    @Test
    void theIperf3RecipeRunsBesideTheTunnelAndThroughIt() {
        Traffic.stream(a.host(), "203.0.113.20", 3, "-P 4");
        Traffic.stream(a.host(), "10.99.0.2", 3, "-P 4");
    }

    /**
     * Does the same as {@code syncoid}: a bulk stream over one TCP connection, here without SSH's
     * own encryption.
     */
    @Test
    void aReplicationCrossesRekeysWholeAndWithoutAStall() {
        b.host().sh("ncat -l 10.99.0.2 2222 </dev/null | sha256sum >/run/received &");
        a.host().sh("head -c 40000000 /dev/urandom >/run/snapshot");
        Await.until(
                "ncat listens", () -> b.host().run("grep -q ':08AE ' /proc/net/tcp").exit() == 0);
        CompletableFuture<List<Long>> stream =
                CompletableFuture.supplyAsync(
                        () -> Traffic.stream(a.host(), "10.99.0.2", 17, "-b 20M"));
        a.host()
                .sh(
                        "split -b 4000000 --filter 'cat; sleep 1' /run/snapshot | ncat 10.99.0.2"
                                + " 2222 &");
        Set<String> handshakes = new HashSet<>();
        Await.until(
                "the stream ended",
                Command.DEADLINE,
                () -> {
                    handshakes.add(a.host().sh("wg show wg0 latest-handshakes"));
                    return stream.isDone();
                });
        List<Long> bytes = stream.join();
        assertTrue(
                bytes.stream().noneMatch(second -> second == 0), "bytes of each second: " + bytes);
        assertTrue(handshakes.size() >= 3, "fewer than two rekeys: " + handshakes);
        String sent = a.host().sh("sha256sum </run/snapshot");
        Await.until("the replica is whole", () -> b.host().sh("cat /run/received").equals(sent));
    }
}
