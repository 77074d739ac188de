package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

/**
 * The interface moves into another network namespace while its sockets stay where they were made.
 */
@Tag("root")
class ContainerTest {
    @RegisterExtension static final Lab lab = new Lab();

    @Test
    void anInterfaceInAContainerCarriesItsTrafficThroughTheHost() {
        Tunnel tunnel = Tunnel.between(lab, Implementation.UNDER_TEST, Implementation.UNDER_TEST);
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
        Host host = (Host) tunnel.left().machine();
        Host container = lab.host("container");

        host.moveLink("wg0", container);
        container.address("wg0", "10.9.0.1/24");
        container.address("wg0", "fd09::1/64");
        container.sh("ip link set wg0 up");

        // The daemon cannot see this link's events any more and has to find out by itself that it
        // is up.
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
}
