// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionControl;
import org.wgj.netstack.tcp.congestion.CongestionWindow;

/** The readings of a connection's loss recovery. Owner thread only. */
abstract sealed class RecoveryReadings permits LossRecovery {
    final CongestionControl control;
    final CongestionWindow window;
    final RttEstimator rtt = new RttEstimator();
    final MinimumRtt minimum = new MinimumRtt();
    final SentSegments segments = new SentSegments(1);
    final DuplicateAcks duplicates;

    RecoveryState state = RecoveryState.OPEN;
    int timeouts;

    /** How often the retransmission timeout is doubled: timeouts since the last sample. */
    int backoff;

    long retransmissions;
    long undone;
    long episodes;
    long probeRepairs;

    RecoveryReadings(CongestionControl control, int mss) {
        this.control = control;
        window = new CongestionWindow(mss);
        duplicates = new DuplicateAcks(segments, window);
    }

    /**
     * Returns the first position that is not acknowledged.
     *
     * @return SND.UNA
     */
    public long unacknowledged() {
        return segments.base();
    }

    /**
     * Returns the position of the next new byte.
     *
     * @return SND.NXT
     */
    public long next() {
        return segments.top();
    }

    /**
     * Returns the congestion window.
     *
     * @return bytes
     */
    public long cwnd() {
        return window.size();
    }

    /**
     * Returns the slow start threshold.
     *
     * @return bytes, {@link Long#MAX_VALUE} before the first loss
     */
    public long ssthresh() {
        return window.threshold();
    }

    /**
     * Returns how much is believed to be in the network: sent, neither acknowledged nor lost, plus
     * what was sent again.
     *
     * @return bytes
     */
    public long inFlight() {
        return duplicates.inFlight();
    }

    /**
     * Returns the smoothed round-trip time.
     *
     * @return nanoseconds, 0 if unknown
     */
    public long srttNs() {
        return rtt.srttNs();
    }

    /**
     * Returns the round-trip time variation.
     *
     * @return nanoseconds, 0 if unknown
     */
    public long rttvarNs() {
        return rtt.rttvarNs();
    }

    /**
     * Returns the smallest round-trip time of the last minutes.
     *
     * @return nanoseconds, 0 if unknown
     */
    public long minRttNs() {
        return minimum.valueNs();
    }

    /**
     * Returns the retransmission timeout with its backoff.
     *
     * @return nanoseconds
     */
    public long rtoNs() {
        return rtt.rtoNs(backoff);
    }

    /**
     * Returns the state.
     *
     * @return where the recovery is
     */
    public RecoveryState state() {
        return state;
    }

    /**
     * Returns how often the retransmission timer fired since new data was acknowledged (RFC 9293
     * section 3.8.3: the count against R1 and R2).
     *
     * @return a count
     */
    public int consecutiveTimeouts() {
        return timeouts;
    }

    /**
     * Returns how many segments were sent again in the life of the connection.
     *
     * @return a count
     */
    public long retransmissions() {
        return retransmissions;
    }

    /**
     * Returns how many loss episodes proved to be false and were taken back.
     *
     * @return a count
     */
    public long undone() {
        return undone;
    }

    /**
     * Returns how many loss episodes began: fast recoveries and timeouts, real or not.
     *
     * @return a count
     */
    public long episodes() {
        return episodes;
    }

    /**
     * Returns how many losses a tail loss probe repaired outside of an episode (RFC 8985 7.4). Each
     * lowers the congestion window.
     *
     * @return a count
     */
    public long probeRepairs() {
        return probeRepairs;
    }

    /**
     * Returns the name of the congestion control.
     *
     * @return for instance {@code cubic}
     */
    public String controlName() {
        return control.name();
    }
}
