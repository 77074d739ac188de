// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import java.util.random.RandomGenerator;

/**
 * Limits unsolicited answers, such as ICMP errors (RFC 1812 4.3.2.8, RFC 4443 2.4 f): 100 a second,
 * 50 at once. A part of the burst is taken away at random, so that a third party cannot find out by
 * counting answers how many others were sent. Owned by the stack's thread.
 */
public final class ErrorLimit {
    static final int PER_SECOND = 100;
    static final int BURST = 50;
    private static final long COST_NS = 1_000_000_000L / PER_SECOND;

    /** Up to this many answers fewer than the burst. */
    private static final int JITTER = 3;

    private final RandomGenerator random;
    private long creditNs = BURST * COST_NS;
    private long lastNs = Long.MIN_VALUE;

    /**
     * Makes a full bucket.
     *
     * @param random must not be predictable, except in tests
     */
    public ErrorLimit(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Takes the right to send one answer.
     *
     * @param nowNs the time
     * @return false if there were too many
     */
    public boolean take(long nowNs) {
        if (lastNs == Long.MIN_VALUE) {
            lastNs = nowNs;
        }
        long grown = creditNs + (nowNs - lastNs);
        if (grown >= BURST * COST_NS) {
            grown = BURST * COST_NS - random.nextInt(JITTER + 1) * COST_NS;
        }
        creditNs = grown;
        lastNs = nowNs;
        if (creditNs < COST_NS) {
            return false;
        }
        creditNs -= COST_NS;
        return true;
    }
}
