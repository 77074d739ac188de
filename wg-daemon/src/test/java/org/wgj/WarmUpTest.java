package org.wgj;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WarmUpTest {
    @Test
    void packetsGoRoundThroughTheWholeDataPath() throws Exception {
        assertTrue(WarmUp.rehearse(5));
    }
}
