// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.crypto.PublicKey;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Notices a key that two machines use: its endpoint goes back and forth. A node that moves, or
 * whose router gives it another port, does not return to where it was; a copy makes the endpoint
 * return more than {@value #MAX_RETURNS} times within a minute. A key stays marked for ten minutes
 * after the last return. For one thread; sans-IO.
 */
final class CloneWatch {
    private static final int MAX_RETURNS = 3;
    private static final int REMEMBERED = 4;
    private static final long MINUTE_NS = 60_000_000_000L;

    private final Map<PublicKey, Track> tracks = new HashMap<>();

    private static final class Track {
        final InetSocketAddress[] recent = new InetSocketAddress[REMEMBERED];
        final long[] leftNs = new long[REMEMBERED];
        final long[] returnsNs = new long[MAX_RETURNS + 1];
        int returns;
        InetSocketAddress now;
        boolean marked;
        long markedUntilNs;
    }

    /**
     * Takes a key's endpoint.
     *
     * @return true if the key has just been marked
     */
    boolean seen(PublicKey key, InetSocketAddress endpoint, long nowNs) {
        Track track = tracks.computeIfAbsent(key, k -> new Track());
        if (endpoint.equals(track.now)) {
            return false;
        }
        boolean returned = false;
        int oldest = 0;
        for (int i = 0; i < REMEMBERED; i++) {
            if (endpoint.equals(track.recent[i]) && nowNs - track.leftNs[i] < MINUTE_NS) {
                returned = true;
            }
            oldest = track.recent[i] == null || track.leftNs[i] < track.leftNs[oldest] ? i : oldest;
        }
        leave(track, oldest, nowNs);
        track.now = endpoint;
        if (!returned) {
            return false;
        }
        int slot = track.returns++ % track.returnsNs.length;
        boolean often =
                track.returns >= track.returnsNs.length
                        && nowNs - track.returnsNs[track.returns % track.returnsNs.length]
                                < MINUTE_NS;
        track.returnsNs[slot] = nowNs;
        if (!often) {
            return false;
        }
        return mark(track, nowNs);
    }

    /**
     * Marks a key of which it is known otherwise that two machines use it.
     *
     * @return true if it was not marked
     */
    boolean mark(PublicKey key, long nowNs) {
        return mark(tracks.computeIfAbsent(key, k -> new Track()), nowNs);
    }

    private static boolean mark(Track track, long nowNs) {
        boolean fresh = !isMarked(track, nowNs);
        track.marked = true;
        track.markedUntilNs = nowNs + 10 * MINUTE_NS;
        return fresh;
    }

    private static void leave(Track track, int oldest, long nowNs) {
        if (track.now == null) {
            return;
        }
        for (int i = 0; i < REMEMBERED; i++) {
            if (track.now.equals(track.recent[i])) {
                track.leftNs[i] = nowNs;
                return;
            }
        }
        track.recent[oldest] = track.now;
        track.leftNs[oldest] = nowNs;
    }

    /** Returns whether two machines use the key. */
    boolean isMarked(PublicKey key, long nowNs) {
        Track track = tracks.get(key);
        return track != null && isMarked(track, nowNs);
    }

    private static boolean isMarked(Track track, long nowNs) {
        return track.marked && nowNs < track.markedUntilNs;
    }

    /** Forgets a key that is no member's any more. */
    void forget(PublicKey key) {
        tracks.remove(key);
    }
}
