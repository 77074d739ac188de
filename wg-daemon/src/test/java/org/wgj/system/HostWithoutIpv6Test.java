// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.WgInterface;

@Tag("root")
class HostWithoutIpv6Test {
    @RegisterExtension static final Lab lab = new Lab();

    @Test
    void theTunnelWorksOverIpv4AndTheRandomPortIsShown() {
        Host a = lab.host("without");
        Host b = lab.host("with");
        Host.connect(a, "eth0", b, "eth0");
        a.sh("sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        a.address("eth0", "10.1.0.1/24");
        b.address("eth0", "10.1.0.2/24");
        WgInterface left = lab.wireguard(a, Implementation.WGJ, "wg0");
        WgInterface right = lab.wireguard(b, Implementation.WGJ, "wg0");
        left.up("10.9.0.1/24");
        right.up("10.9.0.2/24");
        right.configure(51820, left.asPeer("10.9.0.1/32", ""));
        left.configure(0, right.asPeer("10.9.0.2/32", "Endpoint = 10.1.0.2:51820"));
        Traffic.ping(a, "10.9.0.2");
        Traffic.ping(b, "10.9.0.1");
        assertNotEquals(0, left.dump().listenPort());
        assertEquals("10.1.0.1:" + left.dump().listenPort(), right.dump().peer().endpoint());
    }
}
