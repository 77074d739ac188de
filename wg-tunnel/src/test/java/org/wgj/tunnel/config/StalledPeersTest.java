// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

class StalledPeersTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final PublicKey KEY = PrivateKey.generate().publicKey();

    private final StalledPeers stalled = new StalledPeers(Duration.ofSeconds(135));

    private List<PublicKey> at(long second, Long handshakeSecond, long sentBytes) {
        Instant handshake = handshakeSecond == null ? null : START.plusSeconds(handshakeSecond);
        PeerStatus peer = new PeerStatus(KEY, null, handshake, 0, sentBytes, 0, List.of());
        return stalled.check(List.of(peer), second * SECOND_NS);
    }

    @Test
    void aPeerThatNeverAnsweredIsStalledAfter135Seconds() {
        for (int second = 0; second < 135; second += 15) {
            assertEquals(List.of(), at(second, null, 148L * second));
        }
        assertEquals(List.of(KEY), at(135, null, 148 * 135));
        assertEquals(List.of(KEY), at(150, null, 148 * 150));
    }

    @Test
    void aHandshakeEndsTheWait() {
        at(0, null, 0);
        assertEquals(List.of(KEY), at(135, null, 148));
        assertEquals(List.of(), at(150, 149L, 1000));
        assertEquals(List.of(), at(165, 149L, 2000));
        assertEquals(List.of(KEY), at(285, 149L, 3000));
    }

    @Test
    void anIdlePeerIsNeverStalled() {
        at(0, 0L, 1000);
        assertEquals(List.of(), at(1000, 0L, 1000));
        assertEquals(List.of(KEY), at(1015, 0L, 1148));
    }

    @Test
    void aPeerThatWasRemovedAndAddedAgainStartsOver() {
        at(0, null, 0);
        stalled.check(List.of(), 100 * SECOND_NS);
        assertEquals(List.of(), at(140, null, 148));
        assertEquals(List.of(), at(150, null, 296));
    }
}
