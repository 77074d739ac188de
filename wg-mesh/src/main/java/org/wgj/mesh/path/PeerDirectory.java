// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.PlaneIndex;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeersOnDemand;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The nodes of a large plane, which become peers of the tunnel when there is something to say.
 * Their first endpoint is a relay, from which the manager of paths goes on. Without a relay, or for
 * a node that lets nothing pass through one, it is the peer's best place. A node without any place
 * cannot be called, but may call. In a small plane all nodes are peers anyway, and this finds no
 * node.
 *
 * <p>One thread sets, any thread asks.
 */
public final class PeerDirectory implements PeersOnDemand {
    private final String plane;
    private final long ownId;
    private final int eagerPeers;
    private volatile PlaneIndex indexOrNull;
    private volatile List<RelayPlace> relays = List.of();
    private volatile PlaceRules rules = PlaceRules.NONE;

    /**
     * Makes a directory without nodes.
     *
     * @param plane the plane's name
     * @param ownId the node itself
     * @param eagerPeers a plane of more nodes besides the own one is large
     */
    public PeerDirectory(String plane, long ownId, int eagerPeers) {
        this.plane = plane;
        this.ownId = ownId;
        this.eagerPeers = eagerPeers;
    }

    /**
     * Takes a map.
     *
     * @param mapOrNull null for none
     */
    public void map(MeshMap mapOrNull) {
        indexOrNull =
                mapOrNull != null && MapNodes.hasMore(mapOrNull, plane, ownId, eagerPeers)
                        ? new PlaneIndex(mapOrNull, plane)
                        : null;
    }

    /**
     * Gets ready for questions, which come on a tunnel's event loop. To be called after {@link
     * #map} on a thread that may take its time; otherwise the first question takes it. That is
     * {@link #node} on the caller's thread if it asks first, as a node's loop does for the peers
     * that are there on demand.
     */
    public void prepare() {
        PlaneIndex index = indexOrNull;
        if (index != null) {
            index.prepare();
        }
    }

    /**
     * Takes the relays of the plane.
     *
     * @param now the preferred one first
     */
    public void relays(List<RelayPlace> now) {
        relays = List.copyOf(now);
    }

    /**
     * Takes what this machine is connected to: no peer is looked for inside the mesh, or at an
     * address of this machine.
     *
     * @param inside all that is reached through the mesh
     * @param local the addresses of this machine; empty if they are unknown
     */
    public void surroundings(List<IpPrefix> inside, List<LocalAddress> local) {
        rules = new PlaceRules(inside, List.of(), local);
    }

    /**
     * Returns whether the plane is large.
     *
     * @return true if nodes become peers on demand
     */
    public boolean isLarge() {
        return indexOrNull != null;
    }

    /**
     * Finds a node of a large plane by a key, or by the one that replaces it.
     *
     * @param key the key
     * @return the node; null if there is none
     */
    public MapNode node(PublicKey key) {
        PlaneIndex index = indexOrNull;
        return index == null ? null : index.byKey(key);
    }

    @Override
    public Found byAddress(InetAddress destination) {
        PlaneIndex index = indexOrNull;
        MapNode node = index == null ? null : index.byAddress(destination);
        Found found = node == null ? null : found(node, node.planes().get(plane).key());
        return found == null || found.endpointOrNull() == null ? null : found;
    }

    @Override
    public Found byKey(PublicKey claimed) {
        MapNode node = node(claimed);
        return node == null ? null : found(node, claimed);
    }

    private Found found(MapNode node, PublicKey key) {
        Membership member = node.planes().get(plane);
        if (node.id() == ownId) {
            return null;
        }
        InetSocketAddress endpoint = endpointOrNull(member, node.directOnly());
        // A key that is going to replace another has no addresses yet.
        List<IpPrefix> ranges =
                key.equals(member.key())
                        ? member.addresses().stream().map(IpPrefix::host).toList()
                        : List.of();
        return new Found(key, endpoint == null ? null : Endpoint.of(endpoint), ranges);
    }

    private InetSocketAddress endpointOrNull(Membership member, boolean directOnly) {
        for (RelayPlace relay : directOnly ? List.<RelayPlace>of() : relays) {
            if (!relay.key().equals(member.key())
                    && !rules.isRouted(relay.endpoint().getAddress())) {
                return relay.endpoint();
            }
        }
        return member.candidates().stream()
                .map(Candidate::endpoint)
                .filter(rules::mayTry)
                .findFirst()
                .orElse(null);
    }
}
