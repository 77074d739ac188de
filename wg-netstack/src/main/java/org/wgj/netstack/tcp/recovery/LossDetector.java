// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * Decides which segments are lost: by RACK's time (RFC 8985 section 6.2), by duplicate
 * acknowledgements of a peer without selective ones, or because of a timeout. Owner thread only.
 */
final class LossDetector {
    private static final long NEVER = Long.MAX_VALUE;

    private final SentSegments segments;
    private final Rack rack;
    private final RttEstimator rtt;
    private final MinimumRtt minimum;
    private final DuplicateAcks duplicates;
    private boolean sack;
    private long deadline = NEVER;

    LossDetector(
            SentSegments segments,
            Rack rack,
            RttEstimator rtt,
            MinimumRtt minimum,
            DuplicateAcks duplicates) {
        this.segments = segments;
        this.rack = rack;
        this.rtt = rtt;
        this.minimum = minimum;
        this.duplicates = duplicates;
    }

    /** Begins: whether both sides permit selective acknowledgements. */
    void start(boolean selective) {
        sack = selective;
    }

    /** When a segment becomes lost unless it is reported before. */
    long deadlineNs() {
        return deadline;
    }

    /** Stops the timer until the next acknowledgement. */
    void stop() {
        deadline = NEVER;
    }

    /** The reordering window now. */
    long windowNs(boolean inEpisode) {
        return rack.windowNs(minimum.valueNs(), rtt, inEpisode, segments.sackedCount());
    }

    /**
     * Marks what is lost.
     *
     * @param inEpisode whether a loss episode is open
     * @param recoveryPoint the position at which the last one ends
     * @param nowNs the time
     * @return whether something new is lost
     */
    boolean findLost(boolean inEpisode, long recoveryPoint, long nowNs) {
        deadline = NEVER;
        if (!sack) {
            return !inEpisode && findLostByDuplicates(recoveryPoint);
        }
        if (!rack.valid()) {
            return false;
        }
        boolean found = false;
        long limit = rack.rttNs() + windowNs(inEpisode);
        int slot = segments.oldest();
        while (slot != SentSegments.NONE
                && rack.isBefore(segments.sentNs(slot), segments.to(slot))) {
            int next = segments.transmittedAfter(slot);
            long due = segments.sentNs(slot) + limit;
            if (due > nowNs) {
                deadline = due;
                break;
            }
            segments.markLost(slot);
            found = true;
            slot = next;
        }
        return found;
    }

    private boolean findLostByDuplicates(long recoveryPoint) {
        if (!duplicates.tellLoss() || segments.base() <= recoveryPoint || segments.count() == 0) {
            return false;
        }
        segments.markLost(segments.first());
        return true;
    }

    /**
     * Marks what is lost after a timeout: the first segment, and all that RACK does not expect to
     * be still on the way (RFC 8985 section 6.3).
     */
    void markAfterTimeout(boolean inEpisode, long nowNs) {
        deadline = NEVER;
        segments.markLost(segments.first());
        long limit = sack && rack.valid() ? rack.rttNs() + windowNs(inEpisode) : Long.MIN_VALUE;
        int slot = segments.oldest();
        while (slot != SentSegments.NONE) {
            int next = segments.transmittedAfter(slot);
            if (limit == Long.MIN_VALUE || segments.sentNs(slot) + limit <= nowNs) {
                segments.markLost(slot);
            }
            slot = next;
        }
    }

    /** Marks what is longer than a segment may be now: the path dropped it. */
    void markLongerThan(int mss) {
        int slot = segments.oldest();
        while (slot != SentSegments.NONE) {
            int next = segments.transmittedAfter(slot);
            if (segments.length(slot) > mss) {
                segments.markLost(slot);
            }
            slot = next;
        }
    }
}
