// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * The round-trip time estimator and the retransmission timeout (RFC 6298), with the bounds of
 * Linux: 200 ms to 120 s.
 *
 * <p>All times are nanoseconds in a {@code long}; nothing overflows, a sample of a few nanoseconds
 * is a valid sample. Owner thread only.
 */
public final class RttEstimator {
    /** Timeout before the first sample (RFC 6298 section 2.1). */
    public static final long INITIAL_RTO_NS = 1_000_000_000L;

    /** Timeout before the first sample if a SYN was lost (RFC 6298 section 5.7). */
    public static final long INITIAL_RTO_AFTER_LOST_SYN_NS = 3_000_000_000L;

    /** Smallest timeout. */
    public static final long MIN_RTO_NS = 200_000_000L;

    /** Largest timeout. */
    public static final long MAX_RTO_NS = 120_000_000_000L;

    private long srtt;
    private long rttvar;
    private long rto = INITIAL_RTO_NS;

    /** Makes an estimator without a sample. */
    public RttEstimator() {}

    /**
     * Takes a sample.
     *
     * @param rttNs a round-trip time; values below 1 count as 1, values above {@link #MAX_RTO_NS}
     *     as that
     * @param samplesPerRound how many samples a round trip is expected to give (RFC 7323 appendix
     *     G), at least 1
     */
    public void sample(long rttNs, int samplesPerRound) {
        long r = Math.max(1, Math.min(rttNs, MAX_RTO_NS));
        if (srtt == 0) {
            srtt = r;
            rttvar = r / 2;
        } else {
            long weight = Math.max(1, samplesPerRound);
            rttvar += (Math.abs(srtt - r) - rttvar) / (4 * weight);
            srtt = Math.max(1, srtt + (r - srtt) / (8 * weight));
        }
        rto = Math.max(MIN_RTO_NS, Math.min(MAX_RTO_NS, srtt + Math.max(MIN_RTO_NS, 4 * rttvar)));
    }

    /**
     * Sets the timeout used before the first sample.
     *
     * @param synLost whether a SYN or a SYN-ACK was lost
     */
    public void start(boolean synLost) {
        if (srtt == 0) {
            rto = synLost ? INITIAL_RTO_AFTER_LOST_SYN_NS : INITIAL_RTO_NS;
        }
    }

    /**
     * Tells whether a sample was taken.
     *
     * @return whether {@link #srttNs()} is known
     */
    public boolean hasSample() {
        return srtt > 0;
    }

    /**
     * Returns the smoothed round-trip time.
     *
     * @return nanoseconds, 0 before the first sample
     */
    public long srttNs() {
        return srtt;
    }

    /**
     * Returns the round-trip time variation.
     *
     * @return nanoseconds, 0 before the first sample
     */
    public long rttvarNs() {
        return rttvar;
    }

    /**
     * Returns the retransmission timeout without backoff.
     *
     * @return nanoseconds, {@link #MIN_RTO_NS} to {@link #MAX_RTO_NS}
     */
    public long rtoNs() {
        return rto;
    }

    /**
     * Returns the timeout after a number of timeouts in a row (RFC 6298 section 5.5).
     *
     * @param backoff how many, 0 for none
     * @return nanoseconds, at most {@link #MAX_RTO_NS}
     */
    public long rtoNs(int backoff) {
        int shift = Math.max(0, Math.min(backoff, 10));
        return Math.min(MAX_RTO_NS, rto << shift);
    }
}
