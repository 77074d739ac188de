// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Implementation;
import org.wgj.lab.Machine;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

/** Traffic class and ICMP, as the kernel's WireGuard handles them and wireguard-go does not. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HeadersTest {
    private static final String WHY =
            "wireguard-go neither carries ECN, nor marks handshakes, nor sends ICMP";

    @RegisterExtension final Lab lab = new Lab();

    private Tunnel tunnel;
    private Machine left;
    private Machine right;

    @BeforeAll
    void connect() {
        OnlyOurs.assume(WHY);
        tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        left = tunnel.left().machine();
        right = tunnel.right().machine();
    }

    @BeforeEach
    void unmarked() {
        right.sh("nft flush ruleset");
        left.sh("nft flush ruleset");
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
    }

    @Test
    void handshakesCarryAf41() {
        try (Capture capture = Capture.open(right, "eth0", "udp")) {
            Traffic.ping(left, "10.9.0.2");
            // 148 and 92 bytes behind 28 of IP and UDP.
            capture.await("tos 0x88,.* length 176\\)");
            capture.await("tos 0x88,.* length 120\\)");
        }
        tunnel.configure(Initiator.LEFT, Carrier.IPV6);
        try (Capture capture = Capture.open(right, "eth0", "udp")) {
            Traffic.ping(left, "10.9.0.2");
            capture.await("class 0x88,.* payload length: 156\\)");
            capture.await("class 0x88,.* payload length: 100\\)");
        }
    }

    @Test
    void dataShowsTheEcnOfTheInnerPacketAndHidesItsDscp() {
        Traffic.ping(left, "10.9.0.2");
        try (Capture capture = Capture.open(right, "eth0", "udp")) {
            // EF with ECT(0) inside; 56 bytes of ping are 84 of IPv4, padded to 96, and 32 around.
            left.sh("ping -c 1 -W 5 -Q 0xba 10.9.0.2");
            capture.await("tos 0x2,ECT\\(0\\),.* length 156\\)");
            left.sh("ping -c 1 -W 5 -Q 0xb8 10.9.0.2");
            capture.await("tos 0x0,.* length 156\\)");
            left.sh("ping -c 1 -W 5 -Q 0x1 fd09::2");
            capture.await("tos 0x1,ECT\\(1\\),.* length 172\\)");
        }
    }

    @Test
    void congestionMarkedOutsideIsVisibleInside() {
        Traffic.ping(left, "10.9.0.2");
        left.sh(
                "nft -f - <<'end'\n"
                        + "table inet congestion {\n"
                        + " chain output {\n"
                        + " type filter hook output priority 0;\n"
                        + " udp dport %d ip ecn ect0 ip ecn set ce;\n udp dport %d ip6 ecn ect0 ip6 ecn set ce\n }\n}\nend"
                                .formatted(Tunnel.RIGHT_PORT, Tunnel.RIGHT_PORT));
        try (Capture capture = Capture.open(right, "wg0", "icmp or icmp6")) {
            left.sh("ping -c 1 -W 5 -Q 0x2 10.9.0.2");
            capture.await("tos 0x3,CE,.*proto ICMP");
            left.sh("ping -c 1 -W 5 -Q 0x2 fd09::2");
            capture.await("class 0x03.*ICMPv6");
        }
        try (Capture capture = Capture.open(right, "wg0", "icmp")) {
            // A packet that is not ECN capable keeps its traffic class, whatever the outer one met.
            left.sh("ping -c 1 -W 5 -Q 0xb8 10.9.0.2");
            capture.await("tos 0xb8,.*proto ICMP");
        }
    }

    @Test
    void anAddressOfNoPeerIsUnreachable() {
        assertUnreachable("10.9.0.77", "Destination Host Unreachable");
        assertUnreachable("fd09::77", "Destination unreachable: Address unreachable");
    }

    @Test
    void aPeerWithoutEndpointIsUnreachable() {
        tunnel.configure(Initiator.RIGHT, Carrier.IPV4);
        assertUnreachable("10.9.0.2", "Destination Host Unreachable");
        assertUnreachable("fd09::2", "Destination unreachable: Address unreachable");
    }

    private void assertUnreachable(String address, String text) {
        Command.Result ping = left.run("ping -c 1 -W 2 " + address);
        assertTrue(ping.exit() == 1 && ping.out().contains(text), ping.toString());
    }
}
