// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class RouteForwardingTest {
    private static final List<IpPrefix> NETWORKS =
            List.of(IpPrefix.parse("192.168.2.0/24"), IpPrefix.parse("fd00::/64"));

    @TempDir private Path settings;

    private List<String> fixes(String ipv4, String ipv6) throws IOException {
        write("net/ipv4/ip_forward", ipv4);
        write("net/ipv6/conf/all/forwarding", ipv6);
        return RouteForwarding.faults(NETWORKS, settings).stream()
                .map(RouteForwarding.Fault::fix)
                .toList();
    }

    private void write(String file, String text) throws IOException {
        Path path = settings.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    @Test
    void whatIsNotForwardedIsNamedWithTheCommand() throws IOException {
        assertEquals(List.of(), fixes("1\n", "1\n"));
        assertEquals(2, fixes("0\n", "0\n").size());
        List<String> ipv6 = fixes("1\n", "0\n");
        assertTrue(ipv6.getFirst().startsWith("sysctl -w net.ipv6.conf.all.forwarding=1"));
        fixes("0\n", "1\n");
        String what = RouteForwarding.faults(NETWORKS, settings).getFirst().what();
        assertTrue(what.startsWith("192.168.2.0/24 cannot be reached"), what);
        assertEquals(List.of(), RouteForwarding.faults(List.of(), settings));
        assertEquals(List.of(), RouteForwarding.faults(NETWORKS, settings.resolve("none")));
    }

    @Test
    void aNodeInUserSpaceForwardsNothing() {
        NodeOptions options = new NodeOptions(0, false, NETWORKS, false, true, false, false, null);
        assertTrue(RouteForwarding.warnings(options).getFirst().contains("user space"));
    }
}
