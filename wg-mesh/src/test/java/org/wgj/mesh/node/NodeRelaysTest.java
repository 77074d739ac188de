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
    /** A wall clock that was set a year back after all handshakes; it must not matter. */
    private static final Instant WALL = Instant.parse("2027-11-28T12:00:00Z");

    private static final long NOW = -5; // nanoTime has any origin
    private static final long SECOND = 1_000_000_000L;
    private static final InetSocketAddress PLACE = new InetSocketAddress("192.0.2.3", 51820);

    private static boolean isProved(
            PathKind kind, long handshakeNs, InetSocketAddress placeOrNull) {
        return NodeRelays.isProved(
                new PathReport(
                        3, "wg0", TestMaps.key(3), kind, null, -1, WALL, handshakeNs, placeOrNull),
                NOW);
    }

    /** A stock peer's path stays direct when it is gone: nothing else tells. */
    @Test
    void aPeerWhoseSessionHasEndedIsNotServedAtItsOldPlace() {
        assertTrue(isProved(PathKind.DIRECT, NOW - 179 * SECOND, PLACE));
        assertTrue(isProved(PathKind.LAN, NOW, PLACE));
        assertFalse(isProved(PathKind.DIRECT, NOW - 180 * SECOND, PLACE));
        assertFalse(isProved(PathKind.DIRECT, PathReport.NEVER, PLACE));
        assertFalse(isProved(PathKind.RELAY, NOW, PLACE));
        assertFalse(isProved(PathKind.DIRECT, NOW, null));
    }
}
