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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The nodes of a map that relay for others, and where they are reached. */
final class RelayNodes {
    /** How many are used in a plane, the oldest members first: any node may call itself one. */
    static final int MAX = 16;

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
        Map<InetSocketAddress, Long> observed = observed(map, plane);
        List<RelayPlace> places = new ArrayList<>();
        for (MapNode relay : relays) {
            Membership member = relay.planes().get(plane);
            Optional<InetSocketAddress> place = RelayPlace.publicPlace(member);
            // A relay where a coordinator sees another node is a lie or a mistake.
            if (place.isPresent()
                    && places.size() < MAX
                    && observed.getOrDefault(place.get(), relay.id()) == relay.id()) {
                places.add(new RelayPlace(member.key(), member.addresses(), place.get()));
            }
        }
        return places;
    }

    /** Where coordinators see the nodes' authenticated packets come from. */
    private static Map<InetSocketAddress, Long> observed(MeshMap map, String plane) {
        Map<InetSocketAddress, Long> owners = new HashMap<>();
        for (MapNode node : map.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member != null) {
                for (Candidate candidate : member.candidates()) {
                    if (candidate.kind() == Candidate.Kind.OBSERVED) {
                        owners.putIfAbsent(candidate.endpoint(), node.id());
                    }
                }
            }
        }
        return owners;
    }
}
