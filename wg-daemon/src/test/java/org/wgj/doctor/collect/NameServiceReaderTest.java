// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.doctor.observation.Observation.NameServer;
import org.wgj.doctor.observation.Observation.NameService;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/** Finds name servers in the texts of resolv.conf and systemd-resolved. */
class NameServiceReaderTest {
    private static final InetAddress ROUTER = InetAddress.ofLiteral("192.168.1.1");
    private static final InetAddress SERVER = InetAddress.ofLiteral("10.7.0.1");

    @Test
    void theLinksThatSystemdResolvedUsesAreFound() throws IOException {
        String servers =
                "Global: 9.9.9.9\n"
                        + "Link 2 (eth0): 192.168.1.1 fe80::1%2\n"
                        + "Link 3 (wg0): 10.7.0.1:53#x\n";
        String noDomains = "Global:\nLink 2 (eth0): lan\nLink 3 (wg0):\n";
        String defaults = "Link 2 (eth0): yes\nLink 3 (wg0): no\n";
        NameServiceReader.OutgoingLinks ways = _ -> "wg0";
        assertEquals(
                List.of(
                        new NameServer(InetAddress.ofLiteral("9.9.9.9"), "wg0"),
                        new NameServer(ROUTER, "eth0"),
                        new NameServer(InetAddress.ofLiteral("fe80::1"), "eth0")),
                NameServiceReader.resolved(servers, noDomains, defaults, ways).servers());
        assertEquals(
                List.of(new NameServer(SERVER, "wg0")),
                NameServiceReader.resolved(
                                servers, noDomains.replace("wg0):", "wg0): ~."), defaults, ways)
                        .servers());
    }

    @Test
    void aNameServerOnThisMachineHidesItsServers() throws IOException {
        List<String> words =
                NameServiceReader.words(
                        List.of("# x", "nameserver 127.0.0.1", " nameserver 10.7.0.1"));
        NameService names = NameServiceReader.file(words, _ -> "wg0");
        assertEquals(List.of(new NameServer(SERVER, "wg0")), names.servers());
        assertTrue(names.unseen().contains("127.0.0.1"), names.unseen());
    }
}
