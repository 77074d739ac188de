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
    /** True if this runtime has the module jdk.jfr, which is optional. */
    private static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private final FlightSource sourceOrNull; // null if nothing is recorded, ever

    /** When the recorded peers had their last handshake; empty while nothing is recorded. */
    private final Map<PublicKey, Long> handshakesNs = new HashMap<>();

    /**
     * Begins to offer the counters of a tunnel.
     *
     * @param source the tunnel
     */
    public FlightLog(FlightSource source) {
        sourceOrNull = AVAILABLE ? source : null;
        if (AVAILABLE) {
            FlightRecords.add(source);
        }
    }

    private FlightLog() {
        sourceOrNull = null;
    }

    /**
     * Returns a log of a tunnel that is not to be recorded.
     *
     * @return a log that does nothing
     */
    public static FlightLog nowhere() {
        return new FlightLog();
    }

    private boolean isInUse() {
        return sourceOrNull != null && FlightRecords.isInUse();
    }

    /**
     * Records a handshake: as a renewal if one with that peer was recorded less than 180 s ago.
     *
     * @param peer with which
     * @param nowNs the tunnel's time
     */
    public void completed(PublicKey peer, long nowNs) {
        if (!isInUse()) {
            return;
        }
        Long last = handshakesNs.put(peer, nowNs);
        FlightRecords.completed(sourceOrNull.name(), peer, last == null ? -1 : nowNs - last);
    }

    /**
     * Records that an attempt was given up.
     *
     * @param peer the one that did not answer
     */
    public void failed(PublicKey peer) {
        if (isInUse()) {
            FlightRecords.failed(sourceOrNull.name(), peer);
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
        if (sourceOrNull != null) {
            FlightRecords.remove(sourceOrNull);
        }
    }
}
