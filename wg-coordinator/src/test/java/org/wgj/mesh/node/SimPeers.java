// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.PeerDirectory;
import org.wgj.tunnel.TunnelChange;

import java.util.List;

/** Lets simulations of other packages use what decides about a node's peers. */
public final class SimPeers {
    private final PlanePeers peers;
    private final SessionWatch session = new SessionWatch();

    public SimPeers(String plane, long ownId, PeerDirectory directory) {
        peers = new PlanePeers(plane, ownId, directory);
    }

    /** Returns null for nothing. */
    public TunnelChange map(List<MapCoordinator> coordinators, MeshMap mapOrNull) {
        return peers.map(coordinators, mapOrNull, _ -> false);
    }

    /** A handshake with the coordinator begins. */
    public void askedCoordinator(long nowNs) {
        session.started(nowNs);
    }

    /** Returns whether the coordinator should be asked for the stream. */
    public boolean coordinatorAnswered(long nowNs) {
        return session.completed(nowNs);
    }

    /** Returns null for nothing. */
    public TunnelChange added(PublicKey key) {
        return peers.added(key);
    }

    /** Returns null for nothing. */
    public TunnelChange released(PublicKey key) {
        return peers.released(key);
    }
}
