// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * The mesh after one commit, as an immutable value. Reading it blocks no other thread.
 *
 * @param commit counts all commits, also those that change no map
 * @param map the map with all nodes of all planes
 * @param keys which node has which key in which plane: keys, pending and previous ones
 * @param tokens the live tokens' public keys, and when they expire
 * @param rotations which nodes are asked for new keys, and in which planes
 */
public record Snapshot(
        long commit,
        MeshMap map,
        Map<PublicKey, Owner> keys,
        Map<PublicKey, Instant> tokens,
        Map<Long, Set<String>> rotations) {
    /**
     * The owner of a key.
     *
     * @param node the node's id
     * @param plane the plane's name
     * @param use what the key is to it
     */
    public record Owner(long node, String plane, Use use) {}

    /** The use of a key for its node. */
    public enum Use {
        /** Its key. */
        CURRENT,

        /** The next one, in a rotation. */
        PENDING,

        /** The key before, for three minutes after a rotation. */
        PREVIOUS
    }

    /**
     * Returns whether a token may be answered.
     *
     * @param token its public key
     * @param now the time
     * @return false for one that is unknown, expired or revoked
     */
    public boolean isLive(PublicKey token, Instant now) {
        Instant expires = tokens.get(token);
        return expires != null && now.isBefore(expires);
    }

    /**
     * Returns the planes of a node.
     *
     * @param node its id
     * @return their names; empty if the node is not in the map
     */
    public Set<String> planesOf(long node) {
        MapNode found = map.nodes().get(node);
        return found == null ? Set.of() : found.planes().keySet();
    }

    /**
     * Returns the map as a node is shown it: {@link Views#shown}.
     *
     * @param node its id
     * @return its map
     * @throws IllegalArgumentException if the node is not in the map
     */
    public MeshMap viewOf(long node) {
        Set<String> planes = planesOf(node);
        if (planes.isEmpty()) {
            throw new IllegalArgumentException("no node " + node + " in the map");
        }
        return Views.shown(map, planes);
    }
}
