// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** Allows so many events a second, and a burst of them. Owned by the stack's thread. */
final class TokenBucket {
    private final long intervalNs;
    private final int burst;
    private int tokens;
    private long filledNs = Long.MIN_VALUE;

    TokenBucket(int perSecond, int burst) {
        intervalNs = Timers.SECOND_NS / perSecond;
        this.burst = burst;
        tokens = burst;
    }

    /** Returns whether one more event is allowed now. */
    boolean take(long nowNs) {
        if (filledNs == Long.MIN_VALUE) {
            filledNs = nowNs;
        }
        long fresh = (nowNs - filledNs) / intervalNs;
        if (fresh > 0) {
            tokens = (int) Math.min(burst, tokens + fresh);
            filledNs += fresh * intervalNs;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
