// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Bytes that a tunnel sends by itself are no data, so that a quiet path stays quiet. */
class TrafficTest {
    private static final int INITIATION = 148;
    private static final int RESPONSE = 92;
    private static final int KEEPALIVE = 32;

    private final Traffic traffic = new Traffic();

    @Test
    void aHandshakeThatGoesOverThreeRelaysTooIsNoData() {
        traffic.count(1_000, 1_000, false, 0);
        traffic.count(1_000 + 2 * RESPONSE, 1_000 + 4 * INITIATION + KEEPALIVE, true, 1);
        assertFalse(traffic.isFlowing());
        assertEquals(10, traffic.quietNs(10));
    }

    @Test
    void longDataIsUnansweredUntilThePeerSaysSomething() {
        traffic.count(0, 0, false, 0);
        traffic.count(KEEPALIVE, 1_452, false, 1);
        assertTrue(traffic.isUnanswered());
        traffic.count(KEEPALIVE + 80, 2 * 1_452, false, 2);
        assertFalse(traffic.isUnanswered());
        traffic.count(KEEPALIVE + 80, 2 * 1_452 + 80, false, 3);
        assertFalse(traffic.isUnanswered(), "what is short was not too long");
    }

    @Test
    void dataBesideAHandshakeAndLittleDataWithoutOneAreSeen() {
        traffic.count(0, 0, false, 0);
        traffic.count(RESPONSE, INITIATION + 1_452, true, 1);
        assertTrue(traffic.isFlowing());
        traffic.count(RESPONSE, INITIATION + 1_452 + KEEPALIVE, false, 2);
        assertFalse(traffic.isFlowing());
        traffic.count(RESPONSE + 64, INITIATION + 1_452 + KEEPALIVE + 64, false, 3);
        assertTrue(traffic.isFlowing());
    }
}
