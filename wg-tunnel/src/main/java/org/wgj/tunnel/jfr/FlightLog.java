// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import org.wgj.crypto.PublicKey;

import java.util.HashMap;
import java.util.Map;

/**
 * Records what happens to a tunnel. It does nothing, allocates nothing and loads no class of an
 * event until Flight Recorder is in use: loading one takes a tenth of a second and more. Owned by
 * the tunnel's thread.
 */
public final class FlightLog implements AutoCloseable {
    /** Whether this runtime has the module jdk.jfr, which is optional. */
    private static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private final FlightSource source;

    /** When the recorded peers had their last handshake; empty while nothing is recorded. */
    private final Map<PublicKey, Long> handshakesNs = new HashMap<>();

    /**
     * Begins to offer the counters of a tunnel.
     *
     * @param source the tunnel
     */
    public FlightLog(FlightSource source) {
        this.source = source;
        if (AVAILABLE) {
            FlightRecords.add(source);
        }
    }

    /**
     * Records a handshake: as a renewal if one with that peer was recorded less than 180 s ago.
     *
     * @param peer with which
     * @param nowNs the tunnel's time
     */
    public void completed(PublicKey peer, long nowNs) {
        if (!AVAILABLE || !FlightRecords.isInUse()) {
            return;
        }
        Long last = handshakesNs.put(peer, nowNs);
        FlightRecords.completed(source.name(), peer, last == null ? -1 : nowNs - last);
    }

    /**
     * Records that an attempt was given up.
     *
     * @param peer the one that did not answer
     */
    public void failed(PublicKey peer) {
        if (AVAILABLE && FlightRecords.isInUse()) {
            FlightRecords.failed(source.name(), peer);
        }
    }

    /**
     * Forgets a peer.
     *
     * @param peer the one that was removed
     */
    public void removed(PublicKey peer) {
        handshakesNs.remove(peer);
    }

    /** Ends the records of the tunnel; may be called from any thread, and again. */
    @Override
    public void close() {
        if (AVAILABLE) {
            FlightRecords.remove(source);
        }
    }
}
