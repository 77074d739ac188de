// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Host;

import java.util.List;

/**
 * The first guide's three sites, whose machines know nothing of WireGuard: branches speak to each
 * other through HQ.
 */
@Tag("root")
class GuideSitesTest {
    @RegisterExtension static final Lab lab = new Lab();

    private final GuideKeys keys = new GuideKeys();
    private final Internet internet = new Internet(lab);

    /** A site's gateway and one machine of its LAN, at .1 and .50. */
    private record Site(GuideNode gateway, Host machine, String network) {
        String machineAddress() {
            return network + ".50";
        }
    }

    private Site site(String name, String publicIp, String network, String file) {
        GuideNode gateway = new GuideNode(lab, name, keys);
        internet.attach(gateway.host(), publicIp);
        Host machine = lab.host(name + "-pc");
        Host.connect(gateway.host(), "lan0", machine, "eth0");
        gateway.host().address("lan0", network + ".1/24");
        machine.address("eth0", network + ".50/24");
        gateway.configure("wg0", file);
        return new Site(gateway, machine, network);
    }

    @Test
    void machinesOfAllSitesReachEachOther() {
        Site hq =
                site(
                        "hq",
                        "198.51.100.1",
                        "192.168.1",
                        """
                        [Interface]
                        Address    = 10.99.0.1/24
                        ListenPort = 51820
                        PrivateKey = <hq-private-key>

                        PostUp   = sysctl -w net.ipv4.ip_forward=1
                        PostDown = sysctl -w net.ipv4.ip_forward=0

                        [Peer]
                        # Branch A — route their entire LAN through this peer
                        PublicKey  = <branch-a-pubkey>
                        AllowedIPs = 10.99.0.2/32, 192.168.2.0/24
                        Endpoint   = 198.51.100.2:51820
                        PersistentKeepalive = 25

                        [Peer]
                        # Branch B
                        PublicKey  = <branch-b-pubkey>
                        AllowedIPs = 10.99.0.3/32, 192.168.3.0/24
                        Endpoint   = 203.0.113.1:51820
                        PersistentKeepalive = 25
                        """);
        Site branchA =
                site(
                        "branch-a",
                        "198.51.100.2",
                        "192.168.2",
                        """
                        [Interface]
                        Address    = 10.99.0.2/24
                        ListenPort = 51820
                        PrivateKey = <branch-a-private-key>

                        PostUp   = sysctl -w net.ipv4.ip_forward=1
                        PostDown = sysctl -w net.ipv4.ip_forward=0

                        [Peer]
                        # HQ — route HQ LAN + Branch B LAN through HQ
                        PublicKey  = <hq-pubkey>
                        AllowedIPs = 10.99.0.1/32, 192.168.1.0/24, 10.99.0.3/32, 192.168.3.0/24
                        Endpoint   = 198.51.100.1:51820
                        PersistentKeepalive = 25
                        """);
        Site branchB =
                site(
                        "branch-b",
                        "203.0.113.1",
                        "192.168.3",
                        """
                        [Interface]
                        Address    = 10.99.0.3/24
                        ListenPort = 51820
                        PrivateKey = <branch-b-private-key>

                        PostUp   = sysctl -w net.ipv4.ip_forward=1
                        PostDown = sysctl -w net.ipv4.ip_forward=0

                        [Peer]
                        # HQ — route HQ LAN + Branch A LAN through HQ
                        PublicKey  = <hq-pubkey>
                        AllowedIPs = 10.99.0.1/32, 192.168.1.0/24, 10.99.0.2/32, 192.168.2.0/24
                        Endpoint   = 198.51.100.1:51820
                        PersistentKeepalive = 25
                        """);
        // The guide's option 1 at HQ, its option 2 at the branches.
        hq.machine().sh("ip route add 192.168.2.0/24 via 192.168.1.1");
        hq.machine().sh("ip route add 192.168.3.0/24 via 192.168.1.1");
        branchA.machine().sh("ip route add default via 192.168.2.1");
        branchB.machine().sh("ip route add default via 192.168.3.1");
        List<Site> sites = List.of(hq, branchA, branchB);
        GuideNode.allUp(sites.stream().map(Site::gateway).toList(), "wg0");

        for (Site from : sites) {
            for (Site to : sites) {
                if (to != from) {
                    Await.until(
                            from + " reaches " + to,
                            () -> Traffic.reaches(from.machine(), to.machineAddress()));
                }
            }
        }
        // One branch to the other: through both gateways and HQ, none of which translates
        // addresses.
        String way = branchA.machine().sh("ping -c 1 -R 192.168.3.50");
        assertTrue(way.contains("10.99.0.1"), way);
        branchB.machine().sh("ncat -l 7000 -c 'echo $NCAT_REMOTE_ADDR' >/dev/null 2>&1 &");
        Await.until(
                "it listens",
                () -> branchB.machine().run("grep -q ':1B58 .* 0A ' /proc/net/tcp").exit() == 0);
        assertEquals(
                "192.168.2.50", branchA.machine().sh("ncat --recv-only -w 5 192.168.3.50 7000"));

        sites.parallelStream().forEach(site -> site.gateway().wgj("down wg0").orFail());
        assertEquals("0", hq.gateway().host().sh("sysctl -n net.ipv4.ip_forward"));
    }
}
