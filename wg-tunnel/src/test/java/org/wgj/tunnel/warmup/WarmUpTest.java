// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.warmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.DropReason;

import java.util.Map;

class WarmUpTest {
    @Test
    void packetsGoRoundThroughTheWholeDataPath() throws Exception {
        assertTrue(WarmUp.rehearse(5));
    }

    @Test
    void aFloodIsWorkedOnAtFirstAndThenAnsweredByCookies() {
        Map<DropReason, Long> drops = FloodRehearsal.run(20);
        assertTrue(drops.get(DropReason.HANDSHAKE_INVALID) >= 8 * 4, drops.toString());
        assertTrue(drops.get(DropReason.COOKIE_SENT) > 500, drops.toString());
        assertEquals(0, drops.get(DropReason.MAC1_INVALID));
    }
}
