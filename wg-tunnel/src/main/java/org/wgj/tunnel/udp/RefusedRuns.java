// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;

/**
 * Remembers the peers to which the kernel refuses a run of datagrams of some length, but takes them
 * one by one. The reason is the path and not the socket. Either the path's MTU is smaller than a
 * segment, so that each must be fragmented, which the kernel does only for whole datagrams (it
 * answers EMSGSIZE, before Linux 6.14 EINVAL). Or the path's interface cannot segment (EINVAL, with
 * IPv6 over some virtio-net). So other peers and shorter datagrams are not affected. Because paths
 * change, a run is tried again now and then; a refusal costs one system call.
 *
 * <p>It is a table with one place for each hash. If two peers share a place, the one refused last
 * stays, and the other costs one more call for each run. Owned by the event loop.
 */
final class RefusedRuns {
    /** So many runs to a peer go datagram by datagram before the next one is tried as a run. */
    static final int RETRY_AFTER_RUNS = 500;

    private static final int BITS = 6;

    private final Endpoint[] endpoints = new Endpoint[1 << BITS];
    private final int[] segmentBytes = new int[1 << BITS];
    private final int[] runsLeft = new int[1 << BITS];

    /** Returns whether a run to this endpoint should not be tried. Asking counts as a run. */
    boolean contains(Endpoint to, int bytes) {
        int place = place(to);
        if (!to.sameRemote(endpoints[place]) || bytes < segmentBytes[place]) {
            return false;
        }
        if (runsLeft[place]-- > 0) {
            return true;
        }
        endpoints[place] = null;
        return false;
    }

    /** Remembers that a run to this endpoint was refused and its datagrams were not. */
    void add(Endpoint to, int bytes) {
        int place = place(to);
        boolean known = to.sameRemote(endpoints[place]);
        segmentBytes[place] = known ? Math.min(bytes, segmentBytes[place]) : bytes;
        endpoints[place] = to;
        runsLeft[place] = RETRY_AFTER_RUNS;
    }

    private static int place(Endpoint to) {
        long hash = (to.high() * 31 + to.low()) * 31 + to.port();
        return (int) (hash * 0x9e3779b97f4a7c15L >>> Long.SIZE - BITS); // Fibonacci hashing
    }
}
