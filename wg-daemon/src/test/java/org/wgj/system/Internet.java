// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;

/**
 * The network that carries the tunnels: a router with a cable to each machine, on which any address
 * can be anywhere, the documentation addresses of the guides too.
 */
final class Internet {
    /** Everybody's gateway. */
    private static final String GATEWAY = "100.64.0.1";

    private final Host router;
    private int cables;

    Internet(Lab lab) {
        router = lab.host("internet");
        router.sh("ip address add %s/32 dev lo", GATEWAY);
        router.sh("sysctl -q -w net.ipv4.ip_forward=1");
    }

    /** Connects a host's {@code eth0}, with this address and a default route. */
    void attach(Host host, String address) {
        attach(host, "eth0", address);
    }

    void attach(Host host, String link, String address) {
        String cable = "cable" + cables++;
        Host.connect(host, link, router, cable);
        host.sh("ip address add %s/32 dev %s", address, link);
        host.sh("ip route add %s dev %s src %s", GATEWAY, link, address);
        host.sh("ip route add default via %s dev %s src %s", GATEWAY, link, address);
        router.sh("ip route add %s dev %s", address, cable);
    }

    /** Sends a range of addresses to the host that has this address. */
    void route(String range, String address) {
        router.sh(
                "ip route add %s via %s dev $(ip -o route get %s | sed 's/.* dev \\([^"
                        + " ]*\\).*/\\1/') onlink",
                range, address, address);
    }
}
