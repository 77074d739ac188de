// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts connections and requests by source, against a listener's limits. A source is an address
 * inside the tunnel, or the user of a Unix socket. Thread-safe.
 */
final class Sources {
    private static final int MAX_REMEMBERED = 70_000; // more than nodes in a map
    private static final long SECOND_NS = 1_000_000_000L;

    private final HttpLimits limits;
    private final Map<Object, Integer> connections = new HashMap<>();

    /** When each source will have its whole burst again; the one that asked longest ago first. */
    private final Map<Object, Long> fullAtNs = new LinkedHashMap<>(16, 0.75f, true);

    private int all;

    Sources(HttpLimits limits) {
        this.limits = limits;
    }

    synchronized boolean connect(Object source) {
        if (all >= limits.connections()
                || connections.getOrDefault(source, 0) >= limits.connectionsOfSource()) {
            return false;
        }
        all++;
        connections.merge(source, 1, Integer::sum);
        return true;
    }

    synchronized void disconnect(Object source) {
        all--;
        connections.computeIfPresent(source, (key, count) -> count == 1 ? null : count - 1);
    }

    synchronized boolean request(Object source, long nowNs) {
        long costNs = SECOND_NS / limits.perSecond();
        long before = fullAtNs.getOrDefault(source, nowNs);
        long full = (before - nowNs > 0 ? before : nowNs) + costNs;
        if (full - nowNs > costNs * limits.burst()) {
            return false;
        }
        fullAtNs.put(source, full);
        if (fullAtNs.size() > MAX_REMEMBERED) {
            fullAtNs.remove(fullAtNs.keySet().iterator().next());
        }
        return true;
    }

    synchronized int connections() {
        return all;
    }
}
