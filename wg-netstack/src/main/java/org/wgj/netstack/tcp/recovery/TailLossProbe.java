// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * The tail loss probe (RFC 8985 section 7): one segment that asks for an answer when the last ones
 * stay unanswered, one probe at a time. Owner thread only.
 */
final class TailLossProbe {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long UNKNOWN_RTT_NS = 1_000_000_000L;
    private static final long LONGEST_DELAYED_ACK_NS = 200_000_000L;
    private static final long MARGIN_NS = 2_000_000L;

    private long deadline = NEVER;
    private boolean due;
    private boolean outstanding;
    private boolean again;
    private long end;

    long deadlineNs() {
        return deadline;
    }

    /** Returns whether a probe may leave now. */
    boolean due() {
        return due;
    }

    /** Returns whether a probe left and is not judged yet. */
    boolean outstanding() {
        return outstanding;
    }

    /** Position after the outstanding probe. */
    long end() {
        return end;
    }

    /**
     * Starts the timer again (RFC 8985 section 7.2).
     *
     * @param srttNs the smoothed round-trip time, 0 if unknown
     * @param single whether one segment only is in flight, which the peer may acknowledge late
     * @param retransmissionDeadlineNs when the retransmission timer is due: the probe leaves then
     *     at the latest
     * @param nowNs the time
     */
    void schedule(long srttNs, boolean single, long retransmissionDeadlineNs, long nowNs) {
        long wait =
                srttNs == 0
                        ? UNKNOWN_RTT_NS
                        : 2 * srttNs + (single ? LONGEST_DELAYED_ACK_NS : MARGIN_NS);
        deadline = Math.min(nowNs + wait, retransmissionDeadlineNs);
    }

    /** Stops the timer and forgets a probe that did not leave yet. */
    void cancel() {
        deadline = NEVER;
        due = false;
    }

    /** The timer fired. */
    void fire() {
        deadline = NEVER;
        due = true;
    }

    /**
     * The probe left.
     *
     * @param position the position after it
     * @param retransmission whether it was sent before
     */
    void sent(long position, boolean retransmission) {
        due = false;
        outstanding = true;
        end = position;
        again = retransmission;
    }

    /** Forgets an outstanding probe. */
    void forget() {
        outstanding = false;
    }

    /**
     * Judges the outstanding probe (RFC 8985 section 7.4.2).
     *
     * @param acknowledged the position up to which everything is acknowledged
     * @param duplicateOfProbe whether the peer reports the probe as duplicate
     * @param plainDuplicate whether the acknowledgement is a duplicate without any news
     * @return whether the probe repaired a loss, which calls for a congestion response
     */
    boolean repairedLoss(long acknowledged, boolean duplicateOfProbe, boolean plainDuplicate) {
        if (!outstanding || acknowledged < end) {
            return false;
        }
        if (!again || duplicateOfProbe) {
            outstanding = false;
        } else if (acknowledged > end) {
            outstanding = false;
            return true;
        } else if (plainDuplicate) {
            outstanding = false;
        }
        return false;
    }
}
