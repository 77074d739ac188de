// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;

import java.util.List;

/** A peer that moves every second, with traffic in both directions. */
@ExtendWith(Seeds.class)
class RoamingTrafficTest {
    private static final int MOVES = 600;
    private static final long STEP = 10 * MILLISECOND;

    private final TwoPeers net = TwoPeers.connected();

    /** Alice moves each second; both send every 10 ms. Returns the share of Bob's that arrived. */
    private double arrivedWhileRoaming() {
        for (int move = 0; move < MOVES; move++) {
            net.alice.address = TestNet.endpoint("198.51.100.7", 1 + move);
            for (int i = 0; i < SECOND / STEP; i++) {
                net.alice.send("up");
                net.bob.send("down");
                net.run(STEP);
            }
        }
        return net.alice.received.size() / (double) (MOVES * SECOND / STEP);
    }

    @Test
    void onAFastWireOnlyDatagramsOnTheirWayDuringAMoveAreLost() {
        double arrived = arrivedWhileRoaming();
        System.out.printf("roaming every second: %.1f %% arrived%n", 100 * arrived);
        assertTrue(arrived > 0.96, () -> arrived + " arrived");
    }

    @Test
    void lateDatagramsDoNotMoveTheEndpointBack() {
        net.wire = d -> List.of(d.delayedBy(net.random.nextLong(300 * MILLISECOND)));
        double arrived = arrivedWhileRoaming();
        System.out.printf(
                "roaming every second, up to 300 ms of jitter: %.1f %% arrived%n", 100 * arrived);
        // 67 % if late datagrams move the endpoint. With initiations exactly every 5 s, each as
        // long after a move as the one before, the session ended for good: 23 %.
        assertTrue(arrived > 0.74, () -> arrived + " arrived");
    }
}
