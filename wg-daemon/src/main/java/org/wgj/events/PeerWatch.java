// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells from handshakes which peers are connected, without a clock or a thread. A peer connects
 * with a handshake. It goes silent if no handshake follows within a time, or if it does not answer
 * an attempt until that is given up.
 *
 * <p>It has an entry for each peer of the interface that was heard of. Used by one thread.
 */
final class PeerWatch {
    /** A moving peer is reported so often at most: one that takes turns among addresses. */
    static final long MOVES_APART_NS = 10_000_000_000L;

    /** Takes what was found out. */
    interface Findings {
        void connected(PublicKey peer);

        /**
         * @param endpointOrNull where it was last
         * @param unanswered whether it was asked for a session and did not answer
         */
        void silent(PublicKey peer, Endpoint endpointOrNull, boolean unanswered);

        /**
         * @param changes how often it moved since the last report
         */
        void moved(PublicKey peer, Endpoint endpoint, long changes);
    }

    private static final class Watched {
        Endpoint endpoint;
        boolean connected;
        boolean unanswered; // an attempt's first initiation was not answered
        long handshakeNs;
        long moves; // not yet reported
        long movedNs; // of the last report
        boolean everMoved;
    }

    private final long silentAfterNs;
    private final Findings findings;
    private final Map<PublicKey, Watched> peers = new HashMap<>();

    /** The connected peers, the one with the oldest handshake first. */
    private final Map<PublicKey, Watched> connected = new LinkedHashMap<>();

    /** Peers with moves that were not reported yet. */
    private final Map<PublicKey, Watched> moving = new LinkedHashMap<>();

    PeerWatch(long silentAfterNs, Findings findings) {
        this.silentAfterNs = silentAfterNs;
        this.findings = findings;
    }

    private Watched of(PublicKey peer) {
        return peers.computeIfAbsent(peer, _ -> new Watched());
    }

    /**
     * Begins with a peer whose state is known, without a report. To be called in the order of the
     * handshakes, the oldest first.
     *
     * @param endpointOrNull null if unknown
     */
    void begin(PublicKey peer, Endpoint endpointOrNull, long handshakeNs) {
        Watched one = of(peer);
        one.endpoint = endpointOrNull;
        if (!one.connected) {
            setConnected(peer, one, handshakeNs);
        }
    }

    private void setConnected(PublicKey peer, Watched one, long nowNs) {
        one.connected = true;
        one.unanswered = false;
        one.handshakeNs = nowNs;
        connected.remove(peer);
        connected.put(peer, one);
    }

    /** Returns whether the peer was silent before. */
    boolean handshake(PublicKey peer, long nowNs) {
        Watched one = of(peer);
        boolean first = !one.connected;
        setConnected(peer, one, nowNs);
        if (first) {
            findings.connected(peer);
        }
        return first;
    }

    /** Remembers where a peer is, as far as it is still known. */
    void locate(PublicKey peer, Endpoint endpointOrNull) {
        Watched one = peers.get(peer);
        if (one != null && one.moves == 0) {
            one.endpoint = endpointOrNull;
        }
    }

    void unanswered(PublicKey peer) {
        of(peer).unanswered = true;
    }

    /** An attempt was given up. */
    void failed(PublicKey peer) {
        Watched one = of(peer);
        one.unanswered = true;
        silence(peer, one);
    }

    /** The session's keys were wiped. */
    void expired(PublicKey peer) {
        silence(peer, of(peer));
    }

    void moved(PublicKey peer, Endpoint endpoint, long nowNs) {
        Watched one = of(peer);
        one.endpoint = endpoint;
        if (!one.connected) {
            return; // the report of its connection has the endpoint
        }
        one.moves++;
        moving.putIfAbsent(peer, one);
        reportMove(peer, one, nowNs);
    }

    private void reportMove(PublicKey peer, Watched one, long nowNs) {
        if (one.everMoved && nowNs - one.movedNs < MOVES_APART_NS) {
            return; // a tick reports it
        }
        one.everMoved = true;
        one.movedNs = nowNs;
        long moves = one.moves;
        one.moves = 0;
        moving.remove(peer);
        findings.moved(peer, one.endpoint, moves);
    }

    void removed(PublicKey peer) {
        peers.remove(peer);
        connected.remove(peer);
        moving.remove(peer);
    }

    /** Reports what has come with time. */
    void tick(long nowNs) {
        for (Map.Entry<PublicKey, Watched> each : Map.copyOf(moving).entrySet()) {
            reportMove(each.getKey(), each.getValue(), nowNs);
        }
        for (Iterator<Map.Entry<PublicKey, Watched>> all = connected.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<PublicKey, Watched> oldest = all.next();
            if (nowNs - oldest.getValue().handshakeNs < silentAfterNs) {
                return;
            }
            all.remove();
            silence(oldest.getKey(), oldest.getValue());
        }
    }

    private void silence(PublicKey peer, Watched one) {
        if (!one.connected) {
            return;
        }
        one.connected = false;
        one.moves = 0;
        connected.remove(peer);
        moving.remove(peer);
        findings.silent(peer, one.endpoint, one.unanswered);
    }

    int connectedCount() {
        return connected.size();
    }
}
