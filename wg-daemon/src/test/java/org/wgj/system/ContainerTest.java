// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.util.Map;

/**
 * The interface moves into another network namespace while its sockets stay where they were made.
 */
@Tag("root")
class ContainerTest {
    @RegisterExtension static final Lab lab = new Lab();

    @Test
    void anInterfaceInAContainerCarriesItsTrafficThroughTheHost() {
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
        Host host = (Host) tunnel.left().machine();
        Host container = lab.host("container");

        host.moveLink("wg0", container);
        container.address("wg0", "10.9.0.1/24");
        container.address("wg0", "fd09::1/64");
        container.sh("ip link set wg0 up");

        // The daemon cannot see this link's events any more and has to ask whether it is up.
        Await.until(
                "the container reaches the other end",
                () -> Traffic.reaches(container, "10.9.0.2"));
        Traffic.ping(container, "fd09::2");
        Traffic.ping(tunnel.right().machine(), "10.9.0.1");
        assertEquals("lo wg0", container.sh("ls /sys/class/net | tr '\\n' ' '").strip());
        assertFalse(host.sh("ls /sys/class/net").contains("wg0"));
        // The host's configuration socket goes on working.
        assertEquals(tunnel.rightEndpoint(Carrier.IPV4), tunnel.left().dump().peer().endpoint());

        container.sh("ip link set wg0 down && ip link set wg0 mtu 1300 && ip link set wg0 up");
        Await.until("traffic after down and up", () -> Traffic.reaches(container, "10.9.0.2"));
    }

    /** The daemon holds no descriptor that keeps the namespace alive, whatever its rights are. */
    @ParameterizedTest
    @ValueSource(strings = {"least", "all"})
    void theDaemonEndsWithTheNamespaceThatItsInterfaceWasMovedTo(String privileges) {
        Host host = lab.host("host-" + privileges);
        Daemon daemon =
                lab.daemon(host, Implementation.WGJ, "wg0", Map.of("WGJ_PRIVILEGES", privileges));
        host.sh("mkdir -p /run/netns && ip netns add away");
        host.sh("ip link add outside type veth peer name inside netns away");
        host.sh("ip link set wg0 netns away && ip -n away link set wg0 up");
        host.sh("wg set wg0 listen-port 51820");
        Await.until(
                "the daemon has seen it up, and so looked there",
                () -> host.run("ss -Hlun sport = :51820 | grep -q 51820").exit() == 0);
        host.sh("ip netns delete away");
        daemon.awaitGone();
        assertNotEquals(0, host.run("ip link show outside").exit(), "the namespace lives on");
    }
}
