// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;

/**
 * A mesh with IPv6 inside, of which some nodes have no IPv4 outside and others no IPv6. The
 * coordinator has both, IPv4 first.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshIpv6Test {
    @RegisterExtension final Lab lab = new Lab();

    private final NatLab net = new NatLab(lab);
    private final MeshLab mesh = new MeshLab(net);

    private MeshLab.Node joined(String name, NatLab.Router router, String token) {
        MeshLab.Node node = mesh.node(net.site(name, router).host());
        node.joinAndLog("--name " + name + " " + token);
        node.awaitMap();
        return node;
    }

    private static void pingBothWays(MeshLab.Node a, MeshLab.Node b) {
        Traffic.ping(a.host(), b.address6());
        Traffic.ping(b.host(), a.address6());
        Traffic.ping(a.host(), b.address());
        Traffic.ping(b.host(), a.address());
    }

    @Test
    void nodesOfEitherFamilyReachOneAnother() {
        mesh.beginWithIpv6("");
        String token = mesh.token("--uses 3");
        MeshLab.Node one = joined("one", NatLab.Router.FIREWALL_6, token);
        MeshLab.Node two = joined("two", NatLab.Router.FIREWALL_6, token);
        NatPair six = new NatPair(one, "one", two, "two");
        six.awaitBoth("direct");
        Await.until(
                "the endpoint",
                NatPair.PATIENCE,
                () -> six.endpoint().startsWith("[2001:db8:100::2]:"));
        assertEquals("", one.host().sh("ip -4 -o address show eth0"));
        pingBothWays(one, two);

        MeshLab.Node old = joined("old", NatLab.Router.PORT_RESTRICTED, token);
        NatPair mixed = new NatPair(one, "one", old, "old");
        mixed.awaitBoth("relay");
        Await.until("the reason", NatPair.PATIENCE, () -> mixed.reason().equals("no_candidate"));
        pingBothWays(one, old);

        // The coordinator knows members by either address.
        String page =
                "exec 9<>/dev/tcp/fd77::1/7707; printf 'GET / HTTP/1.0\\r"
                        + "\\n"
                        + "Host: [fd77::1]:7707\\r"
                        + "\\n"
                        + "\\r"
                        + "\\n"
                        + "' >&9; head -1 <&9";
        assertTrue(old.host().sh("bash -c \"%s\"", page).contains("200"));
        for (MeshLab.Node node : new MeshLab.Node[] {one, two, old}) {
            // None had to try an address of a family that it does not have.
            assertFalse(node.log().contains("no connection to the coordinator"), node::log);
        }
    }
}
