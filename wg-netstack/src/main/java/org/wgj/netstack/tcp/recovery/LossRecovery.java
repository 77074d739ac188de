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
    private static final int DUPLICATE_THRESHOLD = 3;
    private static final long RENEGING_WAIT_NS = 10_000_000L;
    private static final int SLOW_START_STEP_AFTER_TIMEOUT = 2;

    private enum Frto {
        OFF,
        FIRST_ACK,
        NEW_DATA
    }

    private final CongestionControl control;
    private final CongestionWindow window;
    private final RttEstimator rtt = new RttEstimator();
    private final MinimumRtt minimum = new MinimumRtt();
    private final SentSegments segments = new SentSegments(1);
    private final Rack rack = new Rack();
    private final RateReduction reduction = new RateReduction();
    private final LossEpisode episode = new LossEpisode();
    private final TailLossProbe probe = new TailLossProbe();

    private boolean sack;
    private RecoveryState state = RecoveryState.OPEN;
    private long recoveryPoint;
    private Frto frto = Frto.OFF;
    private long frtoSent;
    private boolean tolerated;
    private int duplicates;
    private int timeouts;
    private long retransmissionDeadline = NEVER;
    private long reorderingDeadline = NEVER;
    private long limitedUntil;
    private long credit;
    private long lastSentNs;

    private long retransmissions;
    private long duplicateReports;
    private long undone;
    private long episodes;

    // The news of the present acknowledgement; valid inside acked() only.
    private long delivered;
    private long newlySacked;
    private boolean originalArrived;
    private boolean duplicateOfProbe;
    private boolean tellsDuplicate;
    private boolean againAcked;
    private long sampleOldestNs;
    private long sampleNewestNs;

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
        window.setMss(mss);
        window.setSize(synLost ? mss : CongestionWindow.initial(mss));
        rtt.start(synLost);
        if (handshakeRttNs >= 0) {
            takeSample(handshakeRttNs, nowNs);
        }
        lastSentNs = nowNs;
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
        lastSentNs = nowNs;
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
        if (state == RecoveryState.RECOVERY) {
            reduction.sent(bytes);
        }
        if (frto == Frto.NEW_DATA) {
            frtoSent += bytes;
        }
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
            segments.markSentAgain(slot, nowNs);
            retransmissions++;
            episode.retransmitted(length, nowNs);
            if (state == RecoveryState.RECOVERY) {
                reduction.sent(length);
            }
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
        delivered = 0;
        newlySacked = 0;
        originalArrived = false;
        duplicateOfProbe = false;
        tellsDuplicate = false;
        againAcked = false;
        rack.begin();
        sampleOldestNs = NEVER;
        sampleNewestNs = Long.MIN_VALUE;
        if (ack.position() > segments.top() && segments.count() == 0) {
            segments.moveTo(ack.position());
            return;
        }
        long position = Math.min(ack.position(), segments.top());
        if (sack) {
            takeBlocks(ack, nowNs);
        }
        takeCumulative(position, ack, nowNs);
        boolean advanced = segments.base() > priorBase;
        boolean plainDuplicate =
                !advanced
                        && newlySacked == 0
                        && ack.position() == segments.base()
                        && !ack.carriesData()
                        && !ack.windowChanged();
        sampleRoundTrip(ack, advanced, nowNs);
        if (advanced) {
            timeouts = 0;
            probe.cancel();
            retransmissionDeadline = NEVER;
            if (segments.count() > 0) {
                restartRetransmissionTimer(nowNs);
            }
        }
        if (!sack) {
            countDuplicates(advanced, plainDuplicate, segments.base() - priorBase);
        }
        if (probe.repairedLoss(segments.base(), duplicateOfProbe, plainDuplicate)
                && state == RecoveryState.OPEN) {
            control.lost(window, inFlight(), false, nowNs);
            window.setSize(window.threshold());
        }
        decide(ack, advanced, plainDuplicate, priorUnsacked, nowNs);
        grow(advanced, priorBase, nowNs);
        setTimersAfter(advanced, nowNs);
    }

    /**
     * Lets the window grow by what was delivered; reports above a gap count when the gap is filled,
     * unless the path reorders.
     */
    private void grow(boolean advanced, long priorBase, long nowNs) {
        if (state == RecoveryState.RECOVERY && !tolerated) {
            credit = 0;
            return;
        }
        credit += delivered;
        if (credit == 0 || !(advanced || rack.reordering())) {
            return;
        }
        long bytes = credit;
        credit = 0;
        if (wasLimited(priorBase)) {
            long most =
                    state == RecoveryState.LOSS
                            ? (long) SLOW_START_STEP_AFTER_TIMEOUT * window.mss()
                            : Long.MAX_VALUE;
            control.acked(window, Math.min(bytes, most), rtt.srttNs(), nowNs);
        }
    }

    private void takeBlocks(AckView ack, long nowNs) {
        for (int i = 0; i < ack.blocks(); i++) {
            long from = ack.blockFrom(i);
            long to = ack.blockTo(i);
            if (from >= to || to > segments.top()) {
                continue;
            }
            boolean duplicate =
                    i == 0
                            && (to <= ack.position()
                                    || (ack.blocks() > 1
                                            && from >= ack.blockFrom(1)
                                            && to <= ack.blockTo(1)));
            if (duplicate) {
                tellsDuplicate = true;
                takeDuplicate(from, to);
            } else if (to > segments.base()) {
                takeBlock(from, to, ack, nowNs);
            }
        }
    }

    private void takeDuplicate(long from, long to) {
        if (duplicateReports >= retransmissions) {
            // The network made the copy, or the peer invents reports: it says nothing about our
            // retransmissions.
            return;
        }
        duplicateReports += Math.max(1, (to - from) / window.mss());
        rack.duplicateReported(segments.base(), segments.top());
        episode.duplicate(from, to);
        duplicateOfProbe |= probe.outstanding() && to == probe.end();
    }

    private void takeBlock(long from, long to, AckView ack, long nowNs) {
        int slot = segments.atOrAbove(from);
        while (slot != SentSegments.NONE) {
            slot = segments.notSacked(slot);
            if (slot == SentSegments.NONE || segments.to(slot) > to) {
                return;
            }
            newlySacked += segments.length(slot);
            arrived(slot, ack, nowNs);
            segments.markSacked(slot);
            slot = segments.after(slot);
        }
    }

    private void takeCumulative(long position, AckView ack, long nowNs) {
        while (segments.count() > 0) {
            int slot = segments.first();
            if (segments.to(slot) > position) {
                delivered += segments.isSacked(slot) ? 0 : Math.max(0, position - segments.base());
                segments.trimFirst(position);
                return;
            }
            if (!segments.isSacked(slot)) {
                againAcked |= segments.wasSentAgain(slot);
                arrived(slot, ack, nowNs);
            }
            segments.removeFirst();
        }
    }

    /** Takes a segment that is now known to have arrived. */
    private void arrived(int slot, AckView ack, long nowNs) {
        long sentNs = segments.sentNs(slot);
        long to = segments.to(slot);
        boolean again = segments.wasSentAgain(slot);
        delivered += segments.length(slot);
        if (!again) {
            if (state == RecoveryState.RECOVERY && segments.isLost(slot) && rack.valid()) {
                rack.late(nowNs - sentNs - rack.rttNs());
            }
            originalArrived |= to <= recoveryPoint;
            sampleOldestNs = Math.min(sampleOldestNs, sentNs);
            sampleNewestNs = Math.max(sampleNewestNs, sentNs);
        }
        rack.arrived(sentNs, to, again, ack.echoNs(), minimum.valueNs(), nowNs);
    }

    /**
     * Karn's rule: a segment sent once gives a sample, one sent again only through the echoed
     * timestamp (RFC 6298 section 3). An acknowledgement that a retransmission brought about gives
     * no sample for the segments behind it either: they waited for it. Nor does one that answers a
     * duplicate: it echoes the original, whose acknowledgement was lost, and the sample would hold
     * the whole timeout; a few in a row would double the timeout each time.
     */
    private void sampleRoundTrip(AckView ack, boolean advanced, long nowNs) {
        if (sampleNewestNs != Long.MIN_VALUE && !againAcked) {
            long newest = nowNs - sampleNewestNs;
            minimum.sample(newest, nowNs);
            rtt.sample(nowNs - sampleOldestNs, segments.base(), segments.top());
            control.roundTrip(window, newest, segments.base(), segments.top(), nowNs);
        } else if (advanced && !tellsDuplicate && ack.hasEcho() && ack.echoNs() <= nowNs) {
            rtt.sample(nowNs - ack.echoNs(), segments.base(), segments.top());
        }
    }

    private void takeSample(long rttNs, long nowNs) {
        minimum.sample(rttNs, nowNs);
        rtt.sample(rttNs, segments.base(), segments.top());
    }

    /**
     * Without selective acknowledgements, a duplicate stands for one segment that arrived (RFC 5681
     * section 3.2).
     */
    private void countDuplicates(boolean advanced, boolean plainDuplicate, long acknowledged) {
        if (advanced) {
            long segmentsAcked = (acknowledged + window.mss() - 1) / window.mss();
            long bytes = Math.max(0, delivered - (long) duplicates * window.mss());
            delivered = Math.min(delivered, Math.max(bytes, window.mss()));
            duplicates =
                    state == RecoveryState.OPEN
                            ? 0
                            : (int) Math.max(0, duplicates - Math.max(0, segmentsAcked - 1));
        } else if (plainDuplicate && segments.count() > 1 && duplicates < segments.count() - 1) {
            duplicates++;
            delivered = window.mss();
        }
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
                reconsider(priorUnsacked, bytes, nowNs);
            }
        }
        if (state == RecoveryState.RECOVERY && !tolerated && (delivered > 0 || before != state)) {
            window.setSize(
                    reduction.acked(
                            delivered,
                            inFlight(),
                            window.threshold(),
                            window.mss(),
                            advanced && !lostMore));
        }
    }

    /** F-RTO: decides whether the timeout was spurious (RFC 5682 sections 2.1 and 3.1). */
    private void judgeTimeout(boolean advanced, boolean plainDuplicate, long nowNs) {
        if (frto == Frto.FIRST_ACK) {
            if (advanced) {
                recoveryPoint = segments.top();
                frto = Frto.NEW_DATA;
                frtoSent = 0;
            } else if (plainDuplicate || newlySacked > 0) {
                frto = Frto.OFF;
            }
        } else if (frto == Frto.NEW_DATA) {
            if (originalArrived) {
                undo(nowNs);
            } else if (plainDuplicate || newlySacked > 0 || advanced) {
                frto = Frto.OFF;
            }
        }
    }

    /** Marks what is lost; returns whether something new is. */
    private boolean findLost(long nowNs) {
        reorderingDeadline = NEVER;
        if (!sack) {
            return findLostByDuplicates();
        }
        if (!rack.valid()) {
            return false;
        }
        boolean found = false;
        long limit = rack.rttNs() + reorderingWindow();
        int slot = segments.oldest();
        while (slot != SentSegments.NONE
                && rack.isBefore(segments.sentNs(slot), segments.to(slot))) {
            int next = segments.transmittedAfter(slot);
            long due = segments.sentNs(slot) + limit;
            if (due > nowNs) {
                reorderingDeadline = due;
                break;
            }
            segments.markLost(slot);
            found = true;
            slot = next;
        }
        return found;
    }

    private boolean findLostByDuplicates() {
        if (state != RecoveryState.OPEN
                || duplicates < DUPLICATE_THRESHOLD
                || segments.base() <= recoveryPoint
                || segments.count() == 0) {
            return false;
        }
        segments.markLost(segments.first());
        return true;
    }

    private long reorderingWindow() {
        return rack.windowNs(
                minimum.valueNs(), rtt, state != RecoveryState.OPEN, segments.sackedCount());
    }

    private void enterRecovery(long flight, long lostBytes, long nowNs) {
        begin(nowNs);
        state = RecoveryState.RECOVERY;
        tolerated = control.tolerates(window, lostBytes, nowNs);
        if (!tolerated) {
            control.lost(window, inFlight(), false, nowNs);
            reduction.start(flight);
        }
    }

    /** More is lost than the congestion control tolerated so far. */
    private void reconsider(long flight, long lostBytes, long nowNs) {
        if (tolerated && !control.tolerates(window, lostBytes, nowNs)) {
            tolerated = false;
            control.lost(window, inFlight(), false, nowNs);
            reduction.start(flight);
        }
    }

    private void begin(long nowNs) {
        episodes++;
        recoveryPoint = segments.top();
        episode.begin(segments.base(), window, reorderingWindow(), nowNs);
        frto = Frto.OFF;
        if (probe.outstanding()) {
            // A probe that was sent again is one more transmission that may prove to be a
            // duplicate.
            probe.forget();
        }
        probe.cancel();
    }

    private void leave() {
        if (state == RecoveryState.RECOVERY && !tolerated) {
            window.setSize(window.threshold());
        }
        state = RecoveryState.OPEN;
        frto = Frto.OFF;
        duplicates = 0;
        rack.recovered();
    }

    private void undo(long nowNs) {
        if (state != RecoveryState.OPEN) {
            segments.unmarkLost();
        }
        episode.restore(window);
        control.undo(window, nowNs);
        state = RecoveryState.OPEN;
        frto = Frto.OFF;
        duplicates = 0;
        undone++;
    }

    private void setTimersAfter(boolean advanced, long nowNs) {
        if (segments.count() == 0) {
            retransmissionDeadline = NEVER;
            reorderingDeadline = NEVER;
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
        retransmissionDeadline = nowNs + rtt.rtoNs(timeouts);
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
        int slot = segments.firstLost();
        if (slot == SentSegments.NONE) {
            return probe.due()
                    && !newDataReady
                    && segments.count() > 0
                    && isPermitted(segments.last(), windowEnd);
        }
        if (!isPermitted(slot, windowEnd)) {
            return false;
        }
        long flight = inFlight();
        if (frto == Frto.NEW_DATA
                && (frtoSent > 0 || (newDataReady && window.size() - flight >= window.mss()))) {
            // New data asks the question whether the timeout was real; retransmissions would hide
            // the answer.
            return false;
        }
        return flight <= 0
                || flight + Math.min(segments.length(slot), window.mss()) <= window.size();
    }

    /**
     * Returns whether the peer's window permits a segment. Only the first one may be cut: a peer
     * that moves its window byte by byte could otherwise cut all of them to bytes.
     */
    private boolean isPermitted(int slot, long windowEnd) {
        return slot == segments.first()
                ? segments.from(slot) < windowEnd
                : segments.to(slot) <= windowEnd;
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
        if (maxLength <= 0) {
            return 0;
        }
        if (segments.count() == 0) {
            restartAfterIdle(nowNs);
        }
        if (probe.due()) {
            return Math.min(maxLength, window.mss());
        }
        if (segments.firstLost() != SentSegments.NONE && frto != Frto.NEW_DATA) {
            return 0;
        }
        long room = window.size() - inFlight();
        if (room >= maxLength) {
            return maxLength;
        }
        limitedUntil = segments.top();
        return (int) Math.max(0, room / window.mss() * window.mss());
    }

    /**
     * Shrinks the window by half for each timeout of idle time, not below the restart window (RFC
     * 5681 section 4.1).
     */
    private void restartAfterIdle(long nowNs) {
        long idle = nowNs - lastSentNs;
        long rto = rtt.rtoNs();
        if (idle <= rto) {
            return;
        }
        long size = window.size();
        long restart = Math.min(CongestionWindow.initial(window.mss()), size);
        window.setThreshold(Math.max(window.threshold(), size / 4 * 3));
        while (idle > rto && size > restart) {
            size /= 2;
            idle -= rto;
        }
        window.setSize(Math.max(size, restart));
        lastSentNs = nowNs;
    }

    /**
     * Returns whether the congestion window limited what was sent in the round that ends now (RFC
     * 7661 section 4.1): it was used up, or in slow start half of it was in flight.
     */
    private boolean wasLimited(long priorBase) {
        return priorBase <= limitedUntil
                || (window.inSlowStart() && 2 * (inFlight() + delivered) >= window.size());
    }

    /**
     * Returns when {@link #handleTimeout} must be called next.
     *
     * @return the time, {@link Long#MAX_VALUE} if no timer runs
     */
    public long deadlineNs() {
        return Math.min(retransmissionDeadline, Math.min(reorderingDeadline, probe.deadlineNs()));
    }

    /**
     * Does what is due: retransmission timer, tail loss probe or reordering timer. The caller then
     * asks for something to send.
     *
     * @param nowNs the time
     * @return what was due
     */
    public TimeoutResult handleTimeout(long nowNs) {
        if (reorderingDeadline <= nowNs) {
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
            reconsider(flight, bytes, nowNs);
        } else if (state == RecoveryState.OPEN) {
            enterRecovery(flight, bytes, nowNs);
            if (!tolerated) {
                window.setSize(
                        reduction.acked(0, inFlight(), window.threshold(), window.mss(), false));
            }
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
        markLostAfterTimeout(nowNs);
        duplicates = 0;
        window.setSize(segments.inFlight() + window.mss());
        frto = (fresh || timeouts > 0) && !reneged ? Frto.FIRST_ACK : Frto.OFF;
        state = RecoveryState.LOSS;
        tolerated = false;
        timeouts++;
        probe.cancel();
        probe.forget();
        reorderingDeadline = NEVER;
        restartRetransmissionTimer(nowNs);
    }

    /**
     * The first segment is lost, and all that RACK does not expect to be still on the way (RFC 8985
     * section 6.3).
     */
    private void markLostAfterTimeout(long nowNs) {
        segments.markLost(segments.first());
        long limit = sack && rack.valid() ? rack.rttNs() + reorderingWindow() : Long.MIN_VALUE;
        int slot = segments.oldest();
        while (slot != SentSegments.NONE) {
            int next = segments.transmittedAfter(slot);
            if (limit == Long.MIN_VALUE || segments.sentNs(slot) + limit <= nowNs) {
                segments.markLost(slot);
            }
            slot = next;
        }
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
            int slot = segments.oldest();
            while (slot != SentSegments.NONE) {
                int next = segments.transmittedAfter(slot);
                if (segments.length(slot) > mss) {
                    segments.markLost(slot);
                }
                slot = next;
            }
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
        long flight = segments.inFlight();
        if (duplicates > 0 && segments.count() > 0) {
            // Each duplicate stands for a segment that left the network, but the lost ones are not
            // counted twice.
            long outstanding =
                    segments.top()
                            - segments.base()
                            - Math.max(segments.lostBytes(), segments.length(segments.first()));
            flight -= Math.max(0, Math.min((long) duplicates * window.mss(), outstanding));
        }
        return flight;
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
        return rtt.rtoNs(timeouts);
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
     * Returns the name of the congestion control.
     *
     * @return for instance {@code cubic}
     */
    public String controlName() {
        return control.name();
    }
}
