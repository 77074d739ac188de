// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/**
 * Slow start and congestion avoidance of RFC 5681 with byte counting (RFC 3465, L = 2 segments
 * after a timeout, none before).
 *
 * <p>The window halves after a loss and grows by one segment a round trip above the threshold.
 */
final class NewReno implements CongestionControl {
    private long credit;

    @Override
    public String name() {
        return "newreno";
    }

    @Override
    public void roundTrip(
            CongestionWindow window, long rttNs, long acknowledged, long next, long nowNs) {
        // Reno does not look at delay.
    }

    @Override
    public void acked(CongestionWindow window, long bytes, long smoothedRttNs, long nowNs) {
        long rest = bytes;
        if (window.inSlowStart()) {
            rest = slowStart(window, bytes);
        }
        if (rest > 0) {
            credit += rest;
            long size = window.size();
            if (credit >= size) {
                credit -= size;
                window.setSize(size + window.mss());
            }
        }
    }

    /**
     * Grows by what was acknowledged, at most up to the threshold (RFC 5681 equation 2).
     *
     * @param window the window
     * @param bytes newly acknowledged bytes
     * @return bytes that were left when the threshold was reached
     */
    static long slowStart(CongestionWindow window, long bytes) {
        long step = Math.min(bytes, window.threshold() - window.size());
        window.setSize(window.size() + step);
        return bytes - step;
    }

    @Override
    public void lost(CongestionWindow window, long inFlight, boolean timeout, long nowNs) {
        credit = 0;
        window.setThreshold(window.size() / 2);
    }

    @Override
    public void undo(CongestionWindow window, long nowNs) {
        credit = 0;
    }
}
