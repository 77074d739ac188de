// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;

/** Nodes whose four planes share one UDP port, behind a router and as a relay. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshSharedPortTest {
    private static final int PLANES = 4;

    @RegisterExtension final Lab lab = new Lab();

    /**
     * The relay has one port because its user says so, the first node because it is behind a
     * router. The second node is too, but its user wants a port for each plane.
     */
    @Test
    void fourPlanesNeedOneMapping() {
        NatLab net = new NatLab(lab);
        MeshLab mesh = new MeshLab(net);
        mesh.begin("--planes --no-relay");
        String token = mesh.token("--uses 3");
        NatLab.Site home = net.site("home", NatLab.Router.OTHER_PORTS);
        MeshLab.Node relay =
                joined(
                        mesh.node(net.site("relay", NatLab.Router.OPEN).host()),
                        "relay",
                        "--relay --shared-port " + token);
        MeshLab.Node one = joined(mesh.node(home.host()), "one", token);
        assertTrue(one.log().contains("4 planes share one UDP port"), one::log);
        MeshLab.Node two =
                joined(
                        mesh.node(net.site("two", NatLab.Router.SYMMETRIC).host()),
                        "two",
                        "--no-shared-port " + token);
        new NatPair(relay, "relay", one, "one").awaitBoth("direct");
        NatPair pair = new NatPair(one, "one", two, "two");
        pair.awaitBoth("relay");
        all(one, relay, two);
        assertTrue(pair.endpoint().endsWith(":51820"), pair::endpoint);
        String shown = one.wgj("mesh status --state /run/state").out();
        assertTrue(shown.contains("UDP port 51820 (shared)"), shown);
        shown = two.wgj("mesh status --state /run/state").out();
        assertTrue(shown.contains("UDP port 51823\n"), shown);

        mesh.admin("rotate-key one --wait 60").orFail();
        all(one, relay, two);

        one.kill();
        one.startAndLog();
        all(one, relay, two);
        home.forgetFlows(); // also that of joining, which has a port of its own
        all(one, relay, two);
        assertEquals("51820", ports(home));

        relay.kill();
        relay.joinAndLog("--no-shared-port");
        all(one, relay, two);
        shown = relay.wgj("mesh status --state /run/state").out();
        assertTrue(shown.contains("UDP port 51823\n"), shown);
    }

    /** In each plane, from the node to the relay and through it, both ways. */
    private static void all(MeshLab.Node one, MeshLab.Node relay, MeshLab.Node two) {
        for (int plane = 0; plane < PLANES; plane++) {
            reach(one, plane, 2);
            reach(relay, plane, 3);
            reach(one, plane, 4);
            reach(two, plane, 3);
        }
    }

    private static void reach(MeshLab.Node from, int plane, int host) {
        String ping = "ping -c 1 -W 1 -I wg%d 10.%d.0.%d".formatted(plane, 77 + plane, host);
        Await.until(
                from.host() + ": " + ping,
                NatPair.PATIENCE,
                () -> from.host().run(ping).exit() == 0);
    }

    /** The ports of the node behind a router, as the router sees them; not those of PCP. */
    private static String ports(NatLab.Site site) {
        return site.routerOrNull()
                .sh(
                        "conntrack -L -p udp --orig-src 192.168.1.2 2>/dev/null | grep -v"
                                + " dport=5351 | sed 's/.*src=192.168.1.2 dst=[0-9.]*"
                                + " sport=\\([0-9]*\\) .*/\\1/' | sort -u | tr '\\n"
                                + "' ' '")
                .strip();
    }

    private static MeshLab.Node joined(MeshLab.Node node, String name, String arguments) {
        node.joinAndLog("--name " + name + " " + arguments);
        Await.until(name + " is in", NatPair.PATIENCE, () -> node.log().contains("MeshNode - map"));
        return node;
    }
}
