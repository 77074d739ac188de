// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import org.wgj.mesh.enrol.Pace;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts connections and requests by source, against a listener's limits. A source is an address
 * inside the tunnel, or the user of a Unix socket. Thread-safe.
 */
final class Sources {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int MAX_REMEMBERED = 70_000; // more than nodes in a map

    private final HttpLimits limits;
    private final Map<Object, Integer> connections = new HashMap<>();

    private final Pace<Object> requests;
    private int all;

    Sources(HttpLimits limits) {
        this.limits = limits;
        requests = new Pace<>(limits.burst(), SECOND_NS / limits.perSecond(), MAX_REMEMBERED);
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

    boolean request(Object source, long nowNs) {
        return requests.take(source, nowNs);
    }

    synchronized int connections() {
        return all;
    }
}
