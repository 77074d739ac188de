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
public final class LossRecovery extends RecoveryReadings {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long RENEGING_WAIT_NS = 10_000_000L;

    private final Rack rack = new Rack();
    private final LossEpisode episode = new LossEpisode();
    private final TailLossProbe probe = new TailLossProbe();
    private final Frto frto = new Frto();
    private final LossDetector detector;
    private final Arrivals arrivals;
    private final Allowance allowance;
    private final CongestionResponse response;

    private boolean sack;
    private long recoveryPoint;
    private long retransmissionDeadline = NEVER;

    /**
     * Makes the recovery of one connection.
     *
     * @param control the rule for the congestion window, used by no other connection
     * @param mss payload bytes of a full segment
     */
    public LossRecovery(CongestionControl control, int mss) {
        super(control, mss);
        detector = new LossDetector(segments, rack, rtt, minimum, duplicates);
        arrivals = new Arrivals(segments, control, window, rtt, minimum, rack, episode, probe);
        response = new CongestionResponse(control, window, rtt, duplicates);
        allowance = new Allowance(segments, window, rtt, duplicates, probe, frto);
    }

    /**
     * Begins: the handshake is done, position 1 is the next to send.
     *
     * @param mss payload bytes of a full segment, without options
     * @param handshakeRttNs the round-trip time of the handshake, -1 if unknown (a SYN was sent
     *     twice and there are no timestamps)
     * @param synLost whether a SYN or SYN-ACK of ours was retransmitted: the initial window is one
     *     segment then (RFC 5681 section 3.1)
     * @param selective whether both sides permit selective acknowledgements
     * @param timestamps whether both sides use timestamps
     * @param nowNs the time
     */
    public void established(
            int mss,
            long handshakeRttNs,
            boolean synLost,
            boolean selective,
            boolean timestamps,
            long nowNs) {
        sack = selective;
        detector.start(selective);
        window.setMss(mss);
        window.setSize(synLost ? mss : CongestionWindow.initial(mss));
        rtt.start(synLost);
        if (handshakeRttNs >= 0) {
            takeSample(handshakeRttNs, nowNs);
        }
        allowance.sent(nowNs);
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
        allowance.sent(nowNs);
        if (retransmission) {
            sentAgain(from, to, nowNs);
        } else {
            sentNew(to, nowNs);
        }
        if (retransmissionDeadline == NEVER && segments.count() > 0) {
            restartRetransmissionTimer(nowNs);
        }
    }

    private void sentNew(long to, long nowNs) {
        long bytes = to - segments.top();
        segments.append(to, window.mss(), nowNs);
        response.sent(state, bytes);
        frto.sentNew(bytes);
        if (probe.due()) {
            probe.sent(to, false);
            restartRetransmissionTimer(nowNs);
        } else {
            if (retransmissionDeadline == NEVER) {
                restartRetransmissionTimer(nowNs);
            }
            scheduleProbe(nowNs);
        }
    }

    private void sentAgain(long from, long to, long nowNs) {
        if (probe.due() && segments.firstLost() == SentSegments.NONE) {
            probe.sent(segments.top(), true);
            restartRetransmissionTimer(nowNs);
        }
        segments.splitAt(to);
        int slot = segments.containing(from);
        while (slot != SentSegments.NONE && segments.from(slot) < to) {
            long length = segments.length(slot);
            boolean alone = state == RecoveryState.OPEN && segments.againBytes() == 0;
            segments.markSentAgain(slot, nowNs);
            retransmissions++;
            episode.retransmitted(length, alone, nowNs);
            response.sent(state, length);
            if (slot == segments.first()) {
                // The timer covers this transmission of the first segment (RFC 6675 section 5.1
                // step 4.3).
                restartRetransmissionTimer(nowNs);
            }
            slot = segments.after(slot);
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
        long priorBase = segments.base();
        long priorUnsacked = segments.top() - priorBase - segments.sackedBytes();
        arrivals.begin(state == RecoveryState.RECOVERY, recoveryPoint, retransmissions);
        if (ack.position() > segments.top() && segments.count() == 0) {
            segments.moveTo(ack.position());
            return;
        }
        long position = Math.min(ack.position(), segments.top());
        if (sack) {
            arrivals.takeBlocks(ack, nowNs);
        }
        arrivals.takeCumulative(position, ack, nowNs);
        boolean advanced = segments.base() > priorBase;
        boolean plainDuplicate =
                !advanced
                        && arrivals.newlySacked() == 0
                        && ack.position() == segments.base()
                        && !ack.carriesData()
                        && !ack.windowChanged();
        if (arrivals.sampleRoundTrip(ack, advanced, nowNs) || advanced) {
            // The path answers, so its timeout is the estimate again (RFC 6298 section 5). Reports
            // that were lost make a sample long; doubled for old timeouts it would last minutes.
            backoff = 0;
        }
        if (advanced) {
            timeouts = 0;
            probe.cancel();
            retransmissionDeadline = NEVER;
            if (segments.count() > 0) {
                restartRetransmissionTimer(nowNs);
            }
        }
        if (!sack) {
            arrivals.setDelivered(
                    duplicates.take(
                            advanced,
                            plainDuplicate,
                            segments.base() - priorBase,
                            arrivals.delivered(),
                            state == RecoveryState.OPEN));
        }
        if (probe.repairedLoss(segments.base(), arrivals.duplicateOfProbe(), plainDuplicate)
                && state == RecoveryState.OPEN) {
            probeRepairs++;
            control.lost(window, inFlight(), false, nowNs);
            window.setSize(window.threshold());
        }
        decide(ack, advanced, plainDuplicate, priorUnsacked, nowNs);
        response.grow(
                state,
                arrivals.delivered(),
                advanced || rack.reordering(),
                allowance.wasLimited(priorBase, arrivals.delivered()),
                nowNs);
        setTimersAfter(advanced, nowNs);
    }

    private void takeSample(long rttNs, long nowNs) {
        minimum.sample(rttNs, nowNs);
        rtt.sample(rttNs, segments.base(), segments.top());
    }

    private void decide(
            AckView ack, boolean advanced, boolean plainDuplicate, long priorUnsacked, long nowNs) {
        RecoveryState before = state;
        boolean lostMore = false;
        long lostBefore = segments.everLostBytes();
        if (state == RecoveryState.OPEN) {
            if (episode.allDuplicate()) {
                undo(nowNs);
            }
            lostMore = findLost(nowNs);
        } else if (advanced && episode.answersOriginal(ack)) {
            if (state == RecoveryState.RECOVERY) {
                rack.late(episode.neededWindowNs(nowNs));
            }
            undo(nowNs);
            lostMore = findLost(nowNs);
        } else if (episode.allDuplicate()) {
            undo(nowNs);
            lostMore = findLost(nowNs);
        } else if (segments.base() >= recoveryPoint) {
            leave();
            // Data sent and lost during the episode begins the next one.
            lostMore = findLost(nowNs) || segments.lostBytes() > 0;
        } else {
            if (state == RecoveryState.LOSS) {
                judgeTimeout(advanced, plainDuplicate, nowNs);
            } else if (!sack && advanced) {
                // A partial acknowledgement: the next segment is lost too (RFC 6582 section 3.2
                // step 3).
                segments.markLost(segments.first());
            }
            lostMore = findLost(nowNs);
        }
        if (lostMore) {
            long bytes = Math.max(1, segments.everLostBytes() - lostBefore);
            if (state == RecoveryState.OPEN) {
                enterRecovery(priorUnsacked, bytes, nowNs);
            } else if (state == RecoveryState.RECOVERY) {
                response.reconsider(priorUnsacked, bytes, nowNs);
            }
        }
        if (arrivals.delivered() > 0 || before != state) {
            response.delivered(state, arrivals.delivered(), advanced && !lostMore);
        }
    }

    private void judgeTimeout(boolean advanced, boolean plainDuplicate, long nowNs) {
        if (frto.awaitsFirst() && advanced) {
            recoveryPoint = segments.top();
        }
        boolean reportsLoss = plainDuplicate || arrivals.newlySacked() > 0;
        if (frto.judge(advanced, reportsLoss, arrivals.originalArrived())) {
            undo(nowNs);
        }
    }

    private boolean findLost(long nowNs) {
        return detector.findLost(state != RecoveryState.OPEN, recoveryPoint, nowNs);
    }

    private void enterRecovery(long flight, long lostBytes, long nowNs) {
        begin(nowNs);
        state = RecoveryState.RECOVERY;
        response.enter(flight, lostBytes, nowNs);
    }

    private void begin(long nowNs) {
        episodes++;
        recoveryPoint = segments.top();
        episode.begin(
                segments.base(),
                window,
                detector.windowNs(state != RecoveryState.OPEN),
                segments.againBytes(),
                nowNs);
        frto.stop();
        if (probe.outstanding()) {
            // A probe that was sent again is one more transmission that may prove to be a
            // duplicate.
            probe.forget();
        }
        probe.cancel();
    }

    private void leave() {
        response.leave(state);
        state = RecoveryState.OPEN;
        frto.stop();
        duplicates.reset();
        rack.recovered();
    }

    private void undo(long nowNs) {
        if (state != RecoveryState.OPEN) {
            segments.unmarkLost();
        }
        episode.restore(window);
        control.undo(window, nowNs);
        state = RecoveryState.OPEN;
        frto.stop();
        duplicates.reset();
        undone++;
    }

    private void setTimersAfter(boolean advanced, long nowNs) {
        if (segments.count() == 0) {
            retransmissionDeadline = NEVER;
            detector.stop();
            probe.cancel();
            return;
        }
        if (state != RecoveryState.OPEN || segments.sackedCount() > 0) {
            probe.cancel();
        } else if (advanced) {
            scheduleProbe(nowNs);
        }
        if (segments.isSacked(segments.first())) {
            // The peer holds the first segment and does not acknowledge it: it dropped the data
            // (RFC 2018 section 8).
            retransmissionDeadline =
                    Math.min(
                            retransmissionDeadline,
                            nowNs + Math.max(rtt.srttNs() / 2, RENEGING_WAIT_NS));
        }
    }

    private void scheduleProbe(long nowNs) {
        if (sack
                && state == RecoveryState.OPEN
                && segments.sackedCount() == 0
                && !probe.outstanding()) {
            probe.schedule(rtt.srttNs(), segments.count() == 1, retransmissionDeadline, nowNs);
        }
    }

    private void restartRetransmissionTimer(long nowNs) {
        retransmissionDeadline = nowNs + rtt.rtoNs(backoff);
    }

    /**
     * Says what to send again now. The caller sends it and calls {@link #sent}; it may stop at any
     * time and ask again later.
     *
     * @param out receives the range: part of one segment that left before
     * @param windowEnd the position after the last the peer accepts; nothing at or above it is
     *     returned, and only the first segment in flight is cut there
     * @param maxLength the most positions a segment can carry now
     * @param newDataReady whether new data waits that the peer's window permits: a probe prefers it
     * @return whether there is something to send again now
     */
    public boolean nextRetransmission(
            SendRange out, long windowEnd, int maxLength, boolean newDataReady) {
        if (!retransmissionReady(windowEnd, newDataReady)) {
            return false;
        }
        int slot = segments.firstLost();
        if (slot == SentSegments.NONE) {
            slot = segments.last();
        }
        long from = segments.from(slot);
        out.set(from, Math.min(Math.min(segments.to(slot), windowEnd), from + maxLength));
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
        return allowance.retransmission(windowEnd, newDataReady);
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
        return allowance.newData(maxLength, nowNs);
    }

    /**
     * Returns when {@link #handleTimeout} must be called next.
     *
     * @return the time, {@link Long#MAX_VALUE} if no timer runs
     */
    public long deadlineNs() {
        return Math.min(
                retransmissionDeadline, Math.min(detector.deadlineNs(), probe.deadlineNs()));
    }

    /**
     * Does what is due: retransmission timer, tail loss probe or reordering timer. The caller then
     * asks for something to send.
     *
     * @param nowNs the time
     * @return what was due
     */
    public TimeoutResult handleTimeout(long nowNs) {
        if (detector.deadlineNs() <= nowNs) {
            reorderingTimeout(nowNs);
            return TimeoutResult.REORDERING;
        }
        if (probe.deadlineNs() <= nowNs) {
            probe.fire();
            restartRetransmissionTimer(nowNs);
            return TimeoutResult.PROBE;
        }
        if (retransmissionDeadline <= nowNs) {
            retransmissionTimeout(nowNs);
            return TimeoutResult.RETRANSMISSION;
        }
        return TimeoutResult.NONE;
    }

    private void reorderingTimeout(long nowNs) {
        long flight = segments.top() - segments.base() - segments.sackedBytes();
        long lostBefore = segments.everLostBytes();
        if (!findLost(nowNs)) {
            return;
        }
        long bytes = segments.everLostBytes() - lostBefore;
        if (state == RecoveryState.RECOVERY) {
            response.reconsider(flight, bytes, nowNs);
        } else if (state == RecoveryState.OPEN) {
            enterRecovery(flight, bytes, nowNs);
            response.delivered(state, 0, false);
        }
    }

    private void retransmissionTimeout(long nowNs) {
        int first = segments.first();
        boolean fresh = state == RecoveryState.OPEN;
        boolean reneged = segments.isSacked(first);
        if (fresh || (state == RecoveryState.LOSS && timeouts == 0)) {
            begin(nowNs);
            control.lost(window, inFlight(), true, nowNs);
        }
        recoveryPoint = segments.top();
        if (reneged) {
            segments.forgetSacked();
        }
        detector.markAfterTimeout(state != RecoveryState.OPEN, nowNs);
        duplicates.reset();
        window.setSize(segments.inFlight() + window.mss());
        if ((fresh || timeouts > 0) && !reneged) {
            frto.begin();
        } else {
            frto.stop();
        }
        state = RecoveryState.LOSS;
        timeouts++;
        backoff++;
        probe.cancel();
        probe.forget();
        restartRetransmissionTimer(nowNs);
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
        int old = window.mss();
        window.setMss(mss);
        if (mss >= old) {
            return;
        }
        if (resend) {
            detector.markLongerThan(mss);
        }
        segments.splitAll(mss);
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
    public void trim() {
        segments.trim();
    }
}
