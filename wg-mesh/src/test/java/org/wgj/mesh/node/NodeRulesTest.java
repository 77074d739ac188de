// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The rules of a node for a map and for the machine's addresses. */
class NodeRulesTest {
    private static final IpPrefix LAN = IpPrefix.parse("192.168.2.0/24");

    private static Map<PublicKey, PlannedPeer> peers(boolean routes, MapNode... nodes) {
        TreeMap<Long, MapNode> all = new TreeMap<>();
        for (MapNode node : nodes) {
            all.put(node.id(), node);
        }
        return PlannedPeer.all(
                "wg0",
                List.of(TestMaps.coordinator()),
                TestMaps.of(TestMaps.MESH, TestMaps.EPOCH, 1, all),
                2,
                _ -> routes,
                false);
    }

    @Test
    void theCoordinatorAndAllOtherNodesArePeers() {
        Map<PublicKey, PlannedPeer> peers =
                peers(true, TestMaps.node(2), TestMaps.node(3, LAN), TestMaps.node(4));
        assertEquals(
                Set.of(TestMaps.COORDINATOR.publicKey(), TestMaps.key(3), TestMaps.key(4)),
                peers.keySet());
        PlannedPeer coordinator = peers.get(TestMaps.COORDINATOR.publicKey());
        assertEquals(Set.of(IpPrefix.parse("10.77.0.1/32")), coordinator.allowedIps());
        assertEquals(25, coordinator.keepaliveS());
        assertFalse(coordinator.managed());
        PlannedPeer three = peers.get(TestMaps.key(3));
        assertEquals(Set.of(IpPrefix.parse("10.77.0.3/32"), LAN), three.allowedIps());
        assertTrue(three.managed());
        assertEquals(
                Set.of(IpPrefix.parse("10.77.0.3/32")),
                peers(false, TestMaps.node(3, LAN)).get(TestMaps.key(3)).allowedIps());
    }

    @Test
    void onlyPeersThatChangedAreTouched() {
        Map<PublicKey, PlannedPeer> before =
                peers(true, TestMaps.node(3, LAN), TestMaps.node(4), TestMaps.node(5));
        Map<PublicKey, PlannedPeer> after =
                peers(true, TestMaps.node(3), TestMaps.node(4), TestMaps.node(6));
        assertNull(PlannedPeer.between(before, Map.copyOf(before)));
        RecordingEditor editor = new RecordingEditor();
        editor.record(PlannedPeer.between(before, after));
        Map<PublicKey, String> names =
                Map.of(
                        TestMaps.key(3), "3",
                        TestMaps.key(4), "4",
                        TestMaps.key(5), "5",
                        TestMaps.key(6), "6");
        List<String> calls = new ArrayList<>(editor.calls(names));
        calls.sort(null);
        assertEquals(
                List.of(
                        "3 removeAllowedIp 192.168.2.0/24",
                        "5 removed",
                        "6 allowedIp 10.77.0.6/32",
                        "6 managedEndpoint true"),
                calls);
    }

    @Test
    void candidatesAreTheMachinesOwnAddressesOnly() {
        List<LocalAddress> local =
                List.of(
                        local("eth0", "192.168.1.5", 24, false),
                        local("eth0", "2001:db8::5", 64, false),
                        local("eth0", "fe80::5", 64, false),
                        local("ens3", "203.0.113.5", 24, false),
                        local("eth1", "169.254.1.1", 16, false),
                        local("docker0", "172.17.0.1", 16, false),
                        local("br-0a1b", "172.18.0.1", 16, false),
                        local("veth12", "172.19.0.1", 16, false),
                        local("cilium_host", "10.0.0.1", 32, false),
                        local("wg0", "10.9.0.1", 16, true),
                        local("ppp0", "100.64.0.9", 32, true),
                        local("eth2", "10.77.0.9", 16, false),
                        local("virbr0", "192.168.122.1", 24, false));
        List<Candidate> candidates =
                LocalCandidates.of(
                        local, 51820, List.of(IpPrefix.parse("10.77.0.0/16")), List.of());
        assertEquals(
                List.of("203.0.113.5", "192.168.1.5", "2001:db8:0:0:0:0:0:5"),
                candidates.stream().map(c -> c.endpoint().getAddress().getHostAddress()).toList());
        assertTrue(candidates.stream().allMatch(c -> c.endpoint().getPort() == 51820));
    }

    @Test
    void thereAreNeverTooManyCandidates() {
        List<LocalAddress> local = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            local.add(local("eth" + i, "192.168." + i + ".5", 24, false));
        }
        Candidate named =
                new Candidate(
                        Candidate.Kind.STATIC,
                        new InetSocketAddress(InetAddress.ofLiteral("198.51.100.9"), 51820));
        List<Candidate> candidates = LocalCandidates.of(local, 51820, List.of(), List.of(named));
        assertEquals(named, candidates.getFirst());
        // One place is left for what a coordinator observes.
        assertEquals(Membership.MAX_CANDIDATES - 1, candidates.size());
    }

    private static LocalAddress local(
            String name, String address, int length, boolean pointToPoint) {
        return new LocalAddress(name, InetAddress.ofLiteral(address), length, pointToPoint);
    }
}
