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
 * Finds the peers whose handshakes fail: packets go out, and the last handshake is so old that a
 * successful one would have replaced it. A peer that is only idle sends nothing and is left alone;
 * it may have roamed to its best address.
 *
 * <p>Reads no clock; used by one thread.
 */
final class StalledPeers {
    private record Seen(Instant handshake, long sinceNs, long sentBytes) {}

    private final Duration patience;
    private final Map<PublicKey, Seen> peers = new HashMap<>();

    /**
     * @param patience the greatest age of a handshake if all is well, and a little more
     */
    StalledPeers(Duration patience) {
        this.patience = patience;
    }

    /**
     * Compares the peers with those of the last call and returns the stalled ones; to be called
     * repeatedly.
     *
     * @param now the peers' status
     * @param timeNs of a clock that is never set
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
