// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionControl;
import org.wgj.netstack.tcp.congestion.CongestionWindow;

/**
 * What losses and deliveries do to the congestion window: the rule's answer to a loss, unless it
 * tolerates it, proportional rate reduction during fast recovery, and growth otherwise. Owner
 * thread only.
 */
final class CongestionResponse {
    private static final int SLOW_START_STEP_AFTER_TIMEOUT = 2;

    private final CongestionControl control;
    private final CongestionWindow window;
    private final RttEstimator rtt;
    private final DuplicateAcks duplicates;
    private final RateReduction reduction = new RateReduction();

    /** Whether the congestion control spares the window in the recovery that goes on. */
    private boolean tolerated;

    /** Delivered bytes by which the window did not grow yet. */
    private long credit;

    CongestionResponse(
            CongestionControl control,
            CongestionWindow window,
            RttEstimator rtt,
            DuplicateAcks duplicates) {
        this.control = control;
        this.window = window;
        this.rtt = rtt;
        this.duplicates = duplicates;
    }

    private boolean reduces(RecoveryState state) {
        return state == RecoveryState.RECOVERY && !tolerated;
    }

    /** Notes that bytes left, new or again. */
    void sent(RecoveryState state, long bytes) {
        if (state == RecoveryState.RECOVERY) {
            reduction.sent(bytes);
        }
    }

    /**
     * Fast recovery begins.
     *
     * @param flight bytes that will be reported delivered during it
     * @param lostBytes how much was found lost
     * @param nowNs the time
     */
    void enter(long flight, long lostBytes, long nowNs) {
        tolerated = control.tolerates(window, lostBytes, nowNs);
        if (!tolerated) {
            reduce(flight, nowNs);
        }
    }

    /** More is lost than the congestion control tolerated so far. */
    void reconsider(long flight, long lostBytes, long nowNs) {
        if (tolerated && !control.tolerates(window, lostBytes, nowNs)) {
            tolerated = false;
            reduce(flight, nowNs);
        }
    }

    private void reduce(long flight, long nowNs) {
        control.lost(window, duplicates.inFlight(), false, nowNs);
        reduction.start(flight);
    }

    /**
     * Sets the window during fast recovery.
     *
     * @param state where the recovery is
     * @param bytes what an acknowledgement reports delivered
     * @param safe whether it acknowledges new data and no further loss was found with it
     */
    void delivered(RecoveryState state, long bytes, boolean safe) {
        if (reduces(state)) {
            window.setSize(
                    reduction.acked(
                            bytes, duplicates.inFlight(), window.threshold(), window.mss(), safe));
        }
    }

    /** A loss episode ends, which was in a state. */
    void leave(RecoveryState state) {
        if (reduces(state)) {
            window.setSize(window.threshold());
        }
    }

    /**
     * Lets the window grow by what was delivered; reports above a gap count when the gap is filled,
     * unless the path reorders.
     *
     * @param state where the recovery is
     * @param delivered what an acknowledgement reports delivered
     * @param counts whether reports count now
     * @param limited whether the window limited what was sent
     * @param nowNs the time
     */
    void grow(RecoveryState state, long delivered, boolean counts, boolean limited, long nowNs) {
        if (reduces(state)) {
            credit = 0;
            return;
        }
        credit += delivered;
        if (credit == 0 || !counts) {
            return;
        }
        long bytes = credit;
        credit = 0;
        if (limited) {
            long most =
                    state == RecoveryState.LOSS
                            ? (long) SLOW_START_STEP_AFTER_TIMEOUT * window.mss()
                            : Long.MAX_VALUE;
            control.acked(window, Math.min(bytes, most), rtt.srttNs(), nowNs);
        }
    }
}
