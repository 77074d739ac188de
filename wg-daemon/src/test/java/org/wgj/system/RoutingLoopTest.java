// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.wgj.lab.Await;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The route to a peer's endpoint leads into the tunnel: a few packets must stay a few. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoutingLoopTest {
    /** Pings, the datagrams they become, their fragments, handshakes, and the system's own. */
    private static final int FEW_PACKETS = 100;

    private static final Pattern LOOPED = Pattern.compile("drop_looped=(\\d+)");

    @RegisterExtension final Lab lab = new Lab();

    private Tunnel tunnel;
    private Host left;

    @BeforeAll
    void connect() {
        OnlyOurs.assume("others go round for ever");
        tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        left = (Host) tunnel.left().machine();
    }

    private long looped() {
        Matcher matcher = LOOPED.matcher(Uapi.exchange(left, "wg0", "engine=1\n\n"));
        assertTrue(matcher.find());
        return Long.parseLong(matcher.group(1));
    }

    private long packetsIntoTunnel() {
        return Long.parseLong(left.sh("cat /sys/class/net/wg0/statistics/tx_packets").strip());
    }

    @ParameterizedTest
    @EnumSource(Carrier.class)
    void loopedPacketsAreDroppedCountedAndLogged(Carrier carrier) {
        tunnel.configure(Initiator.LEFT, carrier);
        Traffic.ping(left, "10.9.0.2");
        tunnel.left().set("peer %s allowed-ips 0.0.0.0/0,::/0", tunnel.right().keys().publicKey());
        long packets = packetsIntoTunnel();
        long before = looped();
        String endpoint = carrier == Carrier.IPV4 ? "10.1.0.2" : "fd01::2";
        left.sh("ip route add %s dev wg0", endpoint);
        tunnel.left().set("fwmark 7"); // forgets by which interface the peer was heard

        assertFalse(Traffic.reaches(left, "10.9.0.2"));
        left.run("ping -c 3 -i 0.2 -W 1 10.9.0.2");
        left.run("ping -c 3 -i 0.2 -W 1 -s 1390 10.9.0.2");
        long dropped = looped() - before;
        long taken = packetsIntoTunnel() - packets;
        System.out.printf("%s: %d packets taken, %d looped%n", carrier, taken, dropped);
        assertTrue(dropped >= 7, dropped + " dropped");
        assertTrue(taken <= FEW_PACKETS, taken + " packets");
        assertTrue(new Daemon(left, "wg0").log().contains("is routed into the tunnel itself"));

        left.sh("ip route del %s dev wg0", endpoint);
        Await.until("packets pass again", () -> Traffic.reaches(left, "10.9.0.2"));
    }
}
