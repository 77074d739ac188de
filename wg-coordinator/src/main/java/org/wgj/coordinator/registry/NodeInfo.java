// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything the registry knows of a node.
 *
 * @param id never used again
 * @param name its name; those of removed nodes may have a new owner
 * @param state whether it is in the mesh
 * @param relay whether it relays for others
 * @param directOnly whether it asks that none of its packets pass through a relay
 * @param stock whether it is a peer of another implementation
 * @param ephemeral whether it is removed when it is not heard of for half an hour
 * @param machineOrNull what it said of its machine
 * @param tokenOrNull the token it joined by; null for one that an administrator added
 * @param joined when
 * @param removedOrNull when it was removed; null while it is there
 * @param lastContact when a coordinator heard of it last, to the minute
 * @param signature the lock's signature; empty without one
 * @param planes what it is in each of its planes
 * @param routes what it advertises
 */
public record NodeInfo(
        long id,
        String name,
        State state,
        boolean relay,
        boolean directOnly,
        boolean stock,
        boolean ephemeral,
        String machineOrNull,
        Long tokenOrNull,
        Instant joined,
        Instant removedOrNull,
        Instant lastContact,
        Bytes signature,
        SortedMap<String, InPlane> planes,
        List<Route> routes) {
    /** The membership of a node. */
    public enum State {
        /** It waits for approval and is in no map. */
        PENDING,

        /** It is in the mesh. */
        MEMBER,

        /** It was removed and stays so. */
        REMOVED
    }

    /**
     * A node in one plane.
     *
     * @param key its public key
     * @param pendingKeyOrNull the published key that replaces it in a rotation
     * @param wantedKeyOrNull a key that waits for the lock's signature before it is published
     * @param previousKeyOrNull the key before, while it is still good
     * @param rotationWanted whether an administrator wants a new key
     * @param port its UDP port
     * @param addresses its addresses
     * @param candidates where it may be reached
     * @param keySince when its public key became that
     */
    public record InPlane(
            PublicKey key,
            PublicKey pendingKeyOrNull,
            PublicKey wantedKeyOrNull,
            PublicKey previousKeyOrNull,
            boolean rotationWanted,
            int port,
            List<InetAddress> addresses,
            List<Candidate> candidates,
            Instant keySince) {}

    /**
     * A network that a node advertises.
     *
     * @param prefix the network
     * @param approved whether an administrator approved it
     * @param owner whether the mesh sends the network's packets to this node
     */
    public record Route(IpPrefix prefix, boolean approved, boolean owner) {}

    /**
     * Returns the node as a map has it.
     *
     * @return the node, as if it were in the map
     */
    public MapNode mapNode() {
        TreeMap<String, Membership> memberships = new TreeMap<>();
        planes.forEach(
                (plane, in) ->
                        memberships.put(
                                plane,
                                new Membership(
                                        in.key(),
                                        in.pendingKeyOrNull(),
                                        in.addresses(),
                                        in.candidates())));
        return new MapNode(
                id,
                name,
                memberships,
                routes.stream()
                        .filter(Route::owner)
                        .map(Route::prefix)
                        .sorted(Comparator.comparing(IpPrefix::toString)) // signed in this order
                        .toList(),
                relay,
                directOnly,
                stock,
                signature);
    }
}
