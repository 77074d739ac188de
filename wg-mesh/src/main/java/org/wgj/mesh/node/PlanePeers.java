// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.PeerDirectory;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelChange;

import java.util.HashMap;
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
        for (PublicKey key : applied.keySet()) {
            MapNode node = now.containsKey(key) ? null : directory.node(key);
            if (node != null) {
                now.put(key, PlannedPeer.of(node, key, plane, routes));
            }
        }
        TunnelChange change = PlannedPeer.between(applied, now);
        applied = now;
        return change;
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
        if (always.contains(key) || applied.remove(key) == null) {
            return null;
        }
        return editor -> editor.removePeer(key);
    }
}
