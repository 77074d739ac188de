// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.tcp.congestion.CongestionControl;

/** Short exchanges, written out one by one, on a virtual clock. */
class LossRecoveryTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;
    private static final long RTT = 100 * MS;
    private static final long OPEN_WINDOW = Long.MAX_VALUE;

    private final AckView view = new AckView();
    private final SendRange range = new SendRange();
    private LossRecovery recovery;
    private long now = 1000 * MS;

    private void begin(boolean sack, boolean timestamps) {
        recovery = new LossRecovery(CongestionControl.newReno(), MSS);
        recovery.established(MSS, RTT, false, sack, timestamps, now);
    }

    private void send(int segments) {
        for (int i = 0; i < segments; i++) {
            assertEquals(MSS, recovery.newDataAllowance(MSS, now), "segment " + i + " may leave");
            recovery.sent(recovery.next(), recovery.next() + MSS, false, now);
        }
    }

    /** Position of the beginning of a segment, counted from 0. */
    private static long at(int segment) {
        return 1 + (long) segment * MSS;
    }

    private void ack(int segment, int... blocks) {
        ackWithEcho(AckView.NO_ECHO, segment, blocks);
    }

    private void ackWithEcho(long echoNs, int segment, int... blocks) {
        view.set(at(segment), echoNs, false, false);
        for (int i = 0; i < blocks.length; i += 2) {
            view.block(at(blocks[i]), at(blocks[i + 1]));
        }
        recovery.acked(view, now);
    }

    private boolean again() {
        return recovery.nextRetransmission(range, OPEN_WINDOW, MSS, false);
    }

    private void sendAgain() {
        recovery.sent(range.from(), range.to(), true, now);
    }

    private void assertAgain(int segment) {
        assertTrue(again(), "a segment is to be sent again");
        assertEquals(at(segment), range.from());
        assertEquals(MSS, range.length());
        sendAgain();
    }

    private TimeoutResult fire() {
        now = recovery.deadlineNs();
        return recovery.handleTimeout(now);
    }

    @Test
    void initialWindowIsTenSegmentsOrOneAfterALostSyn() {
        begin(true, true);
        assertEquals(10 * MSS, recovery.cwnd());
        LossRecovery slow = new LossRecovery(CongestionControl.cubic(), MSS);
        slow.established(MSS, -1, true, true, true, now);
        assertEquals(MSS, slow.cwnd());
        assertEquals(3000 * MS, slow.rtoNs());
    }

    @Test
    void oneLossWithSelectiveAcknowledgementsSendsExactlyOneSegmentAgain() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(2, 3, 4);
        assertFalse(again(), "one report above the gap may be reordering");
        ack(2, 3, 5);
        ack(2, 3, 6);
        assertEquals(RecoveryState.RECOVERY, recovery.state());
        assertAgain(2);
        assertFalse(again(), "nothing else is lost");
        now += RTT;
        ack(10);
        assertEquals(RecoveryState.OPEN, recovery.state());
        assertEquals(1, recovery.retransmissions());
    }

    @Test
    void oneLossWithoutSelectiveAcknowledgementsSendsExactlyOneSegmentAgain() {
        begin(false, false);
        send(10);
        now += RTT;
        ack(2);
        ack(2);
        ack(2);
        assertFalse(again());
        ack(2);
        assertAgain(2);
        assertFalse(again());
        for (int i = 0; i < 4; i++) {
            ack(2);
            assertFalse(again());
        }
        now += RTT;
        ack(10);
        assertEquals(RecoveryState.OPEN, recovery.state());
        assertEquals(1, recovery.retransmissions());
    }

    @Test
    void newRenoSendsTheNextGapAgainOnAPartialAcknowledgement() {
        begin(false, false);
        send(10);
        now += RTT;
        for (int i = 0; i < 4; i++) {
            ack(0);
        }
        assertAgain(0);
        now += RTT;
        ack(4);
        assertEquals(
                RecoveryState.RECOVERY,
                recovery.state(),
                "RFC 6582: a partial acknowledgement does not end recovery");
        assertAgain(4);
        now += RTT;
        ack(10);
        assertEquals(RecoveryState.OPEN, recovery.state());
    }

    @Test
    void limitedTransmitSendsNewDataOnTheFirstTwoDuplicates() {
        for (boolean sack : new boolean[] {true, false}) {
            begin(sack, false);
            send(10);
            assertEquals(0, recovery.newDataAllowance(MSS, now));
            now += RTT;
            for (int i = 0; i < 2; i++) {
                if (sack) {
                    ack(0, 1, 2 + i);
                } else {
                    ack(0);
                }
                assertEquals(MSS, recovery.newDataAllowance(MSS, now), "RFC 3042");
                recovery.sent(recovery.next(), recovery.next() + MSS, false, now);
                assertEquals(0, recovery.newDataAllowance(MSS, now));
            }
        }
    }

    @Test
    void onlyNewDataAcknowledgedRestartsTheRetransmissionTimer() {
        begin(false, false);
        send(10);
        long deadline = recovery.deadlineNs();
        assertEquals(now + recovery.rtoNs(), deadline);
        now += 20 * MS;
        ack(0);
        ack(0);
        assertEquals(deadline, recovery.deadlineNs(), "a duplicate leaves the timer alone");
        view.set(at(0), AckView.NO_ECHO, true, false);
        recovery.acked(view, now);
        view.set(at(0), AckView.NO_ECHO, false, true);
        recovery.acked(view, now);
        assertEquals(
                deadline, recovery.deadlineNs(), "data and window updates leave the timer alone");
        recovery.newDataAllowance(MSS, now);
        now += 20 * MS;
        ack(1);
        assertEquals(
                now + recovery.rtoNs(), recovery.deadlineNs(), "new data acknowledged restarts it");
        ack(10);
        assertEquals(Long.MAX_VALUE, recovery.deadlineNs(), "nothing in flight, no timer");
    }

    @Test
    void hundredThousandDuplicatesOverflowNothing() {
        for (boolean sack : new boolean[] {true, false}) {
            begin(sack, false);
            send(10);
            now += RTT;
            int sent = 0;
            for (int i = 0; i < 100_000; i++) {
                if (sack) {
                    ack(0, 1, 10);
                } else {
                    ack(0);
                }
                assertTrue(recovery.inFlight() >= 0);
                while (again()) {
                    sendAgain();
                    sent++;
                }
            }
            assertEquals(1, sent);
            assertTrue(
                    recovery.cwnd() <= 10 * MSS,
                    "duplicates do not inflate the window: " + recovery.cwnd());
        }
    }

    /** The three cases of RFC 2018 section 5, with segments of 500 bytes from 5000 on. */
    @Test
    void selectiveAcknowledgementExamplesOfRfc2018() {
        // The first four arrive, the last four are lost: no block, nothing to infer.
        begin(true, false);
        send(8);
        now += RTT;
        ack(4);
        assertFalse(again());
        assertEquals(4 * MSS, recovery.inFlight());

        // The first is lost, the other seven arrive.
        begin(true, false);
        send(8);
        now += RTT;
        for (int i = 2; i <= 8; i++) {
            ack(0, 1, i);
        }
        assertAgain(0);
        assertFalse(again());
        assertEquals(MSS, recovery.inFlight(), "seven left the network, one is on the way again");

        // The second, fourth, sixth and eighth are lost.
        begin(true, false);
        send(8);
        now += RTT;
        ack(1);
        ack(1, 2, 3);
        ack(1, 4, 5, 2, 3);
        ack(1, 6, 7, 4, 5, 2, 3);
        assertAgain(1);
        now += RTT;
        ack(3, 6, 7, 4, 5);
        assertAgain(3);
        now += RTT;
        ack(5, 6, 7);
        assertAgain(5);
        assertAgain(7);
        now += RTT;
        ack(8);
        assertEquals(4, recovery.retransmissions(), "the four lost ones, each once");
        assertEquals(0, recovery.inFlight());
    }

    @Test
    void senselessBlocksChangeNothing() {
        begin(true, false);
        send(10);
        now += RTT;
        long flight = recovery.inFlight();
        view.set(at(0), AckView.NO_ECHO, false, false)
                .block(at(5), at(4))
                .block(at(9), at(11))
                .block(at(3), at(3))
                .block(Long.MIN_VALUE, Long.MAX_VALUE);
        recovery.acked(view, now);
        assertEquals(flight, recovery.inFlight());
        assertFalse(again());
        assertEquals(RecoveryState.OPEN, recovery.state());
        view.set(at(0), AckView.NO_ECHO, false, false).block(at(2) + 1, at(4) - 1);
        recovery.acked(view, now);
        assertEquals(flight, recovery.inFlight(), "a part of a segment is not the segment");
    }

    @Test
    void timeoutSendsOneSegmentAndBacksOff() {
        begin(true, false);
        send(10);
        long rto = recovery.rtoNs();
        assertEquals(TimeoutResult.PROBE, fire());
        assertAgain(9);
        long since = now;
        assertEquals(TimeoutResult.RETRANSMISSION, fire());
        assertEquals(since + rto, now, "the probe restarts the timer");
        assertEquals(1, recovery.consecutiveTimeouts());
        assertEquals(MSS, recovery.cwnd());
        assertEquals(5 * MSS, recovery.ssthresh());
        assertAgain(0);
        assertFalse(again(), "one segment only");
        for (int i = 2; i < 20; i++) {
            since = now;
            assertEquals(TimeoutResult.RETRANSMISSION, fire());
            assertEquals(Math.min(120_000 * MS, rto << (i - 1)), now - since);
            assertAgain(0);
            assertFalse(again());
            assertEquals(5 * MSS, recovery.ssthresh(), "one reduction for one episode");
        }
        now += RTT;
        ack(1);
        assertEquals(0, recovery.consecutiveTimeouts());
        assertTrue(recovery.rtoNs() < 1000 * MS, "backoff ends with new data acknowledged");
    }

    @Test
    void probeGoesOutAfterTwoRoundTripsAndOnlyOnce() {
        begin(true, false);
        send(3);
        long sent = now;
        assertEquals(TimeoutResult.PROBE, fire());
        assertEquals(sent + 2 * RTT + 2 * MS, now);
        assertAgain(2);
        assertFalse(again());
        assertEquals(TimeoutResult.RETRANSMISSION, fire(), "one probe at a time");
    }

    @Test
    void probePrefersNewDataAndMayExceedTheWindow() {
        begin(true, false);
        send(10);
        assertEquals(0, recovery.newDataAllowance(MSS, now));
        assertEquals(TimeoutResult.PROBE, fire());
        assertFalse(
                recovery.nextRetransmission(range, OPEN_WINDOW, MSS, true), "new data goes first");
        assertEquals(MSS, recovery.newDataAllowance(5 * MSS, now));
        recovery.sent(recovery.next(), recovery.next() + MSS, false, now);
        assertEquals(0, recovery.newDataAllowance(MSS, now));
        assertFalse(recovery.nextRetransmission(range, OPEN_WINDOW, MSS, false));
    }

    @Test
    void lossRepairedByAProbeReducesTheWindow() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(9);
        long before = recovery.cwnd();
        assertEquals(TimeoutResult.PROBE, fire());
        assertAgain(9);
        now += RTT;
        ack(10);
        assertTrue(recovery.cwnd() >= before);
        send(1);
        now += RTT;
        ack(11);
        assertTrue(recovery.cwnd() <= before / 2 + MSS, "the probe hid a loss: " + recovery.cwnd());
    }

    @Test
    void duplicateReportOfAProbeReducesNothing() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(9);
        long before = recovery.cwnd();
        assertEquals(TimeoutResult.PROBE, fire());
        assertAgain(9);
        now += RTT;
        ack(10);
        ack(10, 9, 10);
        send(1);
        now += RTT;
        ack(11);
        assertTrue(recovery.cwnd() >= before);
    }

    @Test
    void tailLossAfterTwoReportsIsFoundByTheReorderingTimer() {
        begin(true, false);
        send(4);
        now += RTT;
        ack(1, 2, 3);
        assertFalse(again());
        assertEquals(now + RTT / 4, recovery.deadlineNs());
        assertEquals(TimeoutResult.REORDERING, fire());
        assertAgain(1);
    }

    @Test
    void timestampsTakeBackASpuriousTimeout() {
        begin(true, true);
        send(10);
        long echo = now;
        fire();
        again();
        sendAgain();
        assertEquals(TimeoutResult.RETRANSMISSION, fire());
        assertAgain(0);
        now += 10 * MS;
        ackWithEcho(echo, 1);
        assertEquals(RecoveryState.OPEN, recovery.state());
        assertTrue(recovery.cwnd() >= 10 * MSS);
        assertEquals(Long.MAX_VALUE, recovery.ssthresh());
        assertFalse(again(), "the rest was only late");
        assertEquals(1, recovery.undone());
    }

    @Test
    void timestampsTakeBackASpuriousFastRecovery() {
        begin(true, true);
        send(10);
        long echo = now;
        now += RTT;
        ackWithEcho(echo, 0, 1, 2);
        ackWithEcho(echo, 0, 1, 3);
        ackWithEcho(echo, 0, 1, 4);
        assertAgain(0);
        assertEquals(5 * MSS, recovery.ssthresh());
        now += 20 * MS;
        ackWithEcho(echo, 4);
        assertEquals(RecoveryState.OPEN, recovery.state());
        assertTrue(recovery.cwnd() >= 10 * MSS);
        assertEquals(Long.MAX_VALUE, recovery.ssthresh());
        // The next gap as long as this one is waited for.
        ackWithEcho(echo, 4, 5, 10);
        assertFalse(again());
        assertEquals(RecoveryState.OPEN, recovery.state());
    }

    @Test
    void echoOfTheRetransmissionTakesNothingBack() {
        begin(true, true);
        send(10);
        long echo = now;
        now += RTT;
        ackWithEcho(echo, 0, 1, 10);
        assertAgain(0);
        long sentAgain = now;
        now += RTT;
        ackWithEcho(sentAgain, 10);
        assertEquals(0, recovery.undone());
        assertEquals(5 * MSS, recovery.cwnd());
    }

    /** An answer to what was sent again before an episode is no answer to an original. */
    @Test
    void echoOfAnEarlierEpisodesRetransmissionTakesNothingBack() {
        begin(true, true);
        send(10);
        long echo = now;
        now += RTT;
        ackWithEcho(echo, 0, 1, 10);
        assertAgain(0);
        send(4);
        now += RTT;
        ackWithEcho(echo, 0, 12, 14, 1, 10);
        assertAgain(0);
        assertAgain(10);
        long sentAgain = now;
        now += RTT;
        ackWithEcho(sentAgain, 10, 12, 14);
        assertEquals(2, recovery.episodes(), "what was lost in the first begins the second");
        assertAgain(11);
        now += 5 * MS;
        ackWithEcho(sentAgain, 11, 12, 14);
        assertEquals(0, recovery.undone());
        assertEquals(RecoveryState.RECOVERY, recovery.state());
        now += RTT;
        ackWithEcho(now - RTT - 5 * MS, 14);
        assertEquals(RecoveryState.OPEN, recovery.state());
        assertEquals(0, recovery.undone());
    }

    @Test
    void duplicateReportsTakeBackAFastRecovery() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(0, 1, 5);
        assertAgain(0);
        now += 20 * MS;
        ack(10);
        assertEquals(5 * MSS, recovery.cwnd());
        now += RTT;
        ack(10, 0, 1);
        assertEquals(1, recovery.undone());
        assertTrue(recovery.cwnd() >= 10 * MSS);
    }

    @Test
    void aDuplicateThatTheNetworkMadeSaysNothingAboutReordering() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(4, 1, 2);
        ack(4, 5, 8);
        assertAgain(4);
    }

    @Test
    void forwardRtoTakesBackASpuriousTimeoutWithoutTimestamps() {
        begin(true, false);
        send(10);
        assertEquals(TimeoutResult.PROBE, fire());
        // The probe is held back by the tunnel until the timer fires.
        assertEquals(TimeoutResult.RETRANSMISSION, fire());
        assertAgain(0);
        now += 10 * MS;
        ack(1);
        assertFalse(
                recovery.nextRetransmission(range, OPEN_WINDOW, MSS, true),
                "new data asks the question");
        send(2);
        assertFalse(recovery.nextRetransmission(range, OPEN_WINDOW, MSS, true));
        now += 10 * MS;
        ack(2);
        assertEquals(RecoveryState.OPEN, recovery.state());
        assertEquals(1, recovery.undone());
        assertTrue(recovery.cwnd() >= 10 * MSS);
        assertFalse(again());
    }

    @Test
    void forwardRtoKeepsARealTimeout() {
        begin(true, false);
        send(10);
        fire();
        assertEquals(TimeoutResult.RETRANSMISSION, fire());
        assertAgain(0);
        now += RTT;
        ack(1);
        send(2);
        now += RTT;
        ack(1, 10, 11);
        assertEquals(RecoveryState.LOSS, recovery.state());
        assertAgain(1);
        assertEquals(0, recovery.undone());
    }

    @Test
    void forwardRtoWithoutNewDataSendsTheRestAgain() {
        begin(true, false);
        send(10);
        fire();
        assertEquals(TimeoutResult.RETRANSMISSION, fire());
        assertAgain(0);
        now += RTT;
        ack(1);
        assertAgain(1);
        assertAgain(2);
    }

    @Test
    void aReceiverThatDropsWhatItReportedGetsItAgain() {
        begin(true, false);
        send(5);
        now += RTT;
        ack(0, 1, 5);
        assertAgain(0);
        now += RTT;
        ack(1);
        // The rest was reported, but the acknowledgement stops below it.
        assertEquals(now + RTT / 2, recovery.deadlineNs());
        assertEquals(TimeoutResult.RETRANSMISSION, fire());
        for (int i = 1; i < 5; i++) {
            assertAgain(i);
            now += RTT;
            ack(i + 1);
        }
        assertEquals(at(5), recovery.unacknowledged());
    }

    @Test
    void nothingLeavesBeyondThePeersWindowOrLongerThanASegment() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(0, 5, 10);
        assertTrue(recovery.nextRetransmission(range, at(2) + 500, MSS, false));
        assertAgain(0);
        assertFalse(
                recovery.nextRetransmission(range, at(1) + 500, MSS, false),
                "only the first segment in flight is cut");
        now += RTT;
        ack(1, 5, 10);
        assertTrue(recovery.nextRetransmission(range, at(1) + 500, MSS, false));
        assertEquals(500, range.length(), "cut at the end of the peer's window");
        sendAgain();
        assertFalse(recovery.nextRetransmission(range, at(1) + 500, MSS, false));
        assertTrue(recovery.nextRetransmission(range, OPEN_WINDOW, 200, false));
        assertEquals(200, range.length());
        assertEquals(at(1) + 500, range.from());
    }

    @Test
    void aWindowThatMovesByteByByteCutsTheFirstSegmentOnly() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(0, 5, 10);
        for (long windowEnd = 1; windowEnd <= at(5); windowEnd++) {
            while (recovery.nextRetransmission(range, windowEnd, MSS, false)) {
                assertTrue(range.to() <= windowEnd);
                sendAgain();
            }
        }
        assertTrue(recovery.retransmissions() >= 2);
        assertTrue(recovery.retransmissions() <= 6, recovery.retransmissions() + " pieces");
    }

    @Test
    void aSmallerSegmentSizeSendsTheDroppedSegmentsAgainInPiecesWithoutReduction() {
        begin(true, false);
        send(4);
        long cwnd = recovery.cwnd();
        recovery.mssChanged(400, true, now);
        assertEquals(cwnd, recovery.cwnd());
        long expected = at(0);
        while (again()) {
            assertEquals(expected, range.from());
            assertTrue(range.length() <= 400);
            expected = range.to();
            sendAgain();
        }
        assertEquals(at(4), expected);
        now += RTT;
        ack(4);
        assertEquals(0, recovery.inFlight());
        assertEquals(RecoveryState.OPEN, recovery.state());
    }

    @Test
    void theWindowShrinksAfterIdleTime() {
        begin(true, false);
        send(10);
        now += RTT;
        ack(10);
        assertEquals(20 * MSS, recovery.cwnd());
        now += 60_000 * MS;
        recovery.newDataAllowance(MSS, now);
        assertEquals(10 * MSS, recovery.cwnd());
    }

    @Test
    void anApplicationThatDoesNotFillTheWindowDoesNotMakeItGrow() {
        begin(true, false);
        for (int i = 0; i < 100; i++) {
            send(1);
            now += RTT;
            ack(i + 1);
        }
        assertEquals(10 * MSS, recovery.cwnd());
    }

    @Test
    void aZeroWindowProbeThePeerTookMovesThePosition() {
        begin(true, false);
        view.set(2, AckView.NO_ECHO, false, true);
        recovery.acked(view, now);
        assertEquals(2, recovery.unacknowledged());
        assertEquals(2, recovery.next());
        assertEquals(0, recovery.inFlight());
    }

    @Test
    void trafficAtOneInstantIsStillJudgedInOrder() {
        // A whole batch leaves at the same nanosecond: the order of positions decides (RFC 8985
        // section 6.2 step 2).
        begin(true, false);
        send(10);
        now += RTT;
        ack(0, 3, 6);
        assertAgain(0);
        now += RTT / 8;
        ack(0, 3, 10);
        assertAgain(1);
        assertAgain(2);
        assertFalse(again());
    }
}
