// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

class GatewaysTest {
    private static final List<InetAddress> PRIVATE = List.of(InetAddress.ofLiteral("192.168.1.5"));
    private static final String HEAD =
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";
    private static final String LAN = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
    private static final String DEFAULT =
            "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0";
    private static final String WORSE =
            "eth1\t00000000\t0102A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0";
    private static final String PUBLIC =
            "eth0\t00000000\t017100CB\t0003\t0\t0\t0\t00000000\t0\t0\t0";

    private static Optional<String> asked(List<InetAddress> local, String... routes) {
        return Gateways.toAsk(List.of(routes), local).map(InetAddress::getHostAddress);
    }

    @Test
    void thePrivateDefaultRouterWithTheLowestMetricIsAsked() {
        assertEquals(Optional.of("192.168.1.1"), asked(PRIVATE, HEAD, LAN, WORSE, DEFAULT));
    }

    @Test
    void noRouterIsAskedWhereNoneIsNeededOrNoneWouldHelp() {
        assertEquals(Optional.empty(), asked(PRIVATE, HEAD, LAN));
        assertEquals(Optional.empty(), asked(PRIVATE, HEAD, PUBLIC), "a public router");
        assertEquals(
                Optional.empty(),
                asked(
                        List.of(PRIVATE.getFirst(), InetAddress.ofLiteral("203.0.113.9")),
                        HEAD,
                        DEFAULT),
                "a public address of this machine");
    }
}
