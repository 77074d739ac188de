// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Limits how often each of many callers does something: some times at once, and then once in a
 * while. Remembers a limited number of callers, and forgets the one that asked longest ago first.
 * Thread-safe.
 *
 * @param <K> who calls
 */
public final class Pace<K> {
    private final int atOnce;
    private final long refillNs;
    private final int maxRemembered;

    /** When each caller may do all at once again; the one that asked longest ago first. */
    private final Map<K, Long> fullAtNs = new LinkedHashMap<>(16, 0.75f, true); // guarded by this

    /**
     * Begins without callers.
     *
     * @param atOnce how often at once
     * @param refillNs the time in which one more is allowed
     * @param maxRemembered how many callers it remembers
     */
    public Pace(int atOnce, long refillNs, int maxRemembered) {
        this.atOnce = atOnce;
        this.refillNs = refillNs;
        this.maxRemembered = maxRemembered;
    }

    /**
     * Asks, and counts it if the answer is yes.
     *
     * @param caller who asks
     * @param nowNs the time by one clock for all calls; it may wrap around
     * @return whether the caller may
     */
    public synchronized boolean take(K caller, long nowNs) {
        long before = fullAtNs.getOrDefault(caller, nowNs);
        long full = (before - nowNs > 0 ? before : nowNs) + refillNs;
        if (full - nowNs > refillNs * atOnce) {
            return false;
        }
        fullAtNs.put(caller, full);
        if (fullAtNs.size() > maxRemembered) {
            fullAtNs.remove(fullAtNs.keySet().iterator().next());
        }
        return true;
    }
}
