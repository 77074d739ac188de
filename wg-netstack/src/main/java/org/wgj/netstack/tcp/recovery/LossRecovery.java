// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionControl;
import org.wgj.netstack.tcp.congestion.CongestionWindow;

/**
 * The sending side's memory of what left and what arrived: it decides what is lost, what is sent
 * again, how much new data may leave, and when.
 *
 * <p>Use: the connection calls {@link #established} once, {@link #sent} for each segment with data
 * or a FIN at the moment the tunnel takes it, {@link #acked} for each acceptable acknowledgement,
 * and {@link #handleTimeout} when {@link #deadlineNs()} has passed. Whenever it may send, it first
 * asks {@link #nextRetransmission}, then {@link #newDataAllowance}. Positions are 64-bit stream
 * positions; the SYN is position 0, the first byte is position 1, a FIN takes one position. Times
 * are monotonic nanoseconds, taken at arrival. Owner thread only; no allocation in steady state.
 */
public final class LossRecovery {
    private static final long NEVER = Long.MAX_VALUE;

    private final CongestionControl control;
    private final CongestionWindow window;
    private final RttEstimator rtt = new RttEstimator();
    private long una = 1;
    private long nxt = 1;
    private long retransmitTo;
    private long deadline = NEVER;
    private long sentNs;
    private boolean timed;
    private int timeouts;
    private long retransmissions;

    /**
     * Makes the recovery of one connection.
     *
     * @param control the rule for the congestion window, used by no other connection
     * @param mss payload bytes of a full segment
     */
    public LossRecovery(CongestionControl control, int mss) {
        this.control = control;
        this.window = new CongestionWindow(mss);
    }

    /**
     * Begins: the handshake is done, position 1 is the next to send.
     *
     * @param mss payload bytes of a full segment, without options
     * @param handshakeRttNs the round-trip time of the handshake, -1 if unknown (a SYN was sent
     *     twice and there are no timestamps)
     * @param synLost whether a SYN or SYN-ACK of ours was retransmitted: the initial window is one
     *     segment then (RFC 5681 section 3.1)
     * @param sack whether both sides permit selective acknowledgements
     * @param timestamps whether both sides use timestamps
     * @param nowNs the time
     */
    public void established(
            int mss,
            long handshakeRttNs,
            boolean synLost,
            boolean sack,
            boolean timestamps,
            long nowNs) {
        window.setMss(mss);
        window.setSize(synLost ? mss : CongestionWindow.initial(mss));
        rtt.start(synLost);
        if (handshakeRttNs >= 0) {
            rtt.sample(handshakeRttNs, 1);
        }
    }

    /**
     * Notes that a range left. New data begins at {@link #next()}; a train of equal segments may be
     * told in one call. A retransmission is what {@link #nextRetransmission} said, or a beginning
     * of it.
     *
     * @param from first position
     * @param to position after the last, above {@code from}
     * @param retransmission whether the range left before
     * @param nowNs the time at which the tunnel took it
     */
    public void sent(long from, long to, boolean retransmission, long nowNs) {
        if (retransmission) {
            retransmissions++;
            retransmitTo = 0;
            timed = false;
        } else {
            nxt = Math.max(nxt, to);
            if (!timed) {
                timed = true;
                sentNs = nowNs;
            }
        }
        if (deadline == NEVER) {
            deadline = nowNs + rtt.rtoNs(timeouts);
        }
    }

    /**
     * Takes an acknowledgement. A position above {@link #next()} is allowed if nothing is in
     * flight: the peer took a zero-window probe, which is never told to {@link #sent}.
     *
     * @param ack what the segment says
     * @param nowNs when it arrived
     */
    public void acked(AckView ack, long nowNs) {
        long bytes = ack.position() - una;
        if (bytes <= 0) {
            return;
        }
        una = ack.position();
        nxt = Math.max(nxt, una);
        timeouts = 0;
        if (timed) {
            rtt.sample(nowNs - sentNs, 1);
            timed = false;
        }
        control.acked(window, bytes, rtt.srttNs(), nowNs);
        deadline = una == nxt ? NEVER : nowNs + rtt.rtoNs();
    }

    /**
     * Says what to send again now. The caller sends it and calls {@link #sent}; it may stop at any
     * time and ask again later.
     *
     * @param out receives the range: part of one segment that left before
     * @param windowEnd the position after the last the peer accepts; nothing at or above it is
     *     returned
     * @param maxLength the most positions a segment can carry now
     * @param newDataReady whether new data waits that the peer's window permits: a probe prefers it
     * @return whether there is something to send again now
     */
    public boolean nextRetransmission(
            SendRange out, long windowEnd, int maxLength, boolean newDataReady) {
        if (!retransmissionReady(windowEnd, newDataReady)) {
            return false;
        }
        out.set(una, Math.min(Math.min(retransmitTo, windowEnd), una + maxLength));
        return true;
    }

    /**
     * Tells whether {@link #nextRetransmission} would return something, without changing anything.
     *
     * @param windowEnd the position after the last the peer accepts
     * @param newDataReady whether new data waits that the peer's window permits
     * @return whether there is something to send again now
     */
    public boolean retransmissionReady(long windowEnd, boolean newDataReady) {
        return retransmitTo > una && una < windowEnd;
    }

    /**
     * Says how much new data may leave now: congestion window, proportional rate reduction, limited
     * transmit and probes decide. The peer's window is the caller's affair. Full segments only,
     * unless the caller has less than one.
     *
     * @param maxLength how much the caller could send: what is queued and the peer's window
     *     permits; the recovery learns from it whether the congestion window is the limit
     * @param nowNs the time
     * @return bytes, 0 to {@code maxLength}
     */
    public int newDataAllowance(int maxLength, long nowNs) {
        long room = window.size() - inFlight();
        if (room >= maxLength) {
            return maxLength;
        }
        return (int) Math.max(0, room / window.mss() * window.mss());
    }

    /**
     * Returns when {@link #handleTimeout} must be called next.
     *
     * @return the time, {@link Long#MAX_VALUE} if no timer runs
     */
    public long deadlineNs() {
        return deadline;
    }

    /**
     * Does what is due: retransmission timer, tail loss probe or reordering timer. The caller then
     * asks for something to send.
     *
     * @param nowNs the time
     * @return what was due
     */
    public TimeoutResult handleTimeout(long nowNs) {
        if (nowNs < deadline) {
            return TimeoutResult.NONE;
        }
        control.lost(window, inFlight(), true, nowNs);
        window.setSize(window.mss());
        retransmitTo = Math.min(nxt, una + window.mss());
        timeouts++;
        deadline = nowNs + rtt.rtoNs(timeouts);
        return TimeoutResult.RETRANSMISSION;
    }

    /**
     * Takes a new segment size.
     *
     * @param mss payload bytes of a full segment
     * @param resend whether what is in flight in larger segments was dropped on the path, so that
     *     it is sent again at once without a congestion response (RFC 1191 section 6.5, RFC 8201
     *     section 5.4)
     * @param nowNs the time
     */
    public void mssChanged(int mss, boolean resend, long nowNs) {
        window.setMss(mss);
        if (resend && una < nxt) {
            retransmitTo = Math.min(nxt, una + mss);
        }
    }

    /**
     * Bounds the congestion window: as a rule by the largest send buffer.
     *
     * @param bytes the bound
     */
    public void setWindowLimit(long bytes) {
        window.setLimit(bytes);
    }

    /**
     * Gives memory back that a long flight needed. Call it when the connection is idle; it does
     * nothing while data is in flight.
     */
    public void trim() {}

    /**
     * Returns the first position that is not acknowledged.
     *
     * @return SND.UNA
     */
    public long unacknowledged() {
        return una;
    }

    /**
     * Returns the position of the next new byte.
     *
     * @return SND.NXT
     */
    public long next() {
        return nxt;
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
        return nxt - una;
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
        return rtt.srttNs();
    }

    /**
     * Returns the retransmission timeout with its backoff.
     *
     * @return nanoseconds
     */
    public long rtoNs() {
        return rtt.rtoNs(timeouts);
    }

    /**
     * Returns the state.
     *
     * @return where the recovery is
     */
    public RecoveryState state() {
        return timeouts > 0 ? RecoveryState.LOSS : RecoveryState.OPEN;
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
     * Returns how many loss episodes proved to be none and were taken back.
     *
     * @return a count
     */
    public long undone() {
        return 0;
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
