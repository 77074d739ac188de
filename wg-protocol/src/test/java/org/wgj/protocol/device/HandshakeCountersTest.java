// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.HandshakeCounters;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.Arrays;

/** A device's counters of handshakes and queues, against the datagrams on the wire. */
@ExtendWith(Seeds.class)
class HandshakeCountersTest {
    private final TwoPeers net = new TwoPeers();

    private long sent(Node node, Kind kind) {
        return net.sent(node, kind).size();
    }

    @Test
    void aSessionIsCountedByTheSideThatBeganIt() {
        net.connect();
        assertEquals(
                new HandshakeCounters(1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0),
                net.alice.device.handshakes());
        assertEquals(
                new HandshakeCounters(0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1),
                net.bob.device.handshakes());
    }

    @Test
    void anAttemptWithoutAnAnswerIsUnansweredThenFailed() {
        net.lose(d -> true);
        net.alice.send("anyone?");
        long waiting = net.alice.device.stagedBytes();
        assertTrue(waiting > "anyone?".length(), waiting + " bytes");
        net.run(20 * SECOND);
        HandshakeCounters early = net.alice.device.handshakes();
        assertEquals(sent(net.alice, Kind.INITIATION), early.initiationsSent());
        assertEquals(1, early.unanswered());
        assertEquals(0, early.failed());
        net.run(1000 * SECOND);
        assertEquals(
                new HandshakeCounters(20, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0),
                net.alice.device.handshakes());
        assertEquals(0, net.alice.device.stagedBytes(), "given up");
    }

    @Test
    void aReplayedInitiationIsNotReceivedAgain() {
        net.connect();
        Datagram initiation = net.sent(net.alice, Kind.INITIATION).getFirst();
        net.bob.receive(initiation);
        assertEquals(1, net.bob.drops(DropReason.HANDSHAKE_INVALID));
        assertEquals(1, net.bob.device.handshakes().initiationsReceived());
        assertEquals(1, net.bob.device.handshakes().responsesSent());
    }

    @Test
    void cookiesAreCountedOnBothSides() {
        byte[] bytes = new byte[148];
        net.random.nextBytes(bytes);
        bytes[0] = 1;
        Arrays.fill(bytes, 1, 4, (byte) 0);
        NoiseByHand.writeMac1(bytes, net.bob.publicKey());
        Datagram forged =
                new Datagram(
                        null,
                        0,
                        0,
                        TestNet.endpoint("203.0.113.66", 666),
                        net.bob.address,
                        (byte) 0,
                        bytes);
        Datagram[] flood = new Datagram[600];
        Arrays.fill(flood, forged);
        for (long at = 0; at < 10 * SECOND; at += SECOND / 2) {
            net.after(at, () -> net.bob.receive(flood));
        }
        net.run(SECOND);
        net.alice.send("let me in");
        net.run(10 * SECOND);
        assertEquals(1, net.alice.device.handshakes().cookieRepliesReceived());
        assertEquals(
                net.bob.drops(DropReason.COOKIE_SENT),
                net.bob.device.handshakes().cookieRepliesSent());
        assertEquals(
                sent(net.bob, Kind.COOKIE_REPLY), net.bob.device.handshakes().cookieRepliesSent());
    }
}
