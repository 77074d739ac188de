// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Makes states of meshes: nodes 2, 3, … in planes wg0, wg1, …, all links direct until changed. */
final class States {
    static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

    private final List<String> planes = new ArrayList<>();
    private final TreeMap<Long, MapNode> members = new TreeMap<>();
    private RelayLoad relay;
    private final List<NodeState> nodes = new ArrayList<>();
    private final List<LinkReport> links = new ArrayList<>();
    private String mesh = "prod";

    States(int planes) {
        for (int i = 0; i < planes; i++) {
            this.planes.add("wg" + i);
        }
    }

    States mesh(String name) {
        mesh = name;
        return this;
    }

    /** Adds a node that is in all planes. */
    long node(String name, boolean online, String version) {
        return node(name, online, version, planes);
    }

    long node(String name, boolean online, String version, List<String> in) {
        long id = nodes.size() + 2;
        TreeMap<String, Membership> memberships = new TreeMap<>();
        List<InetAddress> addresses = new ArrayList<>();
        for (String plane : in) {
            InetAddress address =
                    InetAddress.ofLiteral(
                            "10.%d.%d.%d"
                                    .formatted(77 + planes.indexOf(plane), id >> 8, id & 0xff));
            addresses.add(address);
            memberships.put(
                    plane,
                    new Membership(
                            PrivateKey.generate().publicKey(),
                            null,
                            List.of(address),
                            List.of(new Candidate(Candidate.Kind.OBSERVED, endpoint(id)))));
        }
        members.put(
                id,
                new MapNode(
                        id,
                        name,
                        memberships,
                        List.of(IpPrefix.parse("192.168.2.0/24")),
                        false,
                        false,
                        Bytes.NONE));
        nodes.add(
                new NodeState(
                        id,
                        name,
                        addresses,
                        online,
                        false,
                        false,
                        false,
                        version,
                        4,
                        online ? 3 : 600,
                        9,
                        false,
                        OptionalLong.empty(),
                        7_200,
                        -1));
        return id;
    }

    private static InetSocketAddress endpoint(long id) {
        return new InetSocketAddress(
                InetAddress.ofLiteral("198.51.%d.%d".formatted(id >> 8, id & 0xff)), 51_820);
    }

    States nodes(int count) {
        for (int i = 0; i < count; i++) {
            node("node-" + (nodes.size() + 2), true, "1.0");
        }
        return this;
    }

    /** All links of all nodes in both directions, direct. */
    States allDirect() {
        for (String plane : planes) {
            for (NodeState from : nodes) {
                for (NodeState to : nodes) {
                    if (from.id() != to.id()) {
                        link(plane, from.id(), to.id(), LinkKind.DIRECT, "");
                    }
                }
            }
        }
        return this;
    }

    /** Says, last, what a node says of another. */
    States link(String plane, long from, long to, LinkKind kind, String reason) {
        links.removeIf(
                l -> l.from() == from && l.peer().id() == to && l.peer().plane().equals(plane));
        return addLink(plane, from, to, kind, reason);
    }

    /** The same for a link that nothing was said of. */
    States addLink(String plane, long from, long to, LinkKind kind, String reason) {
        links.add(
                new LinkReport(
                        from, new PeerReport(to, plane, kind, reason, 1.25, 12, endpoint(to))));
        return this;
    }

    MeshMap map() {
        List<Plane> all = new ArrayList<>();
        for (int i = 0; i < planes.size(); i++) {
            all.add(
                    new Plane(
                            planes.get(i),
                            List.of(IpPrefix.parse("10." + (77 + i) + ".0.0/16")),
                            51_820 + i,
                            1_420));
        }
        return new MeshMap(mesh, new UUID(1, 2), 4, all, List.of(), members);
    }

    MeshStatus status() {
        return new MeshStatus(mesh, new UUID(1, 2), 4, planes, nodes, links);
    }

    States relay(RelayLoad load) {
        relay = load;
        return this;
    }

    PageState state() {
        return state(Set.of(), null);
    }

    PageState state(Set<Long> clones, PageState.Records recordsOrNull) {
        return PageState.of(NOW, map(), status().withRelay(relay), clones, recordsOrNull);
    }
}
