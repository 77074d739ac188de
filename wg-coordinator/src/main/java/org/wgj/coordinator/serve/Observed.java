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
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches where the members' authenticated packets come from, by the tunnel's events, and reports
 * what it saw within {@value #COALESCE_MS} ms together. A key that two machines use keeps the
 * endpoint that it had before that showed. Owned by the tunnel's event loop.
 */
@SuppressWarnings("overloads") // each andThen is called on its own type
final class Observed implements DatagramFilter, Consumer<TunnelEvent> {
    private static final int COALESCE_MS = 100;

    private final Consumer<Map<PublicKey, InetSocketAddress>> report;
    private final Consumer<PublicKey> cloneFound;
    private final CloneWatch clones = new CloneWatch();
    private final Set<PublicKey> heard = new LinkedHashSet<>();
    private DatagramOutlet outlet;
    private boolean scheduled;

    /**
     * @param report takes the proved endpoint of each key that was heard; must not block
     * @param cloneFound told a key that two machines seem to use, once; must not block
     */
    Observed(Consumer<Map<PublicKey, InetSocketAddress>> report, Consumer<PublicKey> cloneFound) {
        this.report = report;
        this.cloneFound = cloneFound;
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
