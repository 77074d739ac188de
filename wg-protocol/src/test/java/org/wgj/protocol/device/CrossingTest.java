// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;

import java.util.List;

/**
 * Initiations that cross do not undo each other. In the kernel and in wireguard-go they do: taking
 * the peer's initiation overwrites the state of one's own, and both sides wait 5 s.
 */
@ExtendWith(Seeds.class)
class CrossingTest {
    private static final int RUNS = 50;

    @ParameterizedTest
    @ValueSource(ints = {0, 50, 200})
    void nodesThatRestartTogetherHaveASessionAfterOneRoundTrip(int roundTripMs) {
        int crossed = 0;
        for (int run = 0; run < RUNS; run++) {
            TwoPeers net = TwoPeers.connected();
            net.latencyNs = roundTripMs * MILLISECOND / 2;
            net.run(net.random.nextLong(200 * SECOND));
            net.forgetBeginnings();

            net.alice.reboot(net.bob);
            net.bob.reboot(net.alice);
            // With the jitter of two machines, less than the time to the other one.
            long apart = net.random.nextLong(Math.max(1, net.latencyNs));
            net.alice.send("from alice");
            net.after(apart, () -> net.bob.send("from bob"));
            net.run(roundTripMs * MILLISECOND + SECOND - 1);

            assertEquals(List.of("from alice"), net.bob.texts(), () -> "" + net.sent());
            assertEquals(List.of("from bob"), net.alice.texts(), () -> "" + net.sent());
            for (Node node : List.of(net.alice, net.bob)) {
                assertTrue(!node.told(Event.HANDSHAKE_COMPLETED).isEmpty());
                crossed += net.sent(node, Kind.INITIATION).size();
            }
            // The session that both use now carries data each way.
            net.alice.send("again");
            net.bob.send("again");
            net.run(roundTripMs * MILLISECOND + MILLISECOND);
            assertEquals(List.of("from alice", "again"), net.bob.texts());
            assertEquals(List.of("from bob", "again"), net.alice.texts());
        }
        if (roundTripMs > 0) {
            assertEquals(2 * RUNS, crossed, "each time both have begun, and once");
        }
    }
}
