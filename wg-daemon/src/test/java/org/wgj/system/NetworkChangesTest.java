// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Implementation;
import org.wgj.lab.Machine;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.util.List;

/**
 * The network outside changes while a session lives: roaming, source addresses, marks, families.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NetworkChangesTest {
    @RegisterExtension final Lab lab = new Lab();

    private Tunnel tunnel;
    private Machine left;
    private Machine right;

    @BeforeAll
    void connect() {
        tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        left = tunnel.left().machine();
        right = tunnel.right().machine();
        restore();
    }

    @BeforeEach
    void newSession() {
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
        Traffic.ping(left, "10.9.0.2");
    }

    /** Undoes what a test did to the addresses outside; the right end has two of each family. */
    @AfterEach
    void restore() {
        for (Machine machine : List.of(left, right)) {
            machine.sh(
                    "ip rule del fwmark 0x51 2>/dev/null; ip rule del fwmark 0x52 2>/dev/null; ip"
                            + " route flush table 51; ip address flush dev eth0 scope global");
        }
        left.address("eth0", "10.1.0.1/24");
        right.address("eth0", "10.1.0.2/24");
        right.address("eth0", "10.1.0.22/24");
        right.address("eth0", "fd01::22/64");
        left.address("eth0", "fd01::1/64");
        right.address("eth0", "fd01::2/64");
    }

    @Test
    void anInitiatorThatChangesItsPortIsFollowedWithoutANewHandshake() {
        long handshake = tunnel.right().dump().peer().latestHandshake();
        tunnel.left().set("listen-port 51099");
        Traffic.ping(left, "10.9.0.2");
        assertEquals("10.1.0.1:51099", tunnel.right().dump().peer().endpoint());
        Traffic.ping(right, "10.9.0.1");
        assertEquals(handshake, tunnel.right().dump().peer().latestHandshake());
    }

    /** It reads no more packets then, and must begin again by itself. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "wg set wg0 listen-port 51097",
                "ip link set wg0 down; ip link set wg0 up"
            })
    void aTunnelContinuesAfterItsWireWasFull(String meanwhile) {
        left.sh("tc qdisc add dev eth0 root tbf rate 100kbit burst 4kb limit 64mb");
        try {
            Traffic.fill(left, "10.9.0.2");
            left.sh(meanwhile);
        } finally {
            left.sh("tc qdisc del dev eth0 root");
        }
        Await.until("packets pass again", () -> Traffic.reaches(left, "10.9.0.2"));
    }

    @Test
    void aResponderThatChangesItsPortIsFollowedOnceItSends() {
        tunnel.right().set("listen-port 51098");
        Traffic.ping(right, "10.9.0.1");
        assertEquals("10.1.0.2:51098", tunnel.left().dump().peer().endpoint());
        Traffic.ping(left, "10.9.0.2");
    }

    @Test
    void anInitiatorThatChangesItsAddressIsFollowed() {
        left.sh("ip address del 10.1.0.1/24 dev eth0");
        left.address("eth0", "10.1.0.11/24");
        Traffic.ping(left, "10.9.0.2");
        assertEquals("10.1.0.11:" + Tunnel.LEFT_PORT, tunnel.right().dump().peer().endpoint());
        Traffic.ping(right, "10.9.0.1");
    }

    @Test
    void aResponderThatChangesItsAddressIsFollowedOnceItSends() {
        right.sh("ip address del 10.1.0.2/24 dev eth0");
        right.address("eth0", "10.1.0.12/24");
        Traffic.ping(right, "10.9.0.1");
        assertEquals("10.1.0.12:" + Tunnel.RIGHT_PORT, tunnel.left().dump().peer().endpoint());
        Traffic.ping(left, "10.9.0.2");
    }

    @Test
    void anEndpointMovesFromIpv4ToIpv6() {
        OnlyOurs.assume("wireguard-go mutilates IPv6 addresses once it has sent over IPv4");
        tunnel.left()
                .set(
                        "peer %s endpoint %s",
                        tunnel.right().keys(), tunnel.rightEndpoint(Carrier.IPV6));
        Traffic.ping(left, "10.9.0.2");
        assertEquals(tunnel.leftEndpoint(Carrier.IPV6), tunnel.right().dump().peer().endpoint());
        Traffic.ping(right, "10.9.0.1");
    }

    @Test
    void repliesComeFromTheAddressThatThePeerUsed() {
        OnlyOurs.assume("wireguard-go of 2025 loses the address that a datagram came to");
        // Were they to come from the first address, the left end would learn that one as the
        // endpoint.
        tunnel.left()
                .set("peer %s endpoint 10.1.0.22:%d", tunnel.right().keys(), Tunnel.RIGHT_PORT);
        Traffic.ping(left, "10.9.0.2");
        assertEquals("10.1.0.22:" + Tunnel.RIGHT_PORT, tunnel.left().dump().peer().endpoint());
        tunnel.left()
                .set("peer %s endpoint [fd01::22]:%d", tunnel.right().keys(), Tunnel.RIGHT_PORT);
        Traffic.ping(left, "10.9.0.2");
        assertEquals("[fd01::22]:" + Tunnel.RIGHT_PORT, tunnel.left().dump().peer().endpoint());
    }

    @Test
    void whenTheSourceAddressGoesAwayAnotherTakesItsPlace() {
        tunnel.left()
                .set("peer %s endpoint 10.1.0.22:%d", tunnel.right().keys(), Tunnel.RIGHT_PORT);
        Traffic.ping(left, "10.9.0.2");
        right.sh("ip address del 10.1.0.22/24 dev eth0");
        Await.until(
                "the right end sends from what is left", () -> Traffic.reaches(right, "10.9.0.1"));
        assertEquals("10.1.0.2:" + Tunnel.RIGHT_PORT, tunnel.left().dump().peer().endpoint());
        Traffic.ping(left, "10.9.0.2");
    }

    @Test
    void theMarkRoutesThePacketsOutsideAndCanChangeWhileUp() {
        // Only packets marked 0x51 find the way; the main table has none.
        left.sh(
                "ip rule add fwmark 0x51 table 51 && ip route add 10.1.0.2 dev eth0 src 10.1.0.1"
                        + " table 51 && ip route del 10.1.0.0/24 dev eth0");
        assertFalse(Traffic.reaches(left, "10.9.0.2"));
        tunnel.left().set("fwmark 0x51");
        Await.until("marked packets arrive", () -> Traffic.reaches(left, "10.9.0.2"));
        tunnel.left().set("fwmark 0x52");
        assertFalse(Traffic.reaches(left, "10.9.0.2"));
        left.sh("ip rule add fwmark 0x52 table 51");
        Await.until("packets with the new mark arrive", () -> Traffic.reaches(left, "10.9.0.2"));
        tunnel.left().set("fwmark off");
        assertFalse(Traffic.reaches(left, "10.9.0.2"));
    }

    @Test
    void theMarkRoutesIpv6Too() {
        OnlyOurs.assume("wireguard-go mutilates IPv6 addresses once it has sent over IPv4");
        tunnel.left()
                .set(
                        "peer %s endpoint %s",
                        tunnel.right().keys(), tunnel.rightEndpoint(Carrier.IPV6));
        left.sh(
                "ip -6 rule add fwmark 0x51 table 51 && ip -6 route add fd01::2 dev eth0 table 51"
                        + " && ip -6 route del fd01::/64 dev eth0");
        try {
            assertFalse(Traffic.reaches(left, "10.9.0.2"));
            tunnel.left().set("fwmark 0x51");
            Await.until("marked packets arrive", () -> Traffic.reaches(left, "10.9.0.2"));
        } finally {
            left.sh("ip -6 rule del fwmark 0x51; ip -6 route flush table 51");
        }
    }
}
