// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.tcp.recovery.LossRecovery;
import org.wgj.netstack.tcp.recovery.RecoveryState;

import java.util.HashMap;
import java.util.Map;

/**
 * Watches a TCP layer from step to step: what holds for each connection, its congestion window and
 * all their memory. One thread uses it.
 */
public final class LayerChecks {
    /** The sending side at the last check. */
    private record Seen(
            long cwnd,
            long ssthresh,
            long inFlight,
            int mss,
            RecoveryState state,
            long episodes,
            long probeRepairs,
            long undone) {
        static Seen of(Sender sender) {
            LossRecovery recovery = sender.recovery();
            return new Seen(
                    recovery.cwnd(),
                    recovery.ssthresh(),
                    recovery.inFlight(),
                    sender.mss(),
                    recovery.state(),
                    recovery.episodes(),
                    recovery.probeRepairs(),
                    recovery.undone());
        }

        /**
         * Returns whether nothing has happened that may lower the congestion window: a loss, or
         * sending after idle time (RFC 5681 4.1).
         */
        boolean isUneventful(Seen before) {
            return before.inFlight > 0
                    && state == RecoveryState.OPEN
                    && before.state == RecoveryState.OPEN
                    && episodes == before.episodes
                    && undone == before.undone
                    && ssthresh == before.ssthresh
                    && probeRepairs == before.probeRepairs
                    && mss == before.mss;
        }
    }

    private final TcpLayer layer;
    private final int mostConnections;
    private Map<TcpConnection, Seen> seen = new HashMap<>();

    /**
     * Watches a layer.
     *
     * @param mostConnections how many it has in its life
     */
    public LayerChecks(TcpLayer layer, int mostConnections) {
        this.layer = layer;
        this.mostConnections = mostConnections;
    }

    /**
     * Checks everything; call it after each step.
     *
     * @throws IllegalStateException if something is wrong
     */
    public void check() {
        Invariants.check(layer);
        BufferPool pool = layer.pool();
        // Beyond the budget each connection may get a chunk to receive, and two to send one
        // segment.
        long most = pool.budget() + 3L * BufferPool.CHUNK * mostConnections;
        if (pool.used() > most) {
            throw new IllegalStateException(pool.used() + " bytes in use, of " + pool.budget());
        }
        Map<TcpConnection, Seen> now = new HashMap<>();
        layer.forEach(
                each -> {
                    if (each.sender.recovery() != null) {
                        Seen is = Seen.of(each.sender);
                        now.put(each, is);
                        check(seen.get(each), is);
                    }
                });
        seen = now;
    }

    private static void check(Seen before, Seen is) {
        if (before != null && is.cwnd < before.cwnd && is.isUneventful(before)) {
            throw new IllegalStateException(
                    "the congestion window fell without a loss: " + before + " to " + is);
        }
    }

    /**
     * Returns how many connections of a listener are not established yet.
     *
     * @return their number
     */
    public static int halfOpen(TcpListener listener) {
        return listener.halfOpen();
    }
}
