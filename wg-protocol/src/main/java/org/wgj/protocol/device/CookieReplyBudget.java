// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Limits cookie replies to about 20,000 a second. Making and sending one costs several times as
 * much as checking a message, on the thread that also carries data. The rest of a flood goes
 * unanswered.
 *
 * <p>Half of the replies are shared by all sources. When these are spent, each source has a few of
 * its own, so that a flood from some addresses does not keep other peers from their cookies. The
 * order matters: if a source's own replies went first, an attacker could spend those of an address
 * that is not its own. In a flood from all addresses, a peer has the same chance as each message of
 * the flood.
 *
 * <p>Token buckets, stored as the time up to which their tokens are spent. The sources, the same as
 * those of {@link org.wgj.protocol.cookie.RateLimiter}, share a fixed number of buckets at random.
 * Owned by the device's thread.
 */
final class CookieReplyBudget {
    private static final long COST_NS = Limits.SECOND / 10_000;
    private static final long FULL_NS = 1024 * COST_NS;

    private static final int BITS = 10;
    private static final long SOURCE_COST_NS = Limits.SECOND / 10;
    private static final long SOURCE_FULL_NS = 2 * SOURCE_COST_NS;

    private final long multiplier;
    private final long[] sourcesSpentNs = new long[1 << BITS];
    private long spentNs = -FULL_NS;

    CookieReplyBudget(RandomGenerator random) {
        multiplier = random.nextLong() | 1;
        Arrays.fill(sourcesSpentNs, -SOURCE_FULL_NS);
    }

    /** Takes a reply to a source; returns false if there is none left. */
    boolean take(Endpoint source, long nowNs) {
        spentNs = Math.max(spentNs, nowNs - FULL_NS);
        if (nowNs - spentNs >= COST_NS) {
            spentNs += COST_NS;
            return true;
        }
        long address = source.ipv6() ? source.high() : source.low();
        int i = (int) (address * multiplier >>> Long.SIZE - BITS); // universal hashing
        long sourceSpentNs = Math.max(sourcesSpentNs[i], nowNs - SOURCE_FULL_NS);
        boolean left = nowNs - sourceSpentNs >= SOURCE_COST_NS;
        sourcesSpentNs[i] = left ? sourceSpentNs + SOURCE_COST_NS : sourceSpentNs;
        return left;
    }
}
