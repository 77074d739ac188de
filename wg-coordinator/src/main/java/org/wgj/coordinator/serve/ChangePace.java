// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits what a member changes in the store: each change is a revision, which all members get. A
 * member has {@value #AT_ONCE} changes, and one more every {@value #EVERY_MS} ms. Thread-safe.
 */
final class ChangePace {
    static final int AT_ONCE = 12;
    static final long EVERY_MS = 10_000;

    private final InstantSource clock;

    /** When a member's changes would all be there again, in ms; the others have all of them. */
    private final Map<Long, Long> fullAt = new HashMap<>(); // guarded by this

    ChangePace(InstantSource clock) {
        this.clock = clock;
    }

    /** Returns whether a member may change something now, and counts it then. */
    synchronized boolean take(long node) {
        long now = clock.millis();
        if (fullAt.size() > 1_000) {
            fullAt.values().removeIf(full -> full <= now);
        }
        long full = Math.max(now, fullAt.getOrDefault(node, now)) + EVERY_MS;
        if (full - now > AT_ONCE * EVERY_MS) {
            return false;
        }
        fullAt.put(node, full);
        return true;
    }
}
