// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.DatagramFilter;
import org.wgj.tunnel.DatagramOutlet;
import org.wgj.tunnel.TunnelEvent;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches where the members' authenticated packets come from, by the tunnel's events, and reports
 * what it saw within {@value #COALESCE_MS} ms together. A key that two machines use keeps the
 * endpoint that it had before that showed. Owned by the tunnel's event loop; only {@link #spoke} is
 * for any thread.
 */
@SuppressWarnings("overloads") // each andThen is called on its own type
final class Observed implements DatagramFilter, Consumer<TunnelEvent> {
    private static final int COALESCE_MS = 100;

    /**
     * When to ask again, in ns. While both of two machines speak, each takes the session of the
     * other, and an answer may be lost.
     */
    private static final List<Long> AGAIN_NS = List.of(1_000_000_000L, 2_500_000_000L);

    private final Consumer<Map<PublicKey, InetSocketAddress>> report;
    private final Consumer<PublicKey> cloneFound;
    private final Asking asking;
    private final CloneWatch clones = new CloneWatch();
    private final RunWatch runs = new RunWatch();
    private final Set<PublicKey> heard = new LinkedHashSet<>();
    private volatile DatagramOutlet outlet;
    private boolean scheduled;

    /** Asks whether somebody is still there; must not block. */
    interface Asking {
        /**
         * Begins a handshake with a key's owner at one place alone.
         *
         * @param place where to send the initiation
         * @param now the key's endpoint, which stays
         */
        void ask(PublicKey key, InetSocketAddress place, InetSocketAddress now);
    }

    /**
     * @param report takes the proved endpoint of each key that was heard; must not block
     * @param cloneFound told a key that two machines seem to use; must not block
     * @param asking asks at the place where a node was before it began to speak elsewhere
     */
    Observed(
            Consumer<Map<PublicKey, InetSocketAddress>> report,
            Consumer<PublicKey> cloneFound,
            Asking asking) {
        this.report = report;
        this.cloneFound = cloneFound;
        this.asking = asking;
    }

    /**
     * A process of a node has spoken; any thread.
     *
     * @param keys the keys of the node
     * @param run the number of the process
     */
    void spoke(Set<PublicKey> keys, String run) {
        if (outlet != null) {
            outlet.schedule(() -> keys.forEach(key -> spoke(key, run)), 0);
        }
    }

    private void spoke(PublicKey key, String run) {
        Endpoint proven = outlet.provenEndpointOrNull(key);
        if (proven == null) {
            return;
        }
        InetSocketAddress now = proven.toSocketAddress();
        switch (runs.spoke(key, run, now)) {
            case RunWatch.Outcome.Nothing() -> {}
            case RunWatch.Outcome.Begun(var place) -> {
                ask(key, place);
                AGAIN_NS.forEach(ns -> outlet.schedule(() -> ask(key, place), ns));
            }
            case RunWatch.Outcome.Copied() -> {
                if (clones.mark(key, outlet.nowNs())) {
                    cloneFound.accept(key);
                }
            }
        }
    }

    private void ask(PublicKey key, InetSocketAddress place) {
        Endpoint proven = outlet.provenEndpointOrNull(key);
        if (proven != null && !clones.isMarked(key, outlet.nowNs())) {
            asking.ask(key, place, proven.toSocketAddress());
        }
    }

    @Override
    public void attached(DatagramOutlet outlet) {
        this.outlet = outlet;
    }

    /** Takes nothing: the events are enough. */
    @Override
    public void filter(PacketBatch datagrams) {}

    @Override
    public void accept(TunnelEvent event) {
        if (outlet == null) {
            return;
        }
        switch (event) {
            case TunnelEvent.HandshakeCompleted completed -> {
                Endpoint proven = outlet.provenEndpointOrNull(completed.peer());
                heard(completed.peer(), proven == null ? null : proven.toSocketAddress());
            }
            case TunnelEvent.EndpointChanged changed -> heard(changed.peer(), changed.endpoint());
            case TunnelEvent.PeerRemoved removed -> {
                clones.forget(removed.peer());
                runs.forget(removed.peer());
                heard.remove(removed.peer());
            }
            default -> {}
        }
    }

    private void heard(PublicKey key, InetSocketAddress endpointOrNull) {
        if (endpointOrNull != null && clones.seen(key, endpointOrNull, outlet.nowNs())) {
            cloneFound.accept(key);
        }
        heard.add(key);
        if (!scheduled) {
            scheduled = true;
            outlet.schedule(this::flush, COALESCE_MS * 1_000_000L);
        }
    }

    private void flush() {
        scheduled = false;
        Map<PublicKey, InetSocketAddress> seen = new HashMap<>();
        for (PublicKey key : heard) {
            Endpoint proven = outlet.provenEndpointOrNull(key);
            if (proven != null && !clones.isMarked(key, outlet.nowNs())) {
                seen.put(key, proven.toSocketAddress());
            }
        }
        heard.clear();
        if (!seen.isEmpty()) {
            report.accept(seen);
        }
    }
}
