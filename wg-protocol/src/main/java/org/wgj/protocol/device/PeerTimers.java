// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * The five timers of a peer (whitepaper 6.2 to 6.5): a table of deadlines, and the events that
 * change them. The peer asks which timer has expired, and acts.
 *
 * <p>Owned by the device's thread.
 */
final class PeerTimers {
    enum Timer {
        /** Our initiation was not answered. */
        RETRANSMIT_HANDSHAKE,
        /** Data was received and nothing was sent since: tell the peer that we are alive. */
        SEND_KEEPALIVE,
        /** Data was sent and nothing was received since: the session may be gone. */
        NEW_HANDSHAKE,
        /** There was no new session for a long time: wipe all keys. */
        ZERO_KEYS,
        /** The configured interval has passed: refresh NATs and firewalls on the path. */
        PERSISTENT_KEEPALIVE
    }

    static final long NEVER = Long.MAX_VALUE;

    /** For jitter, which is not secret and is drawn for many batches: a fast generator. */
    private final SplittableRandom random;

    private final long[] deadlinesNs = new long[Timer.values().length];
    private long persistentKeepaliveNs;
    private boolean needAnotherKeepalive;
    private int handshakeAttempts;

    PeerTimers(RandomGenerator seeds) {
        random = new SplittableRandom(seeds.nextLong());
        stop();
    }

    /** Returns the earliest deadline; {@link #NEVER} if no timer runs. */
    long nextDeadlineNs() {
        long next = NEVER;
        for (long deadline : deadlinesNs) {
            next = Math.min(next, deadline);
        }
        return next;
    }

    /** Stops and returns the timer that expired first; null if none has expired. */
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

    /** Stops all timers. */
    void stop() {
        Arrays.fill(deadlinesNs, NEVER);
        needAnotherKeepalive = false;
        handshakeAttempts = 0;
    }

    /** Sets the interval, 0 for none. The timer starts with the next packet. */
    void setPersistentKeepalive(long intervalNs) {
        persistentKeepaliveNs = intervalNs;
        if (intervalNs == 0) {
            cancel(Timer.PERSISTENT_KEEPALIVE);
        }
    }

    /**
     * Returns whether persistent keepalive is on and its timer does not run: send the first one
     * now.
     */
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

    /** Any message that the peer can authenticate was sent. */
    void authenticatedPacketSent(long nowNs) {
        cancel(Timer.SEND_KEEPALIVE);
        needAnotherKeepalive = false;
        packetPassed(nowNs);
    }

    /** Any authentic message was received. */
    void authenticatedPacketReceived(long nowNs) {
        cancel(Timer.NEW_HANDSHAKE);
        packetPassed(nowNs);
    }

    private void packetPassed(long nowNs) {
        awaitPersistentKeepalive(nowNs);
    }

    /**
     * Restarts the timer of the persistent keepalive: with each packet, and when a keepalive was
     * due and could not be sent, so that the next one is still due.
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

    /** A handshake has produced new keys. */
    void sessionDerived(long nowNs) {
        start(Timer.ZERO_KEYS, nowNs + Limits.ZERO_KEYS_AFTER);
    }

    /** Attempts to agree on new keys were given up. The old ones must still be wiped. */
    void handshakeGivenUp(long nowNs) {
        cancel(Timer.SEND_KEEPALIVE);
        if (!pending(Timer.ZERO_KEYS)) {
            start(Timer.ZERO_KEYS, nowNs + Limits.ZERO_KEYS_AFTER);
        }
    }

    // --- questions of the peer when a timer has expired

    /** Counts another attempt; returns false if there were enough. */
    boolean mayRetransmit() {
        return handshakeAttempts++ <= Limits.MAX_TIMER_HANDSHAKES;
    }

    /** A handshake begins that is not a retransmission. */
    void resetAttempts() {
        handshakeAttempts = 0;
    }

    /**
     * Returns whether more data arrived while the passive keepalive was pending: send another one.
     */
    boolean needsAnotherKeepalive() {
        return needAnotherKeepalive;
    }

    /** Starts the timer of the next passive keepalive. */
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
