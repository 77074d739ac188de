// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

/**
 * A node's decisions about its paths.
 *
 * @param ownId the node's id in the map
 * @param newcomer whether this run began with the node's joining: then it greets all nodes with
 *     lower ids, which wait for it. Otherwise the smaller key of two begins.
 * @param direct false to leave every link on a relay, with the reason {@link PathReason#FORCED}
 * @param relayed false to let no link go over a relay
 * @param eagerPeers with at most so many peers in a plane, all links are made at once; with more,
 *     only when there is data
 */
public record PathSettings(
        long ownId, boolean newcomer, boolean direct, boolean relayed, int eagerPeers) {
    /** The most places besides a peer's endpoint to which an initiation is copied. */
    public static final int MAX_HANDSHAKE_ENDPOINTS = 8;

    /** Up to so many peers in a plane, links are made before there is data. */
    public static final int EAGER_PEERS = 50;

    public PathSettings {
        if (eagerPeers < 0) {
            throw new IllegalArgumentException("eagerPeers " + eagerPeers + " is negative");
        }
    }

    /**
     * Returns the usual settings.
     *
     * @param ownId the node's id in the map
     * @param newcomer whether this run began with the node's joining
     * @return settings that allow direct paths and relayed ones
     */
    public static PathSettings of(long ownId, boolean newcomer) {
        return of(ownId, newcomer, true);
    }

    /**
     * Returns the usual settings.
     *
     * @param ownId the node's id in the map
     * @param newcomer whether this run began with the node's joining
     * @param relayed false to let no link go over a relay
     * @return settings that allow direct paths
     */
    public static PathSettings of(long ownId, boolean newcomer, boolean relayed) {
        return new PathSettings(ownId, newcomer, true, relayed, EAGER_PEERS);
    }
}
