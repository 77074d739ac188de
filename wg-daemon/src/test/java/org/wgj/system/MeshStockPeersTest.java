// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Machine;
import org.wgj.lab.WgInterface;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Peers of other implementations are in a mesh with the files that {@code wgj mesh stock} prints.
 * Two of them and a node, behind routers that allow no direct path, reach one another through a
 * coordinator. The peers' session outlives a coordinator that is killed. Without a relay a peer and
 * a node with a public address reach each other.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshStockPeersTest {
    /** Three times the 2 s that are claimed. */
    private static final Duration RESUMED = Duration.ofSeconds(20);

    /** The virtual machine has addresses of 10.77.0.0/16. */
    private static final String RANGE = "--cidr 10.99.0.0/16";

    private static final String RELAY = "203.0.113.1:51820";
    private static final Pattern ADDRESS = Pattern.compile("(?m)^Address = ([0-9.]+)/32");

    @RegisterExtension final Lab lab = new Lab();

    private NatLab net;
    private MeshLab mesh;

    @BeforeEach
    void build() {
        net = new NatLab(lab);
        mesh = new MeshLab(net);
    }

    @Test
    void ofWireguardGo() {
        Host one = net.site("one", NatLab.Router.SYMMETRIC).host();
        Host two = net.site("two", NatLab.Router.SYMMETRIC).host();
        theirSessionOutlivesTheCoordinator(one, two);
    }

    @Test
    @Tag("slow")
    void ofTheKernel() {
        Host one = net.site("one", NatLab.Router.SYMMETRIC).host();
        Host host = net.site("two", NatLab.Router.SYMMETRIC).host();
        theirSessionOutlivesTheCoordinator(one, kernel(host));
    }

    @Test
    void withoutARelayWireguardGoReachesANodeWithAPublicAddress() {
        NatLab.Site home = net.site("home", NatLab.Router.PORT_RESTRICTED);
        withoutARelayItReachesANodeWithAPublicAddress(home, home.host());
    }

    @Test
    @Tag("slow")
    void withoutARelayTheKernelReachesANodeWithAPublicAddress() {
        NatLab.Site home = net.site("home", NatLab.Router.PORT_RESTRICTED);
        withoutARelayItReachesANodeWithAPublicAddress(home, kernel(home.host()));
    }

    /** The kernel is in a virtual machine, for which its host translates addresses once more. */
    private KernelVm kernel(Host host) {
        KernelVm kernel = lab.kernel(host);
        kernel.sh("ip route add default via %s", KernelVm.HOST_IPV4);
        host.sh(
                """
                sysctl -q -w net.ipv4.ip_forward=1
                nft -f - <<'end'
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname eth0 masquerade
                    }
                }
                end
                """);
        return kernel;
    }

    /** The peer begins from behind its router: the node learns where it is. */
    private void withoutARelayItReachesANodeWithAPublicAddress(NatLab.Site home, Machine machine) {
        mesh.begin(RANGE + " --no-relay");
        NatLab.Site open = net.site("open", NatLab.Router.OPEN);
        MeshLab.Node node = mesh.node(open.host());
        node.joinAndLog("--name node " + mesh.token(""));
        node.awaitMap();
        WgInterface peer = lab.wireguard(machine, Implementation.WIREGUARD_GO, "wg0");
        add("peer", peer);
        Await.until(
                "the peer's file says where the node is",
                () ->
                        mesh.admin("stock peer --again")
                                .out()
                                .contains("Endpoint = " + open.address() + ":51820"));
        String address = join("peer", peer);
        Traffic.ping(machine, node.address("10.99"));
        Traffic.ping(node.host(), address);
        Await.until(
                "the node and the coordinator say that the path is direct",
                () -> saysDirect(node, home.address()));
    }

    /** In this lab, where all public addresses are of one network, the path is called a LAN's. */
    private boolean saysDirect(MeshLab.Node node, String address) {
        JsonObject own = node.status().getAsJsonObject("node");
        JsonObject link =
                own.getAsJsonArray("peers").get(0).getAsJsonObject().getAsJsonObject("link");
        return List.of("direct", "lan").contains(link.get("path").getAsString())
                && link.get("endpoint").getAsString().startsWith(address + ":")
                && mesh.admin("status").out().matches("(?s).* 1 of 1 links up, .*, 0 relay,.*");
    }

    private void theirSessionOutlivesTheCoordinator(Machine one, Machine two) {
        mesh.begin(RANGE);
        MeshLab.Node node = mesh.node(net.site("node", NatLab.Router.SYMMETRIC).host());
        node.joinAndLog("--name node " + mesh.token(""));
        node.awaitMap();
        WgInterface a = lab.wireguard(one, Implementation.WIREGUARD_GO, "wg0");
        WgInterface b = lab.wireguard(two, Implementation.WIREGUARD_GO, "wg0");
        add("a", a);
        add("b", b);
        String addressOfA = join("a", a);
        String addressOfB = join("b", b);
        Traffic.ping(a.machine(), addressOfB);
        Traffic.ping(b.machine(), addressOfA);
        assertEquals(RELAY, a.dump().peer(b.keys().publicKey()).endpoint());
        nodeAndPeersReachEachOther(node, List.of(a, b), List.of(addressOfA, addressOfB));

        mesh.awaitNewRelayFile();
        long handshake = a.dump().peer(b.keys().publicKey()).latestHandshake();
        mesh.stopServing();
        mesh.serve();
        long readyNs = System.nanoTime();
        Await.until(
                "packets pass again",
                RESUMED,
                () -> a.machine().run("ping -c 1 -W 1 " + addressOfB).exit() == 0);
        System.out.printf("resumed after %d ms%n", (System.nanoTime() - readyNs) / 1_000_000);
        assertEquals(
                handshake,
                a.dump().peer(b.keys().publicKey()).latestHandshake(),
                "in the session of before");
        Traffic.ping(node.host(), addressOfA);
    }

    /** Of which the node says that it never tries a direct path to them. */
    private static void nodeAndPeersReachEachOther(
            MeshLab.Node node, List<WgInterface> peers, List<String> addresses) {
        String ofNode = node.address("10.99");
        for (int i = 0; i < peers.size(); i++) {
            Traffic.ping(node.host(), addresses.get(i));
            Traffic.ping(peers.get(i).machine(), ofNode);
        }
        var links = node.status().getAsJsonObject("node").getAsJsonArray("peers");
        assertEquals(2, links.size());
        for (var each : links) {
            JsonObject link = each.getAsJsonObject().getAsJsonObject("link");
            assertEquals("relay", link.get("path").getAsString());
            assertEquals("stock_peer", link.get("reason").getAsString());
            assertEquals(RELAY, link.get("endpoint").getAsString());
        }
    }

    private void add(String name, WgInterface peer) {
        mesh.admin("stock %s --key %s", name, peer.keys().publicKey()).orFail();
    }

    /** Gives a peer the file of all others, and returns its address. */
    private String join(String name, WgInterface peer) {
        String file = mesh.admin("stock %s --again", name).orFail().out();
        Matcher address = ADDRESS.matcher(file);
        assertTrue(address.find(), file);
        peer.configure(51_820, file.substring(file.indexOf("[Peer]")));
        peer.up(address.group(1) + "/16");
        return address.group(1);
    }
}
