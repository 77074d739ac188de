// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/**
 * A rule for the congestion window: how it grows with acknowledgements and how far it falls after a
 * loss.
 *
 * <p>One object belongs to one connection. Owner thread only; no method allocates. Times are
 * monotonic nanoseconds, sizes are bytes.
 */
public interface CongestionControl {
    /**
     * Makes the NewReno rule (RFC 5681).
     *
     * @return a new rule for one connection
     */
    static CongestionControl newReno() {
        return new NewReno();
    }

    /**
     * Makes the CUBIC rule with HyStart++ (RFC 9438, RFC 9406), the default.
     *
     * @return a new rule for one connection
     */
    static CongestionControl cubic() {
        return new Cubic();
    }

    /**
     * Makes the CUBIC rule that spares the window on rare losses without a queue: for paths with
     * random loss, where RFC 9438 allows only 20 Mbit/s at 100 ms and one loss in 10,000. It takes
     * more than its share from other senders where a bottleneck has almost no buffer.
     *
     * @return a new rule for one connection
     */
    static CongestionControl tolerantCubic() {
        return new TolerantCubic();
    }

    /**
     * Returns the usual name of the rule.
     *
     * @return for instance {@code cubic}
     */
    String name();

    /**
     * Takes a round-trip time. Called for each sample before {@link #acked}.
     *
     * @param window the window
     * @param rttNs the sample
     * @param acknowledged the position up to which everything is acknowledged
     * @param next the position of the next new byte: a round ends when it is acknowledged
     * @param nowNs the time
     */
    void roundTrip(CongestionWindow window, long rttNs, long acknowledged, long next, long nowNs);

    /**
     * Lets the window grow. Called for each acknowledgement of new data outside of fast recovery if
     * the window, not the application or the peer, limited what was sent. It never makes the window
     * smaller.
     *
     * @param window the window
     * @param bytes how much was newly acknowledged
     * @param smoothedRttNs the smoothed round-trip time, 0 if unknown
     * @param nowNs the time
     */
    void acked(CongestionWindow window, long bytes, long smoothedRttNs, long nowNs);

    /**
     * Answers the start of a loss episode: sets the threshold. The caller then moves the window
     * itself: to the threshold by proportional rate reduction, or to one segment after a timeout.
     *
     * @param window the window as it was when the loss was found
     * @param inFlight bytes in flight when the loss was found
     * @param timeout whether the retransmission timer found it
     * @param nowNs the time
     */
    void lost(CongestionWindow window, long inFlight, boolean timeout, long nowNs);

    /**
     * Takes back the last {@link #lost}, because nothing was lost. The caller restores window and
     * threshold; the rule restores its own memory.
     *
     * @param window the window, already restored
     * @param nowNs the time
     */
    void undo(CongestionWindow window, long nowNs);

    /**
     * Asks whether a loss found by fast recovery should leave the window alone. Called when it
     * begins, and again when more is lost during it; when the answer is no, {@link #lost} follows.
     *
     * @param window the window
     * @param lostBytes how much was found lost since the last call for this episode
     * @param nowNs the time
     * @return whether the window stays; never, as a rule
     */
    default boolean tolerates(CongestionWindow window, long lostBytes, long nowNs) {
        return false;
    }
}
