// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.protocol.Endpoint;

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

    private final Pace<Source> sessions = new Pace<>(BURST, REFILL_NS, MAX_SOURCES);

    /** Takes one session from a source's allowance; returns false if the allowance is used up. */
    boolean take(Endpoint endpoint, long nowNs) {
        return sessions.take(Source.of(endpoint), nowNs);
    }
}
