// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.cookie;

import org.wgj.crypto.primitive.Blake2s;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Limits the handshake messages of each source with a valid cookie to 20 a second, and 5 at once:
 * one token bucket a source. A source is an IPv4 address, or the /64 of an IPv6 address, since a
 * host usually has all of its /64.
 *
 * <p>The table is fixed, so that a flood cannot make it grow: sets of eight buckets. A new source
 * takes the bucket of one that was idle for a second and would be full anyway, and is refused while
 * its set has none. A secret decides which set a source belongs to, so that an attacker cannot fill
 * the set of another source.
 *
 * <p>Owned by the device's thread.
 */
public final class RateLimiter {
    private static final int PER_SECOND = 20;
    private static final int BURST = 5;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long COST_NS = SECOND_NS / PER_SECOND;
    private static final long FULL_NS = COST_NS * BURST;

    private static final int SETS = 1 << 12;
    private static final int WAYS = 8;
    private static final long FREE = Long.MIN_VALUE;

    private final byte[] secret = new byte[32];

    // Allocated when first needed: most devices are never under load.
    private long[] sources;
    private boolean[] ipv6;
    private long[] tokensNs;
    private long[] lastSeenNs;

    /**
     * Creates a limiter without sources.
     *
     * @param random for the secret
     */
    public RateLimiter(RandomGenerator random) {
        random.nextBytes(secret);
    }

    /**
     * Takes a token of a source.
     *
     * @param isIpv6 whether the source is an IPv6 address
     * @param high the first 64 bits of an IPv6 address; ignored for IPv4
     * @param low an IPv4 address in the low 32 bits; ignored for IPv6
     * @param nowNs the time now
     * @return false if the source has none left
     */
    public boolean allow(boolean isIpv6, long high, long low, long nowNs) {
        if (sources == null) {
            sources = new long[SETS * WAYS];
            ipv6 = new boolean[SETS * WAYS];
            tokensNs = new long[SETS * WAYS];
            lastSeenNs = new long[SETS * WAYS];
            Arrays.fill(lastSeenNs, FREE);
        }
        long source = isIpv6 ? high : low;
        int first = setOf(isIpv6, source) * WAYS;
        int free = -1;
        for (int i = first; i < first + WAYS; i++) {
            boolean used = lastSeenNs[i] != FREE;
            if (used && sources[i] == source && ipv6[i] == isIpv6) {
                return take(i, nowNs);
            }
            if (free < 0 && (!used || nowNs - lastSeenNs[i] > SECOND_NS)) {
                free = i;
            }
        }
        if (free < 0) {
            return false;
        }
        sources[free] = source;
        ipv6[free] = isIpv6;
        tokensNs[free] = FULL_NS;
        lastSeenNs[free] = nowNs;
        return take(free, nowNs);
    }

    private boolean take(int i, long nowNs) {
        long tokens = Math.min(FULL_NS, tokensNs[i] + (nowNs - lastSeenNs[i]));
        lastSeenNs[i] = nowNs;
        boolean allowed = tokens >= COST_NS;
        tokensNs[i] = allowed ? tokens - COST_NS : tokens;
        return allowed;
    }

    private int setOf(boolean isIpv6, long source) {
        byte[] bytes = new byte[9];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (source >>> 8 * i);
        }
        bytes[8] = (byte) (isIpv6 ? 6 : 4);
        byte[] hash = Blake2s.mac(secret, bytes);
        return (hash[0] & 0xff | (hash[1] & 0xff) << 8) & SETS - 1;
    }
}
