// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/**
 * HyStart++ (RFC 9406): leaves the first slow start before the queue overflows, because the
 * round-trip time rises.
 *
 * <p>A rise by an eighth of the round-trip time (4 to 16 ms) leads to conservative slow start: a
 * quarter of the growth for five rounds. If the round-trip time falls below what it was at the
 * rise, the rise was jitter, and slow start goes on. Owner thread only.
 */
final class HyStart {
    private static final long MIN_RISE_NS = 4_000_000L;
    private static final long MAX_RISE_NS = 16_000_000L;
    private static final int RISE_DIVISOR = 8;
    private static final int SAMPLES = 8;
    private static final int GROWTH_DIVISOR = 4;
    private static final int CONSERVATIVE_ROUNDS = 5;
    private static final int MOST_SEGMENTS = 8;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private long roundEnd = Long.MIN_VALUE;
    private long lastRoundMin = UNKNOWN;
    private long roundMin = UNKNOWN;
    private int samples;
    private long baseline = UNKNOWN;
    private boolean conservative;
    private int rounds;

    /** Takes a round-trip time during the first slow start (RFC 9406 section 4.2). */
    void roundTrip(CongestionWindow window, long rttNs, long acknowledged, long next) {
        if (acknowledged >= roundEnd) {
            boolean first = roundEnd == Long.MIN_VALUE;
            roundEnd = next;
            lastRoundMin = roundMin;
            roundMin = UNKNOWN;
            samples = 0;
            if (conservative && !first && ++rounds >= CONSERVATIVE_ROUNDS) {
                window.setThreshold(window.size());
                reset();
                return;
            }
        }
        roundMin = Math.min(roundMin, rttNs);
        samples++;
        if (samples < SAMPLES) {
            return;
        }
        if (conservative) {
            if (roundMin < baseline) {
                conservative = false;
                baseline = UNKNOWN;
            }
        } else if (lastRoundMin != UNKNOWN) {
            long rise = Math.clamp(lastRoundMin / RISE_DIVISOR, MIN_RISE_NS, MAX_RISE_NS);
            if (roundMin >= lastRoundMin + rise) {
                conservative = true;
                baseline = roundMin;
                rounds = 0;
            }
        }
    }

    /**
     * Returns by how much the window may grow.
     *
     * @param bytes newly acknowledged bytes
     * @param mss a full segment
     * @return bytes
     */
    long growth(long bytes, int mss) {
        long most = Math.min(bytes, (long) MOST_SEGMENTS * mss);
        return conservative ? most / GROWTH_DIVISOR : most;
    }

    /** Returns whether conservative slow start is on. */
    boolean conservative() {
        return conservative;
    }

    /** Forgets everything: slow start ended. */
    void reset() {
        roundEnd = Long.MIN_VALUE;
        lastRoundMin = UNKNOWN;
        roundMin = UNKNOWN;
        samples = 0;
        baseline = UNKNOWN;
        conservative = false;
        rounds = 0;
    }
}
