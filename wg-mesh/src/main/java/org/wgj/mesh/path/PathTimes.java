// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

/** The times and counts by which paths are tried and watched; times in ns. */
final class PathTimes {
    static final long MS = 1_000_000;
    static final long SECOND = 1_000 * MS;

    /** When the challenges of a burst leave, after its beginning. */
    private static final long[] BURST = {0, 100 * MS, 200 * MS, 400 * MS, 800 * MS};

    /** When challenges of full size are repeated to places that answered small ones. */
    private static final long[] BURST_FULL = {1_200 * MS, 1_600 * MS};

    /** When a burst has failed. */
    static final long BURST_END = 2_200 * MS;

    /**
     * The time from a failed burst to the next one. A router may need 65 s to forget what makes a
     * burst fail.
     */
    private static final long[] RETRY = {
        5 * SECOND, 10 * SECOND, 30 * SECOND, 65 * SECOND, 130 * SECOND, 300 * SECOND
    };

    /** The longest time between two bursts of a link that had a direct path lately. */
    static final long RETRY_AFTER_DIRECT = 60 * SECOND;

    /** For how long a direct path that died is worth frequent bursts. */
    static final long DIRECT_LATELY = 3_600 * SECOND;

    /** The time that the second of two waits for the first to begin a burst or a handshake. */
    static final long SECOND_TURN = SECOND;

    /**
     * The time that the first end waits for the round-trip time before it begins the first burst.
     */
    static final long FIRST_ROUND = 300 * MS;

    /** The time between challenges of a path that carries data. */
    static final long WATCH_BUSY = SECOND;

    /** The time between challenges of a path without data: it keeps mappings of 30 s alive. */
    static final long WATCH_QUIET = 25 * SECOND;

    /** As {@link #WATCH_QUIET}, if the peer challenges the path: one end does it for both. */
    static final long WATCH_CHALLENGED = WATCH_QUIET + 5 * SECOND;

    /** The time between challenges of a path without data while somebody looks at the links. */
    static final long WATCH_SEEN = 2 * SECOND;

    /** After so many challenges one has full size, if there is data. */
    static final int FULL_EACH = 16;

    /** As {@link #FULL_EACH}, if the data is not answered. */
    static final int FULL_EACH_UNANSWERED = 4;

    /** So many lost challenges of full size in a row are no accident. */
    static final int FULL_LOST = 3;

    /** So many lost challenges end a path on which nothing else was heard. */
    static final int LOST_IN_SILENCE = 2;

    /** So many lost challenges end a path though the peer is heard: it passes one way only. */
    static final int LOST_ONE_WAY = 4;

    /** The time to wait for the counters before a path is judged without them. */
    static final long VERDICT = 150 * MS;

    static final long SHORTEST_WAIT = 300 * MS;
    static final long LONGEST_WAIT = SECOND;

    /** A challenge is forgotten then. */
    static final long CHALLENGE_LIFE = 3 * SECOND;

    /** The time between readings of a plane's counters while it has sessions. */
    static final long POLL = SECOND;

    /** A session lives so long after its last handshake (REJECT_AFTER_TIME), and a little. */
    static final long SESSION = 190 * SECOND;

    /** A link of a large mesh without data for so long is no longer watched. */
    static final long IDLE = 60 * SECOND;

    /** A node that is not to begin a handshake begins all the same then. */
    static final long TAKE_OVER = 5 * SECOND;

    /** A plane in which nothing was heard for so long after it was tried is blocked. */
    static final long BLOCKED = 8 * SECOND;

    /** The time for which an answered challenge proves a path to which the data may move. */
    static final long PROOF = 3 * SECOND;

    /**
     * After so many unanswered attempts initiations go to the relays and to all places in turns.
     */
    static final int ATTEMPTS_LIKELY = 2;

    private static final long[] INITIATE = {
        SECOND,
        2 * SECOND,
        6 * SECOND,
        15 * SECOND,
        30 * SECOND,
        60 * SECOND,
        120 * SECOND,
        120 * SECOND,
        300 * SECOND
    };

    private PathTimes() {}

    /** Returns when a step of a burst is due after its beginning; -1 if there is no such step. */
    static long burst(int step) {
        if (step < BURST.length) {
            return BURST[step];
        }
        int further = step - BURST.length;
        return further < BURST_FULL.length ? BURST_FULL[further] : -1;
    }

    /** Returns whether a step of a burst sends only to places that answered. */
    static boolean onlyFull(int step) {
        return step >= BURST.length;
    }

    static long retry(int step) {
        return RETRY[Math.min(step, RETRY.length - 1)];
    }

    /**
     * Returns how long to wait for the answer to an attempt, of which the tunnel itself repeats the
     * initiation every 5 s for 90 s.
     */
    static long nextAttempt(int attempts) {
        return INITIATE[Math.min(attempts, INITIATE.length - 1)];
    }

    /** Returns how long the answer to a challenge may take. */
    static long answerWithin(long rttNs) {
        return rttNs < 0
                ? 2 * SHORTEST_WAIT
                : Math.clamp(3 * rttNs + 50 * MS, SHORTEST_WAIT, LONGEST_WAIT);
    }
}
