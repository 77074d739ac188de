// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * The smallest round-trip time of the last few minutes: the minimum of two half windows, so that a
 * route that became longer is believed after 150 to 300 seconds (RFC 8985 section 6.2 step 1).
 * Owner thread only.
 */
final class MinimumRtt {
    private static final long HALF_NS = 150_000_000_000L;

    private long current;
    private long earlier;
    private long currentSince;

    void sample(long rttNs, long nowNs) {
        long r = Math.max(1, rttNs);
        if (current == 0) {
            current = r;
            currentSince = nowNs;
        } else if (nowNs - currentSince > HALF_NS) {
            earlier = nowNs - currentSince > 2 * HALF_NS ? 0 : current;
            current = r;
            currentSince = nowNs;
        } else {
            current = Math.min(current, r);
        }
    }

    /** The minimum in nanoseconds, 0 if there is no sample. */
    long valueNs() {
        return earlier == 0 ? current : Math.min(earlier, current);
    }
}
