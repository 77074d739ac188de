// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;

/** Tells from a peer's last handshake whether its session can carry packets. */
public final class Sessions {
    /** No packet travels in a session older than this (whitepaper 6.1). */
    private static final Duration REJECT_AFTER_TIME = Duration.ofSeconds(180);

    private Sessions() {}

    /** Returns whether the peer has a session that is young enough. */
    public static boolean isAlive(PeerStatus peer, Instant now) {
        Instant last = peer.lastHandshake();
        return last != null && Duration.between(last, now).compareTo(REJECT_AFTER_TIME) <= 0;
    }
}
