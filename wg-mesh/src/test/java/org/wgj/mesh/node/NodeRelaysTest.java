// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.path.PathKind;
import org.wgj.mesh.path.PathReport;

import java.net.InetSocketAddress;
import java.time.Instant;

class NodeRelaysTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final InetSocketAddress PLACE = new InetSocketAddress("192.0.2.3", 51820);

    private static boolean isProved(
            PathKind kind, Instant handshakeOrNull, InetSocketAddress placeOrNull) {
        return NodeRelays.isProved(
                new PathReport(
                        3, "wg0", TestMaps.key(3), kind, null, -1, handshakeOrNull, placeOrNull),
                NOW);
    }

    /** A stock peer's path stays direct when it is gone: nothing else tells. */
    @Test
    void aPeerWhoseSessionHasEndedIsNotServedAtItsOldPlace() {
        assertTrue(isProved(PathKind.DIRECT, NOW.minusSeconds(179), PLACE));
        assertTrue(isProved(PathKind.LAN, NOW, PLACE));
        assertFalse(isProved(PathKind.DIRECT, NOW.minusSeconds(180), PLACE));
        assertFalse(isProved(PathKind.DIRECT, null, PLACE));
        assertFalse(isProved(PathKind.RELAY, NOW, PLACE));
        assertFalse(isProved(PathKind.DIRECT, NOW, null));
    }
}
