// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;

/**
 * The peers to which the kernel refuses to send datagrams of some length together, though it takes
 * them one by one. The reason is the path, not the socket: its MTU is smaller than a segment, so
 * that each has to be fragmented, which the kernel does only for whole datagrams (it says EMSGSIZE,
 * before Linux 6.14 EINVAL), or the interface it leads through cannot (EINVAL, of IPv6 over some
 * virtio-net). So neither other peers nor shorter datagrams suffer, and because paths change it is
 * tried again now and then: a refusal costs one system call.
 *
 * <p>A table with one place for each hash. Of two peers that share a place the one refused last
 * stays: the other costs a call more a run. Owned by the event loop.
 */
final class RefusedRuns {
    /** So many runs to a peer go datagram by datagram until one is tried together again. */
    static final int RETRY_AFTER_RUNS = 500;

    private static final int BITS = 6;

    private final Endpoint[] endpoints = new Endpoint[1 << BITS];
    private final int[] segmentBytes = new int[1 << BITS];
    private final int[] runsLeft = new int[1 << BITS];

    /** Whether a run to there is not to be tried. Asking counts as a run. */
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

    /** A run to there was refused, and its datagrams were not. */
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
