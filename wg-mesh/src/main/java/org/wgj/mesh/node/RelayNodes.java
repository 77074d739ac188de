// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.RelayPlace;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The nodes of a map that relay for others, and their addresses. */
final class RelayNodes {
    /**
     * The number of them that are used in a plane, the oldest members first: any node may call
     * itself a relay.
     */
    static final int MAX = 16;

    private static final long SEVERAL = -1;

    private RelayNodes() {}

    /** Returns where relays of a plane are, the own node not among them. */
    static List<RelayPlace> places(MeshMap map, String plane, long ownId) {
        List<MapNode> relays =
                MapNodes.special(map).stream()
                        .filter(node -> node.relay() && node.id() != ownId)
                        .filter(node -> node.planes().containsKey(plane))
                        .toList();
        if (relays.isEmpty()) {
            return List.of();
        }
        Map<InetSocketAddress, Set<Long>> observed = observed(map, plane);
        Map<InetSocketAddress, Long> named = named(map, plane);
        List<RelayPlace> places = new ArrayList<>();
        for (MapNode relay : relays) {
            Membership member = relay.planes().get(plane);
            Optional<InetSocketAddress> place = RelayPlace.publicPlace(member);
            if (place.isPresent()
                    && places.size() < MAX
                    && isItsOwn(relay, member, place.get(), observed, named)) {
                places.add(new RelayPlace(member.key(), member.addresses(), place.get()));
            }
        }
        return places;
    }

    /**
     * Returns whether a place may be a relay's, which names it itself. Its word would otherwise
     * turn another node's direct path into a relayed one, or keep that node from other relays: a
     * place where a coordinator sees only other nodes, or that another node names, is not the
     * relay's, except that a coordinator sees the relay at that very address. Several nodes are
     * seen at one place if they had it one after the other: a machine that joined again, a changing
     * address.
     */
    private static boolean isItsOwn(
            MapNode relay,
            Membership member,
            InetSocketAddress place,
            Map<InetSocketAddress, Set<Long>> observed,
            Map<InetSocketAddress, Long> named) {
        if (!observed.getOrDefault(place, Set.of(relay.id())).contains(relay.id())) {
            return false;
        }
        boolean seenThere =
                member.candidates().stream()
                        .anyMatch(
                                candidate ->
                                        candidate.kind() == Candidate.Kind.OBSERVED
                                                && candidate
                                                        .endpoint()
                                                        .getAddress()
                                                        .equals(place.getAddress()));
        return seenThere || named.getOrDefault(place, relay.id()) == relay.id();
    }

    /**
     * Returns the node that names a place as its own; {@link #SEVERAL} if several nodes do. {@link
     * #SEVERAL} if not only one does.
     */
    private static Map<InetSocketAddress, Long> named(MeshMap map, String plane) {
        Map<InetSocketAddress, Long> named = new HashMap<>();
        for (MapNode node : map.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member != null) {
                for (Candidate candidate : member.candidates()) {
                    named.merge(
                            candidate.endpoint(),
                            node.id(),
                            (a, b) -> a.equals(b) ? a : Long.valueOf(SEVERAL));
                }
            }
        }
        return named;
    }

    /** Returns the places from which coordinators see the nodes' authenticated packets come. */
    private static Map<InetSocketAddress, Set<Long>> observed(MeshMap map, String plane) {
        Map<InetSocketAddress, Set<Long>> owners = new HashMap<>();
        for (MapNode node : map.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member != null) {
                for (Candidate candidate : member.candidates()) {
                    if (candidate.kind() == Candidate.Kind.OBSERVED) {
                        owners.computeIfAbsent(candidate.endpoint(), _ -> new HashSet<>())
                                .add(node.id());
                    }
                }
            }
        }
        return owners;
    }
}
