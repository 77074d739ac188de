// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/** CUBIC (RFC 9438). */
final class Cubic implements CongestionControl {
    private final NewReno friendly = new NewReno();

    @Override
    public String name() {
        return "cubic";
    }

    @Override
    public void roundTrip(
            CongestionWindow window, long rttNs, long acknowledged, long next, long nowNs) {}

    @Override
    public void acked(CongestionWindow window, long bytes, long smoothedRttNs, long nowNs) {
        friendly.acked(window, bytes, smoothedRttNs, nowNs);
    }

    @Override
    public void lost(CongestionWindow window, long inFlight, boolean timeout, long nowNs) {
        window.setThreshold(window.size() / 10 * 7);
    }

    @Override
    public void undo(CongestionWindow window, long nowNs) {}

    @Override
    public void idle(long idleNs) {}
}
