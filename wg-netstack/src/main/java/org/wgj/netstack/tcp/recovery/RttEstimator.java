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

    private static final long MIN_VARIATION_NS = MIN_RTO_NS / 4;

    private long srtt;
    private long deviation;
    private long roundDeviation;
    private long rttvar;
    private long roundEnd;
    private long rto = INITIAL_RTO_NS;

    /** Makes an estimator without a sample. */
    public RttEstimator() {}

    /**
     * Takes a sample.
     *
     * @param rttNs a round-trip time; values below 1 count as 1, values above {@link #MAX_RTO_NS}
     *     as that
     * @param acknowledged the position up to which everything is acknowledged
     * @param next the position of the next new byte: a round ends when it is acknowledged
     */
    public void sample(long rttNs, long acknowledged, long next) {
        long r = Math.clamp(rttNs, 1, MAX_RTO_NS);
        if (srtt == 0) {
            srtt = r;
            deviation = r / 2;
            rttvar = Math.max(deviation, MIN_VARIATION_NS);
            roundDeviation = rttvar;
            roundEnd = next;
        } else {
            long error = r - srtt;
            srtt = Math.max(1, srtt + error / 8);
            long more = Math.abs(error) - deviation;
            deviation += error < 0 && more > 0 ? more / 32 : more / 4;
            roundDeviation = Math.max(roundDeviation, deviation);
            rttvar = Math.max(rttvar, roundDeviation);
            if (acknowledged > roundEnd) {
                rttvar -= (rttvar - roundDeviation) / 4;
                roundEnd = next;
                roundDeviation = MIN_VARIATION_NS;
            }
        }
        rto = Math.min(MAX_RTO_NS, srtt + 4 * rttvar);
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
