// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionWindow;

/**
 * Duplicate acknowledgements of a peer without selective ones: each stands for one segment that
 * arrived, and the third for a loss (RFC 5681 section 3.2). Owner thread only.
 */
final class DuplicateAcks {
    private static final int THRESHOLD = 3;

    private final SentSegments segments;
    private final CongestionWindow window;
    private int count;

    DuplicateAcks(SentSegments segments, CongestionWindow window) {
        this.segments = segments;
        this.window = window;
    }

    /** Forgets those that were counted. */
    void reset() {
        count = 0;
    }

    /**
     * Counts an acknowledgement.
     *
     * @param advanced whether it acknowledges new data
     * @param plain whether it is a duplicate without any news
     * @param acknowledged how many bytes it acknowledges
     * @param delivered how many of them were in flight
     * @param open whether there is no loss episode
     * @return how many bytes it reports delivered that duplicates before it did not
     */
    long take(boolean advanced, boolean plain, long acknowledged, long delivered, boolean open) {
        if (advanced) {
            long segmentsAcked = (acknowledged + window.mss() - 1) / window.mss();
            long bytes = Math.max(0, delivered - (long) count * window.mss());
            count = open ? 0 : (int) Math.max(0, count - Math.max(0, segmentsAcked - 1));
            return Math.min(delivered, Math.max(bytes, window.mss()));
        }
        if (plain && segments.count() > 1 && count < segments.count() - 1) {
            count++;
            return window.mss();
        }
        return delivered;
    }

    /** Returns whether there are enough for a loss. */
    boolean tellLoss() {
        return count >= THRESHOLD;
    }

    /** Bytes in flight: each duplicate stands for a segment that left the network. */
    long inFlight() {
        long flight = segments.inFlight();
        if (count > 0 && segments.count() > 0) {
            // The lost ones are not counted twice.
            long outstanding =
                    segments.top()
                            - segments.base()
                            - Math.max(segments.lostBytes(), segments.length(segments.first()));
            flight -= Math.max(0, Math.min((long) count * window.mss(), outstanding));
        }
        return flight;
    }
}
