// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;

import java.util.HashSet;
import java.util.List;

/** A bad wire for a long time: no packet is delivered twice, nothing piles up, and it recovers. */
@ExtendWith(Seeds.class)
class ChaosTest {
    private final TwoPeers net = new TwoPeers();

    @RepeatedTest(5)
    void aWireThatLosesDuplicatesReordersAndMovesDoesNoLastingHarm() {
        net.wire =
                d -> {
                    if (net.random.nextInt(5) == 0) {
                        return List.of();
                    }
                    Datagram late = d.delayedBy(net.random.nextLong(2 * SECOND));
                    return net.random.nextInt(5) == 0
                            ? List.of(d, late)
                            : List.of(net.random.nextBoolean() ? d : late);
                };
        for (int i = 0; i < 1000; i++) {
            Node node = net.random.nextBoolean() ? net.alice : net.bob;
            node.send("packet " + i);
            if (net.random.nextInt(50) == 0) {
                // If both moved at the same time, neither would find the other.
                net.alice.address = TestNet.endpoint("198.51.100." + (i % 200 + 1), 1000 + i);
            }
            net.run(net.random.nextLong(SECOND));
            assertTrue(net.alice.device.indices().size() <= 4);
            assertTrue(net.bob.device.indices().size() <= 4);
        }
        for (Node node : List.of(net.alice, net.bob)) {
            assertEquals(
                    node.received.size(), new HashSet<>(node.texts()).size(), "delivered twice");
            assertTrue(node.received.size() > 200, node.received.size() + " arrived");
        }

        net.heal();
        net.alice.address = TestNet.endpoint("192.0.2.1", 51820);
        net.alice.device.setEndpoint(net.alice.peer(net.bob), net.bob.address);
        net.bob.device.setEndpoint(net.bob.peer(net.alice), net.alice.address);
        // Late datagrams from an old address move an endpoint back until more are received.
        net.run(3 * SECOND);
        // A node notices after 15 s that the other one has lost the session.
        net.alice.send("anybody there?");
        net.bob.send("anybody there?");
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.alice.send("well again");
        net.bob.send("so am I");
        net.run(6 * SECOND);
        assertEquals(List.of("well again"), net.bob.texts());
        assertEquals(List.of("so am I"), net.alice.texts());
    }
}
