// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;

/**
 * Finds the {@link Endpoint} of a datagram's sender without making a new object each time. It is a
 * table with one place for each hash: an unlucky or hostile mix of senders costs one object for
 * each datagram, but never more memory. Owned by the event loop.
 */
final class EndpointCache {
    private static final int BITS = 10;

    private final Endpoint[] endpoints = new Endpoint[1 << BITS];

    /** Returns the endpoint; the parameters are those of {@link Endpoint}. */
    Endpoint get(
            boolean ipv6,
            long high,
            long low,
            int port,
            int scopeId,
            long sourceHigh,
            long sourceLow,
            int sourceInterface) {
        long hash = low * 31 + high;
        hash = hash * 31 + port;
        hash = hash * 31 + scopeId;
        hash = hash * 31 + sourceHigh;
        hash = hash * 31 + sourceLow;
        hash = hash * 31 + sourceInterface;
        int place = (int) (hash * 0x9e3779b97f4a7c15L >>> Long.SIZE - BITS); // Fibonacci hashing
        Endpoint known = endpoints[place];
        if (known != null
                && known.low() == low
                && known.high() == high
                && known.port() == port
                && known.sourceLow() == sourceLow
                && known.sourceHigh() == sourceHigh
                && known.sourceInterface() == sourceInterface
                && known.scopeId() == scopeId
                && known.ipv6() == ipv6) {
            return known;
        }
        Endpoint fresh =
                new Endpoint(
                        ipv6, high, low, port, scopeId, sourceHigh, sourceLow, sourceInterface);
        endpoints[place] = fresh;
        return fresh;
    }
}
