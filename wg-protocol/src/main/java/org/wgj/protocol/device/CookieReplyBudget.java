// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * How many cookie replies leave, about 20,000 a second: making and sending one costs several times
 * what looking at a message does, on the thread that data needs as well. The rest of a flood goes
 * unanswered.
 *
 * <p>Half of them are for all that ask, first come, first served. When those are spent, each source
 * has a few of its own, so that a flood from some addresses keeps no other peer from its cookie.
 * The order matters: were a source held to its own at once, any sender could spend those of an
 * address that is not its own. Against a flood from all addresses a peer has as good a chance as
 * each message of the flood.
 *
 * <p>Token buckets, kept as the time up to which their tokens are spent. The sources, which are
 * those of {@link org.wgj.protocol.cookie.RateLimiter}, share a fixed number of buckets; which of
 * them share one is random. Owned by the device's thread.
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

    /** Takes one for the source; false when there is none left. */
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
