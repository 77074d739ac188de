// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

/**
 * The constants of whitepaper 6.1 under their names, and the kernel's constants for what the paper
 * leaves open. Times are in nanoseconds.
 */
final class Limits {
    private Limits() {}

    static final long SECOND = 1_000_000_000L;

    static final long REKEY_AFTER_MESSAGES = 1L << 60;
    static final long REKEY_AFTER_TIME = 120 * SECOND;
    static final long REJECT_AFTER_TIME = 180 * SECOND;
    static final long REKEY_ATTEMPT_TIME = 90 * SECOND;
    static final long REKEY_TIMEOUT = 5 * SECOND;
    static final long KEEPALIVE_TIMEOUT = 10 * SECOND;

    /** The most that is added to a retransmission, so that two peers do not collide again. */
    static final long MAX_JITTER = SECOND / 3;

    /** {@link #REKEY_TIMEOUT} divided by {@link #MAX_JITTER}. */
    static final long JITTER_SHARE = REKEY_TIMEOUT / MAX_JITTER;

    /**
     * As the kernel counts: an initiation and 19 more before giving up, which takes about 100 s.
     */
    static final int MAX_TIMER_HANDSHAKES = (int) (REKEY_ATTEMPT_TIME / REKEY_TIMEOUT);

    /** The age at which the initiator renews a session on which it receives. */
    static final long LAST_MINUTE_AGE = REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT;

    /** The time after the last new session at which all keys are wiped. */
    static final long ZERO_KEYS_AFTER = 3 * REJECT_AFTER_TIME;

    /** DSCP AF41 for handshakes, as in the kernel: they should get through when data does not. */
    static final byte HANDSHAKE_TRAFFIC_CLASS = (byte) 0x88;
}
