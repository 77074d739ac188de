// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.net.InetSocketAddress;

/** A place to which a peer's packets can be sent, and what is known of the path to it. */
final class Place {
    /** The rank of a place: the first is the best. */
    enum Rank {
        LAN,
        STATIC,
        MAPPED,
        OBSERVED,
        IPV6,

        /** A challenge of the peer came from there, but the map does not know it. */
        SEEN,

        RELAY
    }

    private static final long NEVER = Long.MIN_VALUE / 2;

    final InetSocketAddress endpoint;
    Rank rank;

    /**
     * The time at which the last answered challenge was sent; long ago if no challenge was
     * answered.
     */
    private long answeredNs = NEVER;

    /** When the last answered challenge of full size was sent. */
    private long answeredFullNs = NEVER;

    /** The number of lost challenges of full size in a row. */
    private int fullLost;

    private long rttNs = -1;

    Place(InetSocketAddress endpoint, Rank rank) {
        this.endpoint = endpoint;
        this.rank = rank;
    }

    boolean isRelay() {
        return rank == Rank.RELAY;
    }

    boolean isBetterThan(Place other) {
        return rank.compareTo(other.rank) < 0;
    }

    void answered(long sentNs, boolean full, long nowNs) {
        answeredNs = Math.max(answeredNs, sentNs);
        if (full) {
            answeredFullNs = Math.max(answeredFullNs, sentNs);
            fullLost = 0;
        }
        rttNs = nowNs - sentNs;
    }

    void lostFull() {
        fullLost++;
    }

    /** Concludes that small packets pass and those of full size do not. */
    void failedFull() {
        answeredFullNs = NEVER;
        fullLost = Math.max(fullLost, PathTimes.FULL_LOST);
    }

    /** A handshake passed in both directions. */
    void shookHands(long nowNs) {
        answeredNs = Math.max(answeredNs, nowNs);
    }

    /** Forgets what was proven: the path is dead, or the network changed. */
    void doubt() {
        answeredNs = NEVER;
        answeredFullNs = NEVER;
        fullLost = 0;
    }

    boolean answeredSince(long ns) {
        return answeredNs >= ns;
    }

    boolean answeredFullSince(long ns) {
        return answeredFullNs >= ns;
    }

    /** Returns whether small packets pass, but several of full size in a row did not. */
    boolean losesFullSize() {
        return fullLost >= PathTimes.FULL_LOST && answeredNs > answeredFullNs;
    }

    /** The last round-trip time in ns; -1 if it is unknown. */
    long rttNs() {
        return rttNs;
    }
}
