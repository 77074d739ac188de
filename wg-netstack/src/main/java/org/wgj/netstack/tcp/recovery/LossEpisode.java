// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionWindow;

/**
 * The facts by which a loss episode is found to be false and is taken back: the windows before it,
 * the time of its first retransmission (Eifel, RFC 3522 and RFC 4015) and how much of the
 * retransmitted data is reported as duplicate (RFC 3708). Owner thread only.
 */
final class LossEpisode {
    private static final long NONE = Long.MIN_VALUE;

    private boolean open;
    private long marker;
    private long size;
    private long threshold;
    private long startNs;
    private long reorderingWindowNs;
    private long firstRetransmissionNs = NONE;
    private long unproven;
    private boolean any;

    /**
     * Begins.
     *
     * @param position everything below is acknowledged
     * @param window the window before the reduction
     * @param reorderingNs the reordering window that was used
     * @param onTheWay bytes sent again before that may still arrive: what answers them, or reports
     *     them as duplicate, says nothing about this episode
     * @param nowNs the time
     */
    void begin(
            long position, CongestionWindow window, long reorderingNs, long onTheWay, long nowNs) {
        open = true;
        marker = position;
        size = window.size();
        threshold = window.threshold();
        startNs = nowNs;
        reorderingWindowNs = reorderingNs;
        if (onTheWay == 0) {
            firstRetransmissionNs = NONE;
        }
        unproven = onTheWay;
        any = false;
    }

    /** Ends: nothing can be taken back any more. */
    void close() {
        open = false;
    }

    /**
     * Notes a retransmission.
     *
     * @param bytes its length
     * @param alone whether no episode goes on and no other retransmission is on the way
     * @param nowNs the time
     */
    void retransmitted(long bytes, boolean alone, long nowNs) {
        if (alone || firstRetransmissionNs == NONE) {
            firstRetransmissionNs = nowNs;
        }
        if (open) {
            unproven += bytes;
            any = true;
        }
    }

    /** Takes a duplicate report. */
    void duplicate(long from, long to) {
        if (open && from >= marker) {
            unproven = Math.max(0, unproven - (to - from));
        }
    }

    /** Returns whether every byte that was sent again was reported as duplicate. */
    boolean allDuplicate() {
        return open && any && unproven == 0;
    }

    /**
     * Returns whether an acknowledgement answers a segment that left before the first
     * retransmission.
     */
    boolean answersOriginal(AckView ack) {
        return open
                && ack.hasEcho()
                && firstRetransmissionNs != NONE
                && ack.echoNs() + AckView.TICK_NS <= firstRetransmissionNs;
    }

    /**
     * Returns how long the reordering window should have been, given that the first segment was
     * only late.
     */
    long neededWindowNs(long nowNs) {
        return reorderingWindowNs + (nowNs - startNs);
    }

    /** Puts the windows back, never below what they are now. */
    void restore(CongestionWindow window) {
        window.setThreshold(Math.max(window.threshold(), threshold));
        window.setSize(Math.max(window.size(), size));
        open = false;
    }
}
