// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.protocol.Endpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts enrolment sessions by source: an IPv4 address or an IPv6 /64. A source may begin {@value
 * #BURST} at once and then one each {@value #REFILL_MS} ms. Remembers at most {@value #MAX_SOURCES}
 * sources. For one thread.
 */
final class SourceLimits {
    static final int BURST = 32;
    private static final int REFILL_MS = 250;
    private static final int MAX_SOURCES = 4_096;
    private static final long REFILL_NS = REFILL_MS * 1_000_000L;

    /** A source, without the host part of an IPv6 address. */
    private record Source(boolean ipv6, long high, long low) {
        static Source of(Endpoint endpoint) {
            return new Source(
                    endpoint.ipv6(), endpoint.high(), endpoint.ipv6() ? 0 : endpoint.low());
        }
    }

    /** When each source will have its whole burst again; the oldest first. */
    private final Map<Source, Long> fullAtNs = new LinkedHashMap<>(16, 0.75f, true);

    /** Takes one session from what a source may begin; returns false if it may begin none. */
    boolean take(Endpoint endpoint, long nowNs) {
        Source source = Source.of(endpoint);
        long fullNs = Math.max(fullAtNs.getOrDefault(source, nowNs), nowNs) + REFILL_NS;
        if (fullNs - nowNs > BURST * REFILL_NS) {
            return false;
        }
        fullAtNs.put(source, fullNs);
        if (fullAtNs.size() > MAX_SOURCES) {
            fullAtNs.remove(fullAtNs.keySet().iterator().next());
        }
        return true;
    }
}
