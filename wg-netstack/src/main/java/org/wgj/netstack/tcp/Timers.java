// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * When a connection must do something although nothing arrives. The layer looks at a connection at
 * its earliest deadline or before; here everything that is due is done.
 */
final class Timers {
    static final long SECOND_NS = 1_000_000_000L;

    /** The delay of an acknowledgment (RFC 9293 3.8.6.3: less than 500 ms). */
    static final long DELAYED_ACK_NS = 40_000_000L;

    /** At most one challenge acknowledgment of a connection in this time (RFC 5961 7). */
    static final long CHALLENGE_INTERVAL_NS = 500_000_000L;

    /**
     * The time for which a connection without an application tries to deliver its data while the
     * peer takes no data. Linux counts retransmissions instead.
     */
    static final long ORPHAN_NS = 60 * SECOND_NS;

    /** The time for which a connection without an application waits for the peer's FIN. */
    static final long FIN_WAIT_2_NS = 60 * SECOND_NS;

    private static final long NEVER = Long.MAX_VALUE;

    private final TcpConnection connection;
    private long orphanDeadlineNs = NEVER;
    private long orphanPosition;
    private long lastReceivedNs;
    private int keepAliveProbes;

    Timers(TcpConnection connection, long nowNs) {
        this.connection = connection;
        lastReceivedNs = nowNs;
    }

    void established(long nowNs) {
        lastReceivedNs = nowNs;
    }

    /** An acceptable segment came: the peer is alive. */
    void received(long nowNs) {
        lastReceivedNs = nowNs;
        keepAliveProbes = 0;
    }

    /** The application closed. */
    void orphaned(long nowNs) {
        orphanDeadlineNs = nowNs + ORPHAN_NS;
        orphanPosition = connection.sender.una();
    }

    /**
     * The peer of a closed connection acknowledged something. Less than a segment in the whole time
     * does not count: a peer could hold our memory for ever by a byte now and then.
     */
    void orphanAcknowledged(long una, long nowNs) {
        if (una - orphanPosition >= connection.sender.mss()) {
            orphaned(nowNs);
        }
    }

    /** The peer has everything, and may still send. */
    void finAcknowledged(long nowNs) {
        if (connection.orphan) {
            orphanDeadlineNs = nowNs + FIN_WAIT_2_NS;
        }
    }

    /** Returns the earliest time at which something is due. */
    long deadlineNs() {
        return switch (connection.state()) {
            case CLOSED, TIME_WAIT -> NEVER;
            case SYN_SENT, SYN_RECEIVED -> connection.handshake.deadlineNs();
            default ->
                    Math.min(
                            Math.min(
                                    connection.receiver.delayedDeadlineNs(),
                                    connection.sender.deadlineNs()),
                            Math.min(
                                    Math.min(orphanDeadlineNs, keepAliveDeadlineNs()),
                                    connection.receiver.releaseDeadlineNs()));
        };
    }

    private long keepAliveDeadlineNs() {
        TcpOptions options = connection.options;
        if (!options.keepAlive() || !connection.sender.isIdle()) {
            return NEVER;
        }
        return lastReceivedNs
                + options.keepIdleSeconds() * SECOND_NS
                + keepAliveProbes * (options.keepIntervalSeconds() * SECOND_NS);
    }

    /** Does everything that is due. */
    void handle(long nowNs) {
        switch (connection.state()) {
            case CLOSED, TIME_WAIT -> {}
            case SYN_SENT, SYN_RECEIVED -> {
                if (nowNs >= connection.handshake.deadlineNs()) {
                    connection.handshake.handleTimeout(nowNs);
                }
            }
            default -> handleSynchronized(nowNs);
        }
    }

    private void handleSynchronized(long nowNs) {
        if (nowNs >= connection.receiver.delayedDeadlineNs()) {
            connection.receiver.acknowledgeNow();
            connection.layer.ready(connection);
        }
        if (nowNs >= connection.receiver.releaseDeadlineNs()) {
            connection.receiver.release(nowNs);
        }
        if (nowNs >= orphanDeadlineNs) {
            boolean waiting = connection.state() == TcpState.FIN_WAIT_2;
            if (!waiting) {
                connection.reset(nowNs);
            }
            connection.end(waiting ? null : TcpFailure.TIMED_OUT, nowNs);
            return;
        }
        if (nowNs >= keepAliveDeadlineNs()) {
            if (keepAliveProbes >= connection.options.keepCount()) {
                connection.timedOut(nowNs);
                return;
            }
            keepAliveProbes++;
            connection.sender.probeKeepAlive();
        }
        connection.sender.handleTimeout(nowNs);
    }
}
