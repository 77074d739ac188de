// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionControl;
import org.wgj.netstack.tcp.congestion.CongestionWindow;

/**
 * The reports of the present acknowledgement: which segments arrived, whether an original did,
 * which arrived twice, and how long a round trip took. It marks the segments, and tells RACK, the
 * loss episode, the round-trip times and the congestion control what they learn from it. Owner
 * thread only.
 */
final class Arrivals {
    private static final long NEVER = Long.MAX_VALUE;

    private final SentSegments segments;
    private final CongestionControl control;
    private final CongestionWindow window;
    private final RttEstimator rtt;
    private final MinimumRtt minimum;
    private final Rack rack;
    private final LossEpisode episode;
    private final TailLossProbe probe;

    private long duplicateReports;

    // Valid from begin() to the end of one acknowledgement.
    private boolean recovering;
    private long recoveryPoint;
    private long retransmissions;
    private long delivered;
    private long newlySacked;
    private boolean originalArrived;
    private boolean duplicateOfProbe;
    private boolean tellsDuplicate;
    private boolean againAcked;
    private long sampleOldestNs;
    private long sampleNewestNs;

    Arrivals(
            SentSegments segments,
            CongestionControl control,
            CongestionWindow window,
            RttEstimator rtt,
            MinimumRtt minimum,
            Rack rack,
            LossEpisode episode,
            TailLossProbe probe) {
        this.segments = segments;
        this.control = control;
        this.window = window;
        this.rtt = rtt;
        this.minimum = minimum;
        this.rack = rack;
        this.episode = episode;
        this.probe = probe;
    }

    /**
     * Begins an acknowledgement.
     *
     * @param inRecovery whether fast recovery goes on
     * @param point the position at which the current loss episode ends
     * @param sentAgain how many segments were sent again so far
     */
    void begin(boolean inRecovery, long point, long sentAgain) {
        recovering = inRecovery;
        recoveryPoint = point;
        retransmissions = sentAgain;
        delivered = 0;
        newlySacked = 0;
        originalArrived = false;
        duplicateOfProbe = false;
        tellsDuplicate = false;
        againAcked = false;
        rack.begin();
        sampleOldestNs = NEVER;
        sampleNewestNs = Long.MIN_VALUE;
    }

    /** Bytes reported delivered, in order or not. */
    long delivered() {
        return delivered;
    }

    /** Corrects {@link #delivered} by what duplicates without selective blocks stand for. */
    void setDelivered(long bytes) {
        delivered = bytes;
    }

    /** Bytes newly reported by selective blocks. */
    long newlySacked() {
        return newlySacked;
    }

    /** Returns whether a segment below the recovery point arrived that was never sent again. */
    boolean originalArrived() {
        return originalArrived;
    }

    /** Returns whether the peer has the outstanding probe twice. */
    boolean duplicateOfProbe() {
        return duplicateOfProbe;
    }

    /** Takes the selective blocks. */
    void takeBlocks(AckView ack, long nowNs) {
        for (int i = 0; i < ack.blocks(); i++) {
            long from = ack.blockFrom(i);
            long to = ack.blockTo(i);
            if (from >= to || to > segments.top()) {
                continue;
            }
            boolean duplicate =
                    i == 0
                            && (to <= ack.position()
                                    || (ack.blocks() > 1
                                            && from >= ack.blockFrom(1)
                                            && to <= ack.blockTo(1)));
            if (duplicate) {
                tellsDuplicate = true;
                takeDuplicate(from, to);
            } else if (to > segments.base()) {
                takeBlock(from, to, ack, nowNs);
            }
        }
    }

    private void takeDuplicate(long from, long to) {
        if (duplicateReports >= retransmissions) {
            // The network made the copy, or the peer invents reports: it says nothing about our
            // retransmissions.
            return;
        }
        duplicateReports += Math.max(1, (to - from) / window.mss());
        rack.duplicateReported(segments.base(), segments.top());
        episode.duplicate(from, to);
        duplicateOfProbe |= probe.outstanding() && to == probe.end();
    }

    private void takeBlock(long from, long to, AckView ack, long nowNs) {
        int slot = segments.atOrAbove(from);
        while (slot != SentSegments.NONE) {
            slot = segments.notSacked(slot);
            if (slot == SentSegments.NONE || segments.to(slot) > to) {
                return;
            }
            newlySacked += segments.length(slot);
            arrived(slot, ack, nowNs);
            segments.markSacked(slot);
            slot = segments.after(slot);
        }
    }

    /** Takes everything below a position. */
    void takeCumulative(long position, AckView ack, long nowNs) {
        while (segments.count() > 0) {
            int slot = segments.first();
            if (segments.to(slot) > position) {
                delivered += segments.isSacked(slot) ? 0 : Math.max(0, position - segments.base());
                segments.trimFirst(position);
                return;
            }
            if (!segments.isSacked(slot)) {
                againAcked |= segments.wasSentAgain(slot);
                arrived(slot, ack, nowNs);
            }
            segments.removeFirst();
        }
    }

    /** Takes a segment that is now known to have arrived. */
    private void arrived(int slot, AckView ack, long nowNs) {
        long sentNs = segments.sentNs(slot);
        long to = segments.to(slot);
        boolean again = segments.wasSentAgain(slot);
        delivered += segments.length(slot);
        if (!again) {
            if (recovering && segments.isLost(slot) && rack.valid()) {
                rack.late(nowNs - sentNs - rack.rttNs());
            }
            originalArrived |= to <= recoveryPoint;
            sampleOldestNs = Math.min(sampleOldestNs, sentNs);
            sampleNewestNs = Math.max(sampleNewestNs, sentNs);
        }
        rack.arrived(sentNs, to, again, ack.echoNs(), minimum.valueNs(), nowNs);
    }

    /**
     * Karn's rule: a segment sent once gives a sample, one sent again only through the echoed
     * timestamp (RFC 6298 section 3). An acknowledgement that a retransmission brought about gives
     * no sample for the segments behind it either: they waited for it. Nor does one that answers a
     * duplicate: it echoes the original, whose acknowledgement was lost, and the sample would hold
     * the whole timeout; a few in a row would double the timeout each time.
     *
     * @return whether there was a sample
     */
    boolean sampleRoundTrip(AckView ack, boolean advanced, long nowNs) {
        if (sampleNewestNs != Long.MIN_VALUE && !againAcked) {
            long newest = nowNs - sampleNewestNs;
            minimum.sample(newest, nowNs);
            rtt.sample(nowNs - sampleOldestNs, segments.base(), segments.top());
            control.roundTrip(window, newest, segments.base(), segments.top(), nowNs);
            return true;
        }
        if (advanced && !tellsDuplicate && ack.hasEcho() && ack.echoNs() <= nowNs) {
            rtt.sample(nowNs - ack.echoNs(), segments.base(), segments.top());
            return true;
        }
        return false;
    }
}
