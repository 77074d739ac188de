// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionWindow;

/**
 * The data that may leave now, as far as the congestion window, F-RTO, probes and the time since
 * the last segment decide. Owner thread only.
 */
final class Allowance {
    private final SentSegments segments;
    private final CongestionWindow window;
    private final RttEstimator rtt;
    private final DuplicateAcks duplicates;
    private final TailLossProbe probe;
    private final Frto frto;

    private long limitedUntil;
    private long lastSentNs;

    Allowance(
            SentSegments segments,
            CongestionWindow window,
            RttEstimator rtt,
            DuplicateAcks duplicates,
            TailLossProbe probe,
            Frto frto) {
        this.segments = segments;
        this.window = window;
        this.rtt = rtt;
        this.duplicates = duplicates;
        this.probe = probe;
        this.frto = frto;
    }

    /** Notes that something left, or that the connection begins. */
    void sent(long nowNs) {
        lastSentNs = nowNs;
    }

    /** Implements {@link LossRecovery#retransmissionReady}. */
    boolean retransmission(long windowEnd, boolean newDataReady) {
        int slot = segments.firstLost();
        if (slot == SentSegments.NONE) {
            return probe.due()
                    && !newDataReady
                    && segments.count() > 0
                    && isPermitted(segments.last(), windowEnd);
        }
        if (!isPermitted(slot, windowEnd)) {
            return false;
        }
        long flight = duplicates.inFlight();
        if (frto.asks()
                && (frto.hasSent() || (newDataReady && window.size() - flight >= window.mss()))) {
            // New data asks the question whether the timeout was real; retransmissions would hide
            // the answer.
            return false;
        }
        return flight <= 0
                || flight + Math.min(segments.length(slot), window.mss()) <= window.size();
    }

    /**
     * Returns whether the peer's window permits a segment. Only the first one may be cut: a peer
     * that moves its window byte by byte could otherwise cut all of them to bytes.
     */
    private boolean isPermitted(int slot, long windowEnd) {
        return slot == segments.first()
                ? segments.from(slot) < windowEnd
                : segments.to(slot) <= windowEnd;
    }

    /** Implements {@link LossRecovery#newDataAllowance}. */
    int newData(int maxLength, long nowNs) {
        if (maxLength <= 0) {
            return 0;
        }
        if (segments.count() == 0) {
            restartAfterIdle(nowNs);
        }
        if (probe.due()) {
            return Math.min(maxLength, window.mss());
        }
        if (segments.firstLost() != SentSegments.NONE && !frto.asks()) {
            return 0;
        }
        long room = window.size() - duplicates.inFlight();
        if (room >= maxLength) {
            return maxLength;
        }
        limitedUntil = segments.top();
        return (int) Math.max(0, room / window.mss() * window.mss());
    }

    /**
     * Shrinks the window by half for each timeout of idle time, not below the restart window (RFC
     * 5681 section 4.1).
     */
    private void restartAfterIdle(long nowNs) {
        long idle = nowNs - lastSentNs;
        long rto = rtt.rtoNs();
        if (idle <= rto) {
            return;
        }
        long size = window.size();
        long restart = Math.min(CongestionWindow.initial(window.mss()), size);
        window.setThreshold(Math.max(window.threshold(), size / 4 * 3));
        while (idle > rto && size > restart) {
            size /= 2;
            idle -= rto;
        }
        window.setSize(Math.max(size, restart));
        lastSentNs = nowNs;
    }

    /**
     * Returns whether the congestion window limited what was sent in the round that ends now (RFC
     * 7661 section 4.1): it was used up, or in slow start half of it was in flight.
     */
    boolean wasLimited(long priorBase, long delivered) {
        return priorBase <= limitedUntil
                || (window.inSlowStart()
                        && 2 * (duplicates.inFlight() + delivered) >= window.size());
    }
}
