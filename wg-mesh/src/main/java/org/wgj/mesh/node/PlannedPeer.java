// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelEditor;

import java.net.InetAddress;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A peer that a tunnel should have.
 *
 * @param allowedIps the peer's addresses, and the networks behind it
 * @param keepaliveS the persistent keepalive in seconds; 0 for none
 * @param managed whether the node decides the peer's endpoint; false for coordinators and stock
 *     peers, which WireGuard follows
 * @param nodeId the node's id; 0 for a coordinator
 * @param role what the key is to the node
 * @param standsInForOrNull the node's key, if this is another one of its keys
 */
record PlannedPeer(
        Set<IpPrefix> allowedIps,
        int keepaliveS,
        boolean managed,
        long nodeId,
        Role role,
        PublicKey standsInForOrNull) {
    /** The roles of a key while the node changes its key. */
    enum Role {
        /** Its key, which has the addresses. */
        KEY,
        /** The key that replaces it: the node may greet us with that. */
        NEXT,
        /** The key that was replaced: packets of its sessions may still be under way. */
        OLD
    }

    /** Less than the 30 s after which Linux forgets a UDP mapping that was never answered. */
    static final int KEEPALIVE_S = 25;

    PlannedPeer {
        allowedIps = Set.copyOf(allowedIps);
    }

    /**
     * Plans the peers that the tunnel of a plane has at any time: in a small plane all, in a large
     * one coordinators, and nodes that relay, announce networks or are of another implementation.
     *
     * @param coordinators those to talk to
     * @param mapOrNull null before the first map
     * @param ownId the node itself
     * @param routes which announced networks are wanted in this plane
     * @param large whether other nodes become peers on demand
     * @return by the public key
     */
    static Map<PublicKey, PlannedPeer> all(
            String plane,
            List<MapCoordinator> coordinators,
            MeshMap mapOrNull,
            long ownId,
            Predicate<IpPrefix> routes,
            boolean large) {
        Map<PublicKey, PlannedPeer> peers = new LinkedHashMap<>();
        for (MapCoordinator coordinator : coordinators) {
            List<InetAddress> addresses = coordinator.addresses().get(plane);
            if (addresses != null) {
                peers.put(
                        coordinator.key(),
                        new PlannedPeer(hosts(addresses), KEEPALIVE_S, false, 0, Role.KEY, null));
            }
        }
        if (mapOrNull == null) {
            return peers;
        }
        for (MapNode node : large ? MapNodes.special(mapOrNull) : mapOrNull.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member == null || node.id() == ownId) {
                continue;
            }
            peers.put(member.key(), of(node, member.key(), plane, routes));
            if (member.pendingKeyOrNull() != null) {
                peers.put(
                        member.pendingKeyOrNull(),
                        of(node, member.pendingKeyOrNull(), plane, routes));
            }
        }
        return peers;
    }

    /**
     * Plans the peer of a node.
     *
     * @param key its key in the plane, or the one that replaces it, which gets the addresses with a
     *     later map
     */
    static PlannedPeer of(MapNode node, PublicKey key, String plane, Predicate<IpPrefix> routes) {
        Membership member = node.planes().get(plane);
        if (!key.equals(member.key())) {
            return other(node, plane, Role.NEXT);
        }
        Set<IpPrefix> allowed = hosts(member.addresses());
        node.routes().stream().filter(routes).forEach(allowed::add);
        return new PlannedPeer(
                allowed, node.stock() ? KEEPALIVE_S : 0, !node.stock(), node.id(), Role.KEY, null);
    }

    /** Plans the peer of a key that a node had until it changed it. */
    static PlannedPeer old(MapNode node, String plane) {
        return other(node, plane, Role.OLD);
    }

    private static PlannedPeer other(MapNode node, String plane, Role role) {
        PublicKey key = node.planes().get(plane).key();
        return new PlannedPeer(Set.of(), 0, !node.stock(), node.id(), role, key);
    }

    private static Set<IpPrefix> hosts(List<InetAddress> addresses) {
        Set<IpPrefix> hosts = new HashSet<>();
        addresses.forEach(address -> hosts.add(IpPrefix.host(address)));
        return hosts;
    }

    /**
     * Returns what changes a tunnel's peers, and touches no peer that stays as it is.
     *
     * @param before as the tunnel was changed last
     * @param after as it should be
     * @return the change; null if there is none
     */
    static TunnelChange between(
            Map<PublicKey, PlannedPeer> before, Map<PublicKey, PlannedPeer> after) {
        Map<PublicKey, PlannedPeer> from = Map.copyOf(before);
        Map<PublicKey, PlannedPeer> to = Map.copyOf(after);
        if (from.equals(to)) {
            return null;
        }
        return editor -> {
            for (PublicKey gone : from.keySet()) {
                if (!to.containsKey(gone)) {
                    editor.removePeer(gone);
                }
            }
            // Other keys of a node come after its key, to which they refer.
            to.entrySet().stream()
                    .sorted(Comparator.comparing(entry -> entry.getValue().role))
                    .forEach(
                            entry ->
                                    entry.getValue()
                                            .apply(
                                                    editor,
                                                    entry.getKey(),
                                                    from.get(entry.getKey())));
        };
    }

    private void apply(TunnelEditor editor, PublicKey key, PlannedPeer beforeOrNull) {
        if (equals(beforeOrNull)) {
            return;
        }
        TunnelEditor.PeerEditor peer = editor.addPeer(key);
        if (beforeOrNull != null) {
            for (IpPrefix range : beforeOrNull.allowedIps) {
                if (!allowedIps.contains(range)) {
                    peer.removeAllowedIp(range);
                }
            }
        }
        for (IpPrefix range : allowedIps) {
            if (beforeOrNull == null || !beforeOrNull.allowedIps.contains(range)) {
                peer.allowedIp(range);
            }
        }
        if (beforeOrNull == null || beforeOrNull.managed != managed) {
            peer.managedEndpoint(managed);
        }
        if (beforeOrNull == null
                ? standsInForOrNull != null
                : !Objects.equals(beforeOrNull.standsInForOrNull, standsInForOrNull)) {
            peer.standsInFor(standsInForOrNull);
        }
        if (role == Role.OLD || beforeOrNull != null && beforeOrNull.role == Role.OLD) {
            peer.handshakesAllowed(role != Role.OLD); // a thief of the old key gets no session
        }
        if (beforeOrNull == null ? keepaliveS != 0 : beforeOrNull.keepaliveS != keepaliveS) {
            peer.persistentKeepalive(keepaliveS);
        }
    }
}
