// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Limits how often each of many callers does something: some times at once, and then once in a
 * while. Thread-safe.
 *
 * @param <K> who calls
 */
public final class Pace<K> {
    private static final int MAX_REMEMBERED = 70_000; // more than nodes in a map

    private final int atOnce;
    private final long refillNs;

    /** When each caller may do all at once again; the one that asked longest ago first. */
    private final Map<K, Long> fullAtNs = new LinkedHashMap<>(16, 0.75f, true); // guarded by this

    /**
     * Begins with nobody known.
     *
     * @param atOnce how often at once
     * @param refillNs the time in which one more is allowed
     */
    public Pace(int atOnce, long refillNs) {
        this.atOnce = atOnce;
        this.refillNs = refillNs;
    }

    /**
     * Asks, and counts it if the answer is yes.
     *
     * @param caller who
     * @param nowNs when, by the clock of all calls
     * @return whether it may
     */
    public synchronized boolean take(K caller, long nowNs) {
        long before = fullAtNs.getOrDefault(caller, nowNs);
        long full = (before - nowNs > 0 ? before : nowNs) + refillNs;
        if (full - nowNs > refillNs * atOnce) {
            return false;
        }
        fullAtNs.put(caller, full);
        if (fullAtNs.size() > MAX_REMEMBERED) {
            fullAtNs.remove(fullAtNs.keySet().iterator().next());
        }
        return true;
    }
}
