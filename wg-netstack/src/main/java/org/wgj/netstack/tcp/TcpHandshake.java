// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

/**
 * The opening of a connection: SYN and SYN-ACK with their options and retransmissions (RFC 9293
 * 3.5, 3.10.7.3; RFC 7323; RFC 2018). It is thrown away when the connection is established.
 */
final class TcpHandshake {
    /** Retransmissions of a SYN; with doubling the last wait ends after 127 s. */
    static final int SYN_RETRIES = 6;

    /** Retransmissions of a SYN-ACK. */
    static final int SYN_ACK_RETRIES = 5;

    static final long INITIAL_RTO_NS = 1_000_000_000L;

    /**
     * The number of times that a wrong answer makes us repeat the SYN at once: the peer was in
     * TIME-WAIT.
     */
    private static final int PROMPT_REPEATS = 3;

    private final TcpConnection connection;
    private boolean due = true;
    private int retries;
    private int promptRepeats;
    private long sentNs = -1;

    /** True if it left more than once: its acknowledgment gives no round-trip time then (Karn). */
    private boolean sentAgain;

    private long deadlineNs;

    /** The content of the peer's SYN; only valid when one came. */
    private int peerMss = -1;

    private boolean peerSack;
    private boolean peerTimestamps;
    private int peerScale = -1;

    /** The time at which a passive connection began, to find the oldest. */
    final long begunNs;

    TcpHandshake(TcpConnection connection, long nowNs) {
        this.connection = connection;
        begunNs = nowNs;
        deadlineNs = nowNs + INITIAL_RTO_NS;
    }

    /**
     * Makes a later interval longer by up to one part in 32, differently for each connection: many
     * that began together would otherwise fill the same queue again together.
     */
    private long spread(long durationNs) {
        return durationNs + (durationNs >> 15) * (connection.timestampOffset & 0x3ff);
    }

    long deadlineNs() {
        return deadlineNs;
    }

    /** Takes the options of the peer's SYN, which tell what both sides use. */
    void readOptions(TcpSegment segment, long nowNs) {
        peerMss = segment.mss;
        peerSack = segment.sackPermitted;
        peerTimestamps = segment.timestamps;
        peerScale = segment.windowScale;
        connection.receiver.begin(segment, peerScale >= 0, peerTimestamps, nowNs);
    }

    /** A segment in SYN-SENT (RFC 9293 3.10.7.3). */
    void inSynSent(TcpSegment segment, long nowNs) {
        boolean acknowledges = segment.has(TcpSegment.ACK);
        if (acknowledges && connection.sender.position(segment.acknowledgment) != 1) {
            if (!segment.has(TcpSegment.RST)) {
                connection.layer.resets().reply(connection, segment, nowNs);
                if (promptRepeats++ < PROMPT_REPEATS) {
                    due = true;
                    connection.layer.ready(connection);
                }
            }
            return;
        }
        if (segment.has(TcpSegment.RST)) {
            if (acknowledges) {
                connection.end(TcpFailure.REFUSED, nowNs);
            }
            return;
        }
        if (!segment.has(TcpSegment.SYN)) {
            return;
        }
        readOptions(segment, nowNs);
        if (!acknowledges) {
            connection.simultaneousOpen();
            connection.sender.windowOfSyn(segment.window);
            retries = 0;
            due = true;
            deadlineNs = nowNs + INITIAL_RTO_NS;
            connection.layer.ready(connection);
            return;
        }
        connection.sender.windowOfSyn(segment.window);
        establish(segment, nowNs);
        connection.receiver.acknowledgeNow();
        connection.receiveFirstText(segment, nowNs);
    }

    /** The peer's SYN again, or its SYN-ACK in a simultaneous open. */
    void inSynReceived(TcpSegment segment, long nowNs) {
        if (segment.has(TcpSegment.RST)) {
            return; // left of the window
        }
        if (!segment.has(TcpSegment.ACK)) {
            due = true;
            connection.layer.ready(connection);
        } else if (connection.sender.position(segment.acknowledgment) != 1) {
            connection.layer.resets().reply(connection, segment, nowNs);
        } else if (connection.passive) {
            connection.challenge(nowNs);
        } else {
            connection.sender.windowOfSyn(segment.window);
            establish(segment, nowNs);
            connection.receiver.acknowledgeNow();
        }
    }

    /**
     * The peer acknowledged our SYN-ACK.
     *
     * @return false if the segment must be dropped: the accept queue is full, or the connection was
     *     refused
     */
    boolean complete(TcpSegment segment, long nowNs) {
        TcpListener listener = connection.listener;
        if (listener != null && !listener.hasRoom()) {
            return false; // our SYN-ACK will be repeated, and its acknowledgment too
        }
        establish(segment, nowNs);
        if (listener != null && !listener.completed(connection)) {
            connection.reset(nowNs);
            connection.end(TcpFailure.REFUSED, nowNs);
            return false;
        }
        return connection.state() != TcpState.CLOSED;
    }

    /** Completes a connection that a SYN cookie restored: nothing was sent that could be timed. */
    void restored() {
        due = false;
    }

    private void establish(TcpSegment segment, long nowNs) {
        boolean timestamps = peerTimestamps;
        long rtt = -1;
        if (!sentAgain && sentNs >= 0) {
            rtt = nowNs - sentNs;
        } else if (timestamps && segment.timestamps) {
            int elapsed = connection.timestamp(nowNs) - segment.timestampEcho;
            rtt = elapsed >= 0 && elapsed < 300_000 ? elapsed * 1_000_000L : -1;
        }
        connection.sender.established(
                peerMss, Math.max(peerScale, 0), rtt, retries > 0, peerSack, timestamps, nowNs);
        connection.established(nowNs);
    }

    /** Does what is due at {@link #deadlineNs}. */
    void handleTimeout(long nowNs) {
        boolean synAck = connection.state() == TcpState.SYN_RECEIVED;
        if (retries >= (synAck ? SYN_ACK_RETRIES : SYN_RETRIES)) {
            connection.timedOut(nowNs);
            return;
        }
        retries++;
        if (!synAck) {
            connection.layer.watcher().timedOut(connection, retries);
        }
        due = true;
        deadlineNs = nowNs + spread(INITIAL_RTO_NS << retries);
        connection.layer.ready(connection);
    }

    /** Writes SYN or SYN-ACK; false if the batch is full. */
    boolean emit(OutgoingBatch out, long nowNs) {
        boolean synAck = connection.state() == TcpState.SYN_RECEIVED;
        if (due) {
            if (!connection
                    .layer
                    .writer()
                    .syn(connection, synAck, peerScale, peerSack, peerTimestamps, out, nowNs)) {
                return false;
            }
            due = false;
            sentAgain |= sentNs >= 0;
            sentNs = nowNs;
            connection.sender.synSent();
            connection.receiver.acknowledged();
        }
        if (connection.receiver.isAcknowledgmentDue()) { // a challenge in SYN-RECEIVED
            if (!connection.layer.writer().acknowledgment(connection, 0, out, nowNs)) {
                return false;
            }
            connection.receiver.acknowledged();
        }
        return true;
    }
}
