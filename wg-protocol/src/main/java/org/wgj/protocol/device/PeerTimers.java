// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * The five timers of a peer (whitepaper 6.2 to 6.5), a table of deadlines, and the events that move
 * them. Nothing runs by itself: the peer asks what is due and acts.
 *
 * <p>Owned by the device's thread.
 */
final class PeerTimers {
    enum Timer {
        /** An initiation went unanswered. */
        RETRANSMIT_HANDSHAKE,
        /** Data was received and nothing sent since: tell the peer that we are here. */
        SEND_KEEPALIVE,
        /** Data was sent and nothing received since: the session may be gone. */
        NEW_HANDSHAKE,
        /** No new session for long: wipe all keys. */
        ZERO_KEYS,
        /** As configured, for NATs and firewalls on the way. */
        PERSISTENT_KEEPALIVE
    }

    static final long NEVER = Long.MAX_VALUE;

    /** For jitter, which is no secret: with each batch that data answers some is drawn. */
    private final SplittableRandom random;

    private final long[] deadlinesNs = new long[Timer.values().length];
    private long persistentKeepaliveNs;
    private boolean needAnotherKeepalive;
    private int handshakeAttempts;

    PeerTimers(RandomGenerator seeds) {
        random = new SplittableRandom(seeds.nextLong());
        stop();
    }

    /** The earliest deadline, or {@link #NEVER}. */
    long nextDeadlineNs() {
        long next = NEVER;
        for (long deadline : deadlinesNs) {
            next = Math.min(next, deadline);
        }
        return next;
    }

    /** Stops and returns the timer that is longest overdue; null when none is due. */
    Timer pollExpired(long nowNs) {
        Timer expired = null;
        long earliest = NEVER;
        for (Timer timer : Timer.values()) {
            long deadline = deadlinesNs[timer.ordinal()];
            if (deadline <= nowNs && deadline < earliest) {
                expired = timer;
                earliest = deadline;
            }
        }
        if (expired != null) {
            cancel(expired);
        }
        return expired;
    }

    /** Stops all. */
    void stop() {
        Arrays.fill(deadlinesNs, NEVER);
        needAnotherKeepalive = false;
        handshakeAttempts = 0;
    }

    /** 0 switches it off; the timer itself starts with the next packet. */
    void setPersistentKeepalive(long intervalNs) {
        persistentKeepaliveNs = intervalNs;
        if (intervalNs == 0) {
            cancel(Timer.PERSISTENT_KEEPALIVE);
        }
    }

    /** Whether it is on and no packet has passed since: the first one is to be sent now. */
    boolean owesPersistentKeepalive() {
        return persistentKeepaliveNs != 0 && !pending(Timer.PERSISTENT_KEEPALIVE);
    }

    // --- events

    /** Transport data that is no keepalive was sent. */
    void dataSent(long nowNs) {
        if (!pending(Timer.NEW_HANDSHAKE)) {
            start(
                    Timer.NEW_HANDSHAKE,
                    nowNs + Limits.KEEPALIVE_TIMEOUT + Limits.REKEY_TIMEOUT + jitter());
        }
    }

    /** Transport data that is no keepalive was received. */
    void dataReceived(long nowNs) {
        if (pending(Timer.SEND_KEEPALIVE)) {
            needAnotherKeepalive = true;
        } else {
            awaitKeepalive(nowNs);
        }
    }

    /**
     * Something that the peer can authenticate was sent, a keepalive or a handshake message
     * included.
     */
    void authenticatedPacketSent(long nowNs) {
        cancel(Timer.SEND_KEEPALIVE);
        needAnotherKeepalive = false;
        packetPassed(nowNs);
    }

    /** Something authentic was received, a keepalive or a handshake message included. */
    void authenticatedPacketReceived(long nowNs) {
        cancel(Timer.NEW_HANDSHAKE);
        packetPassed(nowNs);
    }

    private void packetPassed(long nowNs) {
        awaitPersistentKeepalive(nowNs);
    }

    /**
     * Begins the time until the next persistent keepalive: with each packet, and when one was due
     * and could not be sent, so that it does not end with that.
     */
    void awaitPersistentKeepalive(long nowNs) {
        if (persistentKeepaliveNs != 0) {
            start(Timer.PERSISTENT_KEEPALIVE, nowNs + persistentKeepaliveNs);
        }
    }

    /** An initiation was sent. */
    void handshakeInitiated(long nowNs) {
        start(Timer.RETRANSMIT_HANDSHAKE, nowNs + Limits.REKEY_TIMEOUT + jitter());
    }

    /** A session was agreed on and confirmed. */
    void handshakeCompleted() {
        cancel(Timer.RETRANSMIT_HANDSHAKE);
        handshakeAttempts = 0;
    }

    /** There are new keys. */
    void sessionDerived(long nowNs) {
        start(Timer.ZERO_KEYS, nowNs + Limits.ZERO_KEYS_AFTER);
    }

    /** Attempts to agree on new keys were given up; those there are still have to be wiped. */
    void handshakeGivenUp(long nowNs) {
        cancel(Timer.SEND_KEEPALIVE);
        if (!pending(Timer.ZERO_KEYS)) {
            start(Timer.ZERO_KEYS, nowNs + Limits.ZERO_KEYS_AFTER);
        }
    }

    // --- what the peer has to know when a timer expired

    /** Counts another attempt; false when there were enough. */
    boolean mayRetransmit() {
        return handshakeAttempts++ <= Limits.MAX_TIMER_HANDSHAKES;
    }

    /** A handshake begins that is no retransmission. */
    void resetAttempts() {
        handshakeAttempts = 0;
    }

    /**
     * When the passive keepalive is due: whether data came in after what it answers, so that
     * another one follows.
     */
    boolean needsAnotherKeepalive() {
        return needAnotherKeepalive;
    }

    /** Begins the time until the next passive keepalive. */
    void awaitKeepalive(long nowNs) {
        start(Timer.SEND_KEEPALIVE, nowNs + Limits.KEEPALIVE_TIMEOUT);
    }

    private boolean pending(Timer timer) {
        return deadlinesNs[timer.ordinal()] != NEVER;
    }

    private void start(Timer timer, long deadlineNs) {
        deadlinesNs[timer.ordinal()] = deadlineNs;
    }

    private void cancel(Timer timer) {
        deadlinesNs[timer.ordinal()] = NEVER;
    }

    private long jitter() {
        return random.nextLong(Limits.MAX_JITTER);
    }
}
