// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.protocol.device.Peer;
import org.wgj.tunnel.jfr.FlightLog;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Tells what happens in a tunnel: to its listeners, to the log and to Flight Recorder.
 *
 * <p>Used on the loop's thread, except that listeners come and go from any thread.
 */
final class TunnelEvents {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    /**
     * Logs the events that listeners get: a program that logs them itself can switch this logger
     * off.
     */
    private static final Logger EVENTS = LoggerFactory.getLogger(TunnelEvent.class);

    private final String name;
    private final List<Consumer<TunnelEvent>> listeners;
    private final FlightLog flight;

    /**
     * @param name the interface's name
     * @param listeners those from the start
     * @param flight used until {@link TunnelEvent.Closed}, and closed then
     */
    TunnelEvents(String name, List<Consumer<TunnelEvent>> listeners, FlightLog flight) {
        this.name = name;
        this.listeners = new CopyOnWriteArrayList<>(listeners);
        this.flight = flight;
    }

    void add(Consumer<TunnelEvent> listener) {
        listeners.add(listener);
    }

    void remove(Consumer<TunnelEvent> listener) {
        listeners.remove(listener);
    }

    void peerAdded(Peer peer) {
        EVENTS.debug("{}: {}: added on demand", name, peer);
        tell(new TunnelEvent.PeerAdded(peer.publicKey()));
    }

    void handshakeStarted(Peer peer) {
        EVENTS.debug("{}: {}: asks for a session", name, peer);
        tell(new TunnelEvent.HandshakeStarted(peer.publicKey()));
    }

    void handshakeUnanswered(Peer peer) {
        EVENTS.debug("{}: {}: does not answer at {}", name, peer, peer.endpoint());
        tell(new TunnelEvent.HandshakeUnanswered(peer.publicKey()));
    }

    void handshakeFailed(Peer peer) {
        EVENTS.debug("{}: {}: did not answer, attempt given up", name, peer);
        flight.failed(peer.publicKey());
        tell(new TunnelEvent.HandshakeFailed(peer.publicKey()));
    }

    void handshakeCompleted(Peer peer, long nowNs) {
        EVENTS.debug("{}: {}: handshake completed", name, peer);
        flight.completed(peer.publicKey(), nowNs);
        tell(new TunnelEvent.HandshakeCompleted(peer.publicKey()));
    }

    void endpointChanged(Peer peer) {
        EVENTS.debug("{}: {}: endpoint is now {}", name, peer, peer.endpoint());
        tell(new TunnelEvent.EndpointChanged(peer.publicKey(), peer.endpoint().toSocketAddress()));
    }

    void sessionExpired(Peer peer) {
        EVENTS.debug("{}: {}: session expired", name, peer);
        tell(new TunnelEvent.SessionExpired(peer.publicKey()));
    }

    /** Tells what a change of the configuration brought about. */
    void changed(List<TunnelEvent> events) {
        for (TunnelEvent event : events) {
            if (event instanceof TunnelEvent.PeerRemoved removed) {
                flight.removed(removed.peer());
            }
            tell(event);
        }
    }

    /** The last event. May be called from any thread, after the loop has ended. */
    void closed(TunnelEvent.Closed event) {
        flight.close();
        tell(event);
    }

    /** An exception of one listener affects neither the others nor the tunnel. */
    private void tell(TunnelEvent event) {
        for (Consumer<TunnelEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException | Error e) {
                LOG.error("{}: a listener failed on {}", name, event, e);
            }
        }
    }
}
