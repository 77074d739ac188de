// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SessionWatchTest {
    private static final long SECOND = 1_000_000_000L;

    private final SessionWatch watch = new SessionWatch();

    @Test
    void onlyAnUnusualHandshakeIsASign() {
        watch.started(0);
        assertFalse(watch.completed(SECOND), "the first");
        watch.started(121 * SECOND);
        assertFalse(watch.completed(122 * SECOND), "a renewal");
        assertTrue(watch.completed(130 * SECOND), "the coordinator began");
        watch.started(150 * SECOND);
        assertTrue(watch.completed(150 * SECOND), "something was not answered");
        watch.started(280 * SECOND);
        watch.started(285 * SECOND);
        assertTrue(watch.completed(286 * SECOND), "the renewal was not answered at first");
        watch.started(410 * SECOND);
        assertFalse(watch.completed(410 * SECOND));
    }
}
