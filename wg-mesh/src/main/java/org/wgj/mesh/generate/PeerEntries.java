// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the peers of each node in a topology, and the allowed IPs of each peer. */
final class PeerEntries {
    private final NodeList list;
    private final Topology topology;

    /** The nodes through which others go, by site; one key for all hubs. */
    private final Map<String, List<ListedNode>> gateways = new LinkedHashMap<>();

    /** The hub that no line of the list named. */
    private ListedNode chosenHub;

    /**
     * @throws IOException if the list does not fit the topology
     */
    PeerEntries(NodeList list, Topology topology, Problems problems) throws IOException {
        this.list = list;
        this.topology = topology;
        for (ListedNode node : list.nodes()) {
            gateways.computeIfAbsent(group(node), site -> new ArrayList<>());
        }
        if (topology != Topology.FULL) {
            list.nodes().stream()
                    .filter(ListedNode::hub)
                    .forEach(node -> gateways.get(group(node)).add(node));
            gateways.forEach((site, chosen) -> choose(site, chosen, problems));
            problems.check();
        }
    }

    private String group(ListedNode node) {
        return topology == Topology.SITES ? node.site() : "";
    }

    private void choose(String site, List<ListedNode> chosen, Problems problems) {
        if (chosen.isEmpty()) {
            list.nodes().stream()
                    .filter(node -> group(node).equals(site) && !node.behindNat())
                    .findFirst()
                    .or(() -> list.nodes().stream().filter(n -> group(n).equals(site)).findFirst())
                    .ifPresent(chosen::add);
            if (topology == Topology.HUB) {
                chosenHub = chosen.getFirst();
            }
        }
        for (ListedNode gateway : chosen) {
            if (topology == Topology.HUB && gateway.behindNat()) {
                problems.add(
                        gateway.line(),
                        gateway.name() + " is a hub, so it needs an endpoint that others reach");
            }
        }
        if (topology == Topology.SITES && chosen.size() > 1) {
            problems.add(
                    chosen.get(1).line(),
                    chosen.get(1).name()
                            + " is a second hub of its site; a site has one gateway, "
                            + chosen.getFirst().name());
        }
    }

    /** Returns the hub that was chosen because the list does not name one; null otherwise. */
    ListedNode chosenHubOrNull() {
        return chosenHub;
    }

    /** Returns whether packets of others go through this node, so that its system must forward. */
    boolean forwards(ListedNode node) {
        return !node.lans().isEmpty()
                || isGateway(node) && list.nodes().size() > 2 && hasMates(node);
    }

    private boolean hasMates(ListedNode node) {
        return list.nodes().stream().anyMatch(n -> n != node && group(n).equals(group(node)));
    }

    boolean isGateway(ListedNode node) {
        return gateways.get(group(node)).contains(node);
    }

    /** Returns the peers of a node, in the order of the list. */
    List<PeerEntry> of(ListedNode node, PlaneFiles plane) {
        List<PeerEntry> links = new ArrayList<>();
        for (ListedNode peer : list.nodes()) {
            List<IpPrefix> allowed = peer == node ? List.of() : allowed(node, peer, plane);
            if (!allowed.isEmpty()) {
                links.add(new PeerEntry(peer, allowed, keepalive(node, peer)));
            }
        }
        return links;
    }

    private int keepalive(ListedNode node, ListedNode peer) {
        boolean calls = node.behindNat() && !peer.behindNat();
        boolean wanted = list.keepaliveEverywhere() && !peer.behindNat();
        return wanted || calls ? list.keepalive() : 0;
    }

    /** Returns the ranges of a peer; nothing if it is no peer of the node. */
    private List<IpPrefix> allowed(ListedNode node, ListedNode peer, PlaneFiles plane) {
        return switch (topology) {
            case FULL -> plane.own(peer);
            case HUB -> hub(node, peer, plane);
            case SITES -> sites(node, peer, plane);
        };
    }

    private List<IpPrefix> hub(ListedNode node, ListedNode peer, PlaneFiles plane) {
        if (isGateway(node)) {
            return plane.own(peer);
        }
        if (!isGateway(peer)) {
            return List.of();
        }
        if (peer != gateways.get("").getFirst()) {
            return plane.own(peer);
        }
        Set<IpPrefix> all = new LinkedHashSet<>(plane.networks(peer));
        all.addAll(plane.networks(node));
        for (ListedNode other : list.nodes()) {
            if (other != node) {
                for (IpPrefix own : plane.own(other)) {
                    if (all.stream().noneMatch(range -> ListCheck.contains(range, own))) {
                        all.add(own);
                    }
                }
            }
        }
        return List.copyOf(all);
    }

    private List<IpPrefix> sites(ListedNode node, ListedNode peer, PlaneFiles plane) {
        boolean sameSite = node.site().equals(peer.site());
        if (!sameSite && !(isGateway(node) && isGateway(peer))) {
            return List.of();
        }
        List<IpPrefix> allowed = new ArrayList<>(plane.own(peer));
        if (isGateway(peer)) {
            for (ListedNode other : list.nodes()) {
                boolean behindPeer =
                        sameSite
                                ? !other.site().equals(node.site())
                                : other.site().equals(peer.site());
                if (other != peer && behindPeer) {
                    allowed.addAll(plane.own(other));
                }
            }
        }
        return allowed;
    }
}
