// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.List;

/** The passive keepalive (whitepaper 6.5). */
@ExtendWith(Seeds.class)
class KeepaliveTest {
    private final TwoPeers net = TwoPeers.connected();

    @Test
    void aSilentReceiverSendsOneKeepaliveAfterTenSeconds() {
        TwoPeers fresh = new TwoPeers();
        fresh.alice.send("anyone there?");
        long received = 3 * fresh.latencyNs;
        fresh.run(61 * SECOND);

        List<Datagram> keepalives = fresh.sent(fresh.bob, Kind.KEEPALIVE);
        assertEquals(1, keepalives.size());
        assertEquals(received + 10 * SECOND, keepalives.get(0).atNs());
        assertTrue(
                fresh.sent(fresh.alice, Kind.KEEPALIVE).isEmpty(),
                "a keepalive must not provoke another");
    }

    @Test
    void idlePeersSendNothing() {
        net.run(30 * SECOND);
        net.forgetBeginnings();
        net.run(60 * SECOND);
        assertEquals(List.of(), net.sent());
    }

    @Test
    void aReceiverThatSentSomethingSinceSendsNoKeepalive() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.alice.send("ping");
        net.run(9 * SECOND);
        net.bob.send("pong");
        net.run(5 * SECOND);
        assertEquals(0, net.sent(Kind.KEEPALIVE).size());
        net.run(60 * SECOND);
        assertEquals(0, net.sent(net.bob, Kind.KEEPALIVE).size());
        assertEquals(1, net.sent(net.alice, Kind.KEEPALIVE).size(), "Alice received the pong");
    }

    @Test
    void packetsSentBeforeTheDataDoNotReplaceTheKeepalive() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.bob.send("early");
        net.run(9 * SECOND);
        net.alice.send("data");
        long received = net.nowNs() + net.latencyNs;
        net.run(60 * SECOND);
        assertEquals(received + 10 * SECOND, net.last(net.bob, Kind.KEEPALIVE).atNs());
    }

    @Test
    void theTimeRunsFromTheFirstUnansweredData() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        long received = net.nowNs() + net.latencyNs;
        for (int i = 0; i < 9; i++) {
            net.alice.send("data " + i);
            net.run(SECOND);
        }
        net.run(5 * SECOND);
        assertEquals(received + 10 * SECOND, net.sent(net.bob, Kind.KEEPALIVE).getFirst().atNs());
    }

    @Test
    void anotherKeepaliveFollowsWhenDataArrivedMeanwhile() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        long received = net.nowNs() + net.latencyNs;
        net.alice.send("one");
        net.run(9 * SECOND);
        net.alice.send("two");
        net.run(100 * SECOND);
        assertEquals(
                List.of(received + 10 * SECOND, received + 20 * SECOND),
                net.sent(net.bob, Kind.KEEPALIVE).stream().map(Datagram::atNs).toList());
    }

    @Test
    void noSecondKeepaliveFollowsForDataThatWasAnswered() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.alice.send("one");
        net.run(SECOND);
        net.alice.send("two");
        net.run(SECOND);
        net.bob.send("answer");
        net.run(SECOND);
        net.alice.send("three");
        net.run(100 * SECOND);
        assertEquals(1, net.sent(net.bob, Kind.KEEPALIVE).size());
    }

    @Test
    void aHandshakeWithNothingToSendIsConfirmedByAKeepaliveAtOnce() {
        TwoPeers fresh = new TwoPeers();
        Device alice = fresh.alice.device;
        alice.setPersistentKeepalive(fresh.alice.peer(fresh.bob), 60);
        fresh.alice.configured(fresh.bob);
        fresh.settle();
        assertEquals(
                List.of(Kind.INITIATION, Kind.RESPONSE, Kind.KEEPALIVE),
                fresh.sent().stream().map(Datagram::kind).toList());
        assertEquals(2 * fresh.latencyNs, fresh.last(fresh.alice, Kind.KEEPALIVE).atNs());
        fresh.bob.send("may I?");
        fresh.settle();
        assertEquals(List.of("may I?"), fresh.alice.texts());
    }

    @Test
    void aKeepaliveIsAnEmptyPacketOf32BytesWithoutPadding() {
        net.run(20 * SECOND);
        Datagram keepalive = net.last(net.bob, Kind.KEEPALIVE);
        assertEquals(32, keepalive.bytes().length);
        assertEquals(0, keepalive.trafficClass());
    }
}
