// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;

/** The stock wg-quick with our daemon in place of wireguard-go. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WgQuickTest {
    @RegisterExtension final Lab lab = new Lab();

    private RoadWarrior warrior;
    private Host client;
    private Host serverHost;
    private String before;

    @BeforeAll
    void connect() {
        warrior = new RoadWarrior(lab);
        client = warrior.client();
        serverHost = warrior.serverHost();
        // Stands in for the host's resolver, which is not ours to change.
        warrior.program("resolvconf", "{ echo \"$*\"; [ -t 0 ] || cat; } >> /run/resolvconf.log");
        before = client.sh(Leftovers.SCRIPT);
    }

    @AfterEach
    void nothingIsLeftBehind() {
        client.run("ip link del tunnel0 2>/dev/null");
        Leftovers.awaitNone(client, before);
    }

    private String file(String interfaceLines, String allowedIps) {
        return warrior.file("tunnel0", "10.9.0.1/24, fd09::1/64", interfaceLines, allowedIps);
    }

    private Command.Result wgQuick(String verb, String file) {
        return client.run(
                "export PATH=/run/bin:$PATH WG_QUICK_USERSPACE_IMPLEMENTATION='%s'; wg-quick %s %s >/run/quick.log 2>&1; exit=$?; cat /run/quick.log; exit $exit"
                        .formatted(Implementation.WGJ.launcher(), verb, file));
    }

    @Test
    void aPlainFileComesUpCarriesTrafficAndGoesDown() {
        String file =
                file(
                        "MTU = 1380\nDNS = 10.9.0.2\nPostUp = echo %i > /run/post-up\n",
                        "10.9.0.0/24, fd09::/64");
        wgQuick("up", file).orFail();
        Traffic.ping(client, "10.9.0.2");
        Traffic.ping(client, "fd09::2");
        assertEquals("tunnel0", client.sh("cat /run/post-up"));
        assertEquals("1380", client.sh("cat /sys/class/net/tunnel0/mtu"));
        assertTrue(client.sh("cat /run/resolvconf.log").contains("nameserver 10.9.0.2"));
        assertEquals("off", client.sh("wg show tunnel0 fwmark"));
        wgQuick("down", file).orFail();
    }

    @Test
    void defaultRoutesOfBothFamiliesLeadIntoTheTunnelExceptForOuterPackets() {
        String file = file("", "0.0.0.0/0, ::/0");
        wgQuick("up", file).orFail();
        assertEquals("0xca6c", client.sh("wg show tunnel0 fwmark"));
        for (String family : new String[] {"-4", "-6"}) {
            String rules = client.sh("ip %s rule", family);
            assertTrue(rules.contains("not from all fwmark 0xca6c lookup 51820"), rules);
            assertTrue(rules.contains("lookup main suppress_prefixlength 0"), rules);
            assertTrue(
                    client.sh("ip %s route show table 51820", family)
                            .contains("default dev tunnel0"));
        }
        assertFalse(
                client.sh("nft list ruleset").isEmpty(),
                "no packet filter against spoofed addresses");
        try (Capture outside =
                Capture.open(serverHost, "eth0", "icmp or icmp6 and not icmp6[0] >= 133")) {
            Traffic.ping(client, "198.51.100.1");
            Traffic.ping(client, "2001:db8::1");
            Traffic.ping(serverHost, "10.9.0.1");
            assertEquals("", outside.text());
        }
        wgQuick("down", file).orFail();
        assertFalse(Traffic.reaches(client, "2001:db8::1"));
    }

    @Test
    void aFileComesUpAgainAfterItWentDown() {
        String file = file("", "10.9.0.0/24");
        for (int i = 0; i < 2; i++) {
            wgQuick("up", file).orFail();
            Traffic.ping(client, "10.9.0.2");
            wgQuick("down", file).orFail();
        }
    }

    @Test
    void aSecondUpIsRefused() {
        String file = file("", "10.9.0.0/24");
        wgQuick("up", file).orFail();
        Command.Result second = wgQuick("up", file);
        assertNotEquals(0, second.exit());
        assertTrue(second.text().contains("already exists"), second.text());
        Traffic.ping(client, "10.9.0.2");
        wgQuick("down", file).orFail();
    }

    @Test
    void aBadFileLeavesNothing() {
        Command.Result up = wgQuick("up", file("", "10.9.0.0/99"));
        assertNotEquals(0, up.exit());
        assertTrue(up.text().contains("10.9.0.0/99"), up.text());
    }
}
