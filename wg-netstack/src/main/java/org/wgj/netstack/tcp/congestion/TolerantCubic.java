// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/**
 * {@link Cubic} that does not take every loss for congestion. A loss leaves the window alone if
 * both hold:
 *
 * <ul>
 *   <li>no queue stands: the smallest round-trip time of the last whole round is close to the
 *       smallest of the last minute;
 *   <li>losses are rare: no more than one byte in {@value #RARITY} is lost, with some allowance for
 *       chance.
 * </ul>
 *
 * <p>All other losses are CUBIC's. No RFC specifies this rule; BBR has a similar one with a bound
 * of 2 percent. Owner thread only.
 */
final class TolerantCubic implements CongestionControl {
    private static final long RARITY = 2000;
    private static final int ALLOWANCE_SEGMENTS = 8;
    private static final long QUEUE_NS = 2_000_000L;
    private static final int QUEUE_DIVISOR = 16;
    private static final long BASE_HALF_NS = 30_000_000_000L;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final Cubic cubic = new Cubic();
    private long base = UNKNOWN;
    private long baseNext = UNKNOWN;
    private long baseSinceNs;
    private long roundEnd = Long.MIN_VALUE;
    private long roundMin = UNKNOWN;
    private long lastRoundMin = UNKNOWN;
    private long acknowledgedBefore = Long.MIN_VALUE;

    /** Acknowledged bytes that may still pay for lost ones, {@link #RARITY} for one. */
    private long credit;

    @Override
    public String name() {
        return "cubic-tolerant";
    }

    @Override
    public void roundTrip(
            CongestionWindow window, long rttNs, long acknowledged, long next, long nowNs) {
        cubic.roundTrip(window, rttNs, acknowledged, next, nowNs);
        if (base == UNKNOWN) {
            baseSinceNs = nowNs;
        } else if (nowNs - baseSinceNs > BASE_HALF_NS) {
            base = baseNext;
            baseNext = UNKNOWN;
            baseSinceNs = nowNs;
        }
        base = Math.min(base, rttNs);
        baseNext = Math.min(baseNext, rttNs);
        if (acknowledged >= roundEnd) {
            roundEnd = next;
            lastRoundMin = roundMin;
            roundMin = UNKNOWN;
        }
        roundMin = Math.min(roundMin, rttNs);
        long most = (long) ALLOWANCE_SEGMENTS * window.mss() * RARITY;
        credit =
                acknowledgedBefore == Long.MIN_VALUE
                        ? most
                        : Math.min(most, credit + Math.max(0, acknowledged - acknowledgedBefore));
        acknowledgedBefore = acknowledged;
    }

    @Override
    public boolean tolerates(CongestionWindow window, long lostBytes, long nowNs) {
        boolean queue =
                lastRoundMin == UNKNOWN
                        || lastRoundMin - base > Math.max(QUEUE_NS, base / QUEUE_DIVISOR);
        if (queue || lostBytes > credit / RARITY) {
            return false;
        }
        credit -= lostBytes * RARITY;
        return true;
    }

    @Override
    public void acked(CongestionWindow window, long bytes, long smoothedRttNs, long nowNs) {
        cubic.acked(window, bytes, smoothedRttNs, nowNs);
    }

    @Override
    public void lost(CongestionWindow window, long inFlight, boolean timeout, long nowNs) {
        cubic.lost(window, inFlight, timeout, nowNs);
    }

    @Override
    public void undo(CongestionWindow window, long nowNs) {
        cubic.undo(window, nowNs);
    }
}
