// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * The state of RACK: the latest transmission that arrived, and how much reordering to wait for (RFC
 * 8985 sections 6.1 and 6.2).
 *
 * <p>The reordering window is a multiple of a quarter of the smallest round-trip time and grows
 * with each round that brings a duplicate report (DSACK). Beyond the RFC, each segment that arrives
 * out of order says how long the window should be; the window is at least a quarter more for the
 * next {@value #PERSIST} recoveries, within the retransmission timeout. Otherwise a path with more
 * jitter than round-trip time would have each window declared lost. Owner thread only.
 */
final class Rack {
    private static final int PERSIST = 16;
    private static final int DUPLICATE_THRESHOLD = 3;
    private static final int MAX_MULTIPLE = 1 << 20;
    private static final long NONE = Long.MIN_VALUE;

    private boolean valid;
    private long sentNs;
    private long end;
    private long rttNs;
    private long highest;
    private long highestBefore;
    private boolean reordering;
    private int multiple = 1;
    private int persist;
    private long duplicateRoundEnd = NONE;
    private long lateNs;

    /** Returns whether a transmission is known to have arrived. */
    boolean valid() {
        return valid;
    }

    /** Round-trip time of the latest transmission that arrived. */
    long rttNs() {
        return rttNs;
    }

    /** Returns whether the path was seen to reorder. */
    boolean reordering() {
        return reordering;
    }

    /** Begins an acknowledgement: what it reports together is not out of order among itself. */
    void begin() {
        highestBefore = highest;
    }

    /**
     * Takes a segment that arrived (RFC 8985 section 6.2 steps 2 and 3).
     *
     * @param segmentSentNs its last transmission
     * @param segmentEnd the position after it
     * @param again whether it was sent more than once, so that it is not known which transmission
     *     arrived
     * @param echoNs the time that was echoed, {@link AckView#NO_ECHO} if none
     * @param minRttNs the smallest round-trip time
     * @param nowNs the time
     */
    void arrived(
            long segmentSentNs,
            long segmentEnd,
            boolean again,
            long echoNs,
            long minRttNs,
            long nowNs) {
        long rtt = nowNs - segmentSentNs;
        if (!again && segmentEnd < highestBefore) {
            late(rtt - rttNs);
        }
        highest = Math.max(highest, segmentEnd);
        if (again) {
            if (echoNs != AckView.NO_ECHO && echoNs + AckView.TICK_NS <= segmentSentNs) {
                return;
            }
            if (rtt < minRttNs) {
                return;
            }
        }
        if (!valid || isAfter(segmentSentNs, segmentEnd, sentNs, end)) {
            valid = true;
            sentNs = segmentSentNs;
            end = segmentEnd;
            rttNs = rtt;
        }
    }

    /** Returns whether a transmission happened before the latest one that arrived. */
    boolean isBefore(long segmentSentNs, long segmentEnd) {
        return valid && isAfter(sentNs, end, segmentSentNs, segmentEnd);
    }

    private static boolean isAfter(long oneNs, long oneEnd, long otherNs, long otherEnd) {
        return oneNs > otherNs || (oneNs == otherNs && oneEnd > otherEnd);
    }

    /**
     * Returns the reordering window (RFC 8985 section 6.2 step 4).
     *
     * @param minRttNs the smallest round-trip time
     * @param rtt the estimator
     * @param recovering whether a loss episode is open
     * @param sackedSegments how many segments are selectively acknowledged
     * @return nanoseconds
     */
    long windowNs(long minRttNs, RttEstimator rtt, boolean recovering, int sackedSegments) {
        if (!reordering && (recovering || sackedSegments >= DUPLICATE_THRESHOLD)) {
            return 0;
        }
        long window = Math.min(multiple * (minRttNs / 4), rtt.srttNs());
        // With a round-trip time added it stays below the retransmission timeout, which would
        // otherwise find every loss first.
        long most = Math.max(rtt.srttNs(), (rtt.rtoNs() - rtt.srttNs()) / 8 * 7);
        return Math.max(window, Math.min(lateNs + lateNs / 4, most));
    }

    /** Takes a duplicate report about a retransmission: the window grows once a round. */
    void duplicateReported(long acknowledged, long next) {
        if (duplicateRoundEnd != NONE && acknowledged >= duplicateRoundEnd) {
            duplicateRoundEnd = NONE;
        }
        if (duplicateRoundEnd == NONE) {
            duplicateRoundEnd = next;
            multiple = Math.min(multiple + 1, MAX_MULTIPLE);
            persist = PERSIST;
            reordering = true;
        }
    }

    /**
     * Takes proof that a segment declared lost was only late: the window should have been this
     * long.
     */
    void late(long neededNs) {
        reordering = true;
        lateNs = Math.max(lateNs, neededNs);
        persist = PERSIST;
    }

    /** A recovery ended that was a real one. */
    void recovered() {
        if (persist > 0) {
            persist--;
        }
        if (persist == 0) {
            multiple = 1;
            lateNs = 0;
        }
    }
}
