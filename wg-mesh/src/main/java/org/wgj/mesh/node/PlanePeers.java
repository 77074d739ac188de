// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.PeerDirectory;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelChange;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Decides what the tunnel of one plane has as peers. In a large plane most nodes become peers only
 * when there is something to say, and stay until they are released. The results change a tunnel;
 * null if there is nothing to change. For one thread.
 */
final class PlanePeers {
    private final String plane;
    private final long ownId;
    private final PeerDirectory directory;
    private Map<PublicKey, PlannedPeer> applied = new HashMap<>();
    private final Set<PublicKey> replaced = new HashSet<>();
    private Set<PublicKey> always = Set.of();
    private Predicate<IpPrefix> routes = any -> false;

    /**
     * @param directory the tunnel's, which gets the maps from here
     */
    PlanePeers(String plane, long ownId, PeerDirectory directory) {
        this.plane = plane;
        this.ownId = ownId;
        this.directory = directory;
    }

    PeerDirectory directory() {
        return directory;
    }

    /** Takes a map; peers that stay as they are are not touched. */
    TunnelChange map(
            List<MapCoordinator> coordinators, MeshMap mapOrNull, Predicate<IpPrefix> wanted) {
        routes = wanted;
        directory.map(mapOrNull);
        Map<PublicKey, PlannedPeer> now =
                PlannedPeer.all(plane, coordinators, mapOrNull, ownId, routes, directory.isLarge());
        always = Set.copyOf(now.keySet());
        applied.forEach((key, before) -> keep(key, before, mapOrNull, now));
        TunnelChange change = PlannedPeer.between(applied, now);
        applied = now;
        return change;
    }

    /** Plans what else becomes of a present peer than that it leaves. */
    private void keep(
            PublicKey key, PlannedPeer before, MeshMap mapOrNull, Map<PublicKey, PlannedPeer> now) {
        MapNode node = mapOrNull == null ? null : mapOrNull.nodes().get(before.nodeId());
        Membership member = node == null || node.id() == ownId ? null : node.planes().get(plane);
        if (member == null) {
            return;
        }
        boolean hasKey = key.equals(member.key()) || key.equals(member.pendingKeyOrNull());
        if (directory.isLarge() && before.role() != PlannedPeer.Role.OLD || hasKey) {
            // The keys of a node come together: it changes its key without a loss.
            putIfAbsent(node, member.key(), now);
            if (member.pendingKeyOrNull() != null) {
                putIfAbsent(node, member.pendingKeyOrNull(), now);
            }
        }
        if (!hasKey && before.role() != PlannedPeer.Role.NEXT) {
            now.put(key, PlannedPeer.old(node, plane));
            if (before.role() == PlannedPeer.Role.KEY) {
                replaced.add(key);
            }
        }
    }

    private void putIfAbsent(MapNode node, PublicKey key, Map<PublicKey, PlannedPeer> now) {
        now.computeIfAbsent(key, absent -> PlannedPeer.of(node, absent, plane, routes));
    }

    /**
     * Returns the keys that were replaced since the last call. Their peers receive for a while
     * after that, until {@link #forget}.
     */
    Set<PublicKey> takeReplaced() {
        Set<PublicKey> keys = Set.copyOf(replaced);
        replaced.clear();
        return keys;
    }

    /** Removes the peers of replaced keys that still receive. */
    TunnelChange forget(Set<PublicKey> keys) {
        List<PublicKey> gone =
                keys.stream()
                        .filter(applied::containsKey)
                        .filter(key -> applied.get(key).role() == PlannedPeer.Role.OLD)
                        .toList();
        gone.forEach(applied::remove);
        return gone.isEmpty() ? null : editor -> gone.forEach(editor::removePeer);
    }

    /** Returns whether a peer is a coordinator. */
    boolean isCoordinator(PublicKey key) {
        return applied.containsKey(key) && applied.get(key).nodeId() == 0;
    }

    /** The tunnel has a new peer, perhaps on demand. */
    TunnelChange added(PublicKey key) {
        if (applied.containsKey(key)) {
            return null;
        }
        MapNode node = directory.node(key);
        if (node == null) {
            return editor -> editor.removePeer(key); // it was removed from the mesh just now
        }
        PlannedPeer planned = PlannedPeer.of(node, key, plane, routes);
        applied.put(key, planned);
        return PlannedPeer.between(Map.of(), Map.of(key, planned));
    }

    /** A peer is not needed any more. */
    TunnelChange released(PublicKey key) {
        PlannedPeer peer = applied.get(key);
        if (always.contains(key) || peer == null) {
            return null;
        }
        List<PublicKey> gone =
                applied.keySet().stream()
                        .filter(other -> applied.get(other).nodeId() == peer.nodeId())
                        .toList();
        gone.forEach(applied::remove);
        return editor -> gone.forEach(editor::removePeer);
    }
}
