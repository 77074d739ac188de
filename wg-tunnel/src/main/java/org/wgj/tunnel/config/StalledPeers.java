// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells which peers handshakes fail with: packets go out and there was no handshake for so long
 * that, had one succeeded, there would be a newer. A peer that is only idle sends nothing and is
 * left alone; it may have roamed to where it is best reached.
 *
 * <p>Reads no clock; used by one thread.
 */
final class StalledPeers {
    private record Seen(Instant handshake, long sinceNs, long sentBytes) {}

    private final Duration patience;
    private final Map<PublicKey, Seen> peers = new HashMap<>();

    /**
     * @param patience how old a handshake gets where all is well, and a little more
     */
    StalledPeers(Duration patience) {
        this.patience = patience;
    }

    /**
     * To be called again and again, with what the peers are like now; returns those stalled.
     *
     * @param timeNs of a clock that nobody sets, unlike the one on the wall
     */
    List<PublicKey> check(List<PeerStatus> now, long timeNs) {
        peers.keySet().retainAll(now.stream().map(PeerStatus::publicKey).toList());
        List<PublicKey> stalled = new ArrayList<>();
        for (PeerStatus peer : now) {
            Seen before = peers.get(peer.publicKey());
            boolean same =
                    before != null
                            && (peer.lastHandshake() == null
                                    ? before.handshake() == null
                                    : peer.lastHandshake().equals(before.handshake()));
            long sinceNs = same ? before.sinceNs() : timeNs;
            if (same
                    && peer.sentBytes() != before.sentBytes()
                    && timeNs - sinceNs >= patience.toNanos()) {
                stalled.add(peer.publicKey());
            }
            peers.put(peer.publicKey(), new Seen(peer.lastHandshake(), sinceNs, peer.sentBytes()));
        }
        return stalled;
    }
}
