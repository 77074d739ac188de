// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/**
 * CUBIC (RFC 9438) with HyStart++ in the first slow start.
 *
 * <p>The window follows a cubic function of the time since the last reduction: fast towards the
 * window at which the loss happened, flat there, faster and faster beyond. If Reno would have a
 * larger window, CUBIC takes Reno's. Windows are computed in segments as {@code double}: weeks
 * without a loss saturate at the window's limit instead of overflowing. Owner thread only.
 */
final class Cubic implements CongestionControl {
    private static final double C = 0.4;
    private static final double BETA = 0.7;
    private static final double FRIENDLY_ALPHA = 3 * (1 - BETA) / (1 + BETA);
    private static final double FAST_CONVERGENCE = (1 + BETA) / 2;
    private static final double MAX_STEP = 1.5;
    private static final long NANOS = 1_000_000_000L;

    /**
     * Growth stops for the time between two acknowledgements that are further apart than this and a
     * round trip: nothing was to be sent.
     */
    private static final long PAUSE_NS = 100_000_000L;

    private static final class Memory {
        boolean running;
        boolean afterTimeout;
        long startNs;
        double max;
        double k;
        double prior;
        double friendly;

        void copyFrom(Memory other) {
            running = other.running;
            afterTimeout = other.afterTimeout;
            startNs = other.startNs;
            max = other.max;
            k = other.k;
            prior = other.prior;
            friendly = other.friendly;
        }
    }

    private final Memory now = new Memory();
    private final Memory saved = new Memory();
    private final HyStart start = new HyStart();
    private double fraction;
    private long lastGrowthNs;

    @Override
    public String name() {
        return "cubic";
    }

    @Override
    public void roundTrip(
            CongestionWindow window, long rttNs, long acknowledged, long next, long nowNs) {
        if (window.threshold() == CongestionWindow.UNLIMITED) {
            start.roundTrip(window, rttNs, acknowledged, next);
        }
    }

    @Override
    public void acked(CongestionWindow window, long bytes, long smoothedRttNs, long nowNs) {
        if (window.inSlowStart()) {
            NewReno.slowStart(window, start.growth(bytes, window.mss()));
            lastGrowthNs = nowNs;
            return;
        }
        if (!now.running) {
            begin(window, nowNs);
        } else if (nowNs - lastGrowthNs > smoothedRttNs + PAUSE_NS) {
            // The application paused: the time does not count (RFC 9438 section 5.8).
            now.startNs += nowNs - lastGrowthNs;
        }
        lastGrowthNs = nowNs;
        grow(window, bytes, smoothedRttNs, nowNs);
    }

    private void begin(CongestionWindow window, long nowNs) {
        double size = segments(window);
        now.running = true;
        now.startNs = nowNs;
        now.friendly = size;
        if (now.afterTimeout || size >= now.max) {
            // RFC 9438 section 4.8: after a timeout, and after slow start, the plateau is here.
            now.k = 0;
            now.max = size;
        } else {
            now.k = Math.cbrt((now.max - size) / C);
        }
        now.afterTimeout = false;
        fraction = 0;
    }

    private void grow(CongestionWindow window, long bytes, long smoothedRttNs, long nowNs) {
        double size = segments(window);
        double acked = (double) bytes / window.mss();
        double t = (double) (nowNs - now.startNs) / NANOS;
        double alpha = now.friendly >= now.prior ? 1 : FRIENDLY_ALPHA;
        now.friendly += alpha * acked / size;
        double step;
        if (cubic(t) < now.friendly) {
            step = now.friendly - size;
        } else {
            double target =
                    Math.clamp(cubic(t + (double) smoothedRttNs / NANOS), size, MAX_STEP * size);
            step = (target - size) / size * acked;
        }
        // The window is whole bytes; the rest of a byte is kept for the next acknowledgement.
        fraction += Math.max(0, step) * window.mss();
        long whole = (long) fraction;
        if (whole > 0) {
            fraction -= whole;
            window.setSize(window.size() + Math.min(whole, window.limit()));
        }
    }

    private double cubic(double t) {
        double x = t - now.k;
        return C * x * x * x + now.max;
    }

    private static double segments(CongestionWindow window) {
        return (double) window.size() / window.mss();
    }

    @Override
    public void lost(CongestionWindow window, long inFlight, boolean timeout, long nowNs) {
        saved.copyFrom(now);
        double size = segments(window);
        now.prior = size;
        now.max = size < now.max ? size * FAST_CONVERGENCE : size;
        now.running = false;
        now.afterTimeout = timeout;
        window.setThreshold((long) (window.size() * BETA));
        start.reset();
    }

    @Override
    public void undo(CongestionWindow window, long nowNs) {
        now.copyFrom(saved);
    }
}
