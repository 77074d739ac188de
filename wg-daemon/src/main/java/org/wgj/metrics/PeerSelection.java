// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Selects the peers that get series of their own. Thousands of peers are a burden to Prometheus.
 */
public enum PeerSelection {
    /** Every peer. */
    ALL,
    /** Peers whose last handshake is at most 3 minutes old, the life of a session. */
    ACTIVE,
    /** No peer; the counts of peers stay. */
    OFF;

    /** A session carries nothing after this time (whitepaper 6.1). */
    static final Duration SESSION = Duration.ofSeconds(180);

    /**
     * @throws IllegalArgumentException if the text is none of the three
     */
    public static PeerSelection parse(String text) {
        for (PeerSelection selection : values()) {
            if (selection.name().toLowerCase(Locale.ROOT).equals(text)) {
                return selection;
            }
        }
        throw new IllegalArgumentException(
                "--metrics-peers: expected all, active or off, not '" + text + "'");
    }

    boolean includes(PeerStatus peer, Instant now) {
        return this == ALL || this == ACTIVE && isConnected(peer, now);
    }

    static boolean isConnected(PeerStatus peer, Instant now) {
        return peer.lastHandshake() != null
                && Duration.between(peer.lastHandshake(), now).compareTo(SESSION) <= 0;
    }
}
