// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;

import java.util.ArrayList;
import java.util.List;

/** When a session is renewed and when it is too old (whitepaper 6.2). */
@ExtendWith(Seeds.class)
class RekeyTest {
    private final TwoPeers net = TwoPeers.connected();

    /** When the session began for Alice, the initiator. */
    private final long aliceBorn = 2 * net.latencyNs;

    private final long bobBorn = net.latencyNs;

    private void runUntil(long ns) {
        net.run(ns - net.nowNs());
    }

    @Test
    void theInitiatorRenewsTheSessionWhenItSendsAfter120Seconds() {
        runUntil(aliceBorn + 120 * SECOND - 1);
        net.alice.send("just young enough");
        assertEquals(0, net.sent(Kind.INITIATION).size());

        runUntil(aliceBorn + 120 * SECOND);
        net.alice.send("old");
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        assertEquals(2, net.sent(net.alice, Kind.DATA).size(), "the old session still sends");

        net.settle();
        assertEquals(List.of("just young enough", "old"), net.bob.texts());
        assertEquals(1, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(1, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
    }

    @Test
    void aSessionThatIsNotUsedIsNotRenewed() {
        net.run(1000 * SECOND);
        assertEquals(0, net.sent(Kind.INITIATION).size());
    }

    @Test
    void theResponderDoesNotRenewByAge() {
        runUntil(bobBorn + 179 * SECOND);
        net.bob.send("late");
        assertEquals(0, net.sent(net.bob, Kind.INITIATION).size());
        assertEquals(1, net.sent(net.bob, Kind.DATA).size());
    }

    @Test
    void aRekeyIntervalOfLessThan120SecondsMayBeSet() {
        net.alice.device.setRekeyAfter(30 * SECOND);
        runUntil(aliceBorn + 30 * SECOND - 1);
        net.alice.send("young");
        assertEquals(0, net.sent(Kind.INITIATION).size());
        runUntil(aliceBorn + 30 * SECOND);
        net.alice.send("old");
        assertEquals(1, net.sent(Kind.INITIATION).size());
    }

    @Test
    void aRekeyIntervalIsNeverLongerThan120Seconds() {
        assertThrows(
                IllegalArgumentException.class,
                () -> net.alice.device.setRekeyAfter(120 * SECOND + 1));
        assertThrows(IllegalArgumentException.class, () -> net.alice.device.setRekeyAfter(0));
        net.alice.device.setRekeyAfter(120 * SECOND);
    }

    @Test
    void nothingIsSentWithASessionOf180Seconds() {
        runUntil(aliceBorn + 180 * SECOND);
        net.alice.send("too late");
        assertEquals(0, net.sent(net.alice, Kind.DATA).size());
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        net.settle();
        assertEquals(List.of("too late"), net.bob.texts());
    }

    @Test
    void theResponderSendsNothingWithASessionOf180SecondsEither() {
        runUntil(bobBorn + 180 * SECOND - 1);
        net.bob.send("in time");
        assertEquals(1, net.sent(net.bob, Kind.DATA).size());

        runUntil(bobBorn + 180 * SECOND);
        net.bob.send("too late");
        assertEquals(1, net.sent(net.bob, Kind.DATA).size());
        assertEquals(1, net.sent(net.bob, Kind.INITIATION).size());
    }

    @Test
    void nothingIsReceivedWithASessionOf180Seconds() {
        long[] arrivals = {bobBorn + 180 * SECOND - 1, bobBorn + 180 * SECOND};
        net.wire =
                d ->
                        d.is(Kind.DATA)
                                ? List.of(d.delayedBy(arrivals[0] - d.arrivesNs()))
                                : List.of();
        net.alice.send("in time");
        net.wire =
                d ->
                        d.is(Kind.DATA)
                                ? List.of(d.delayedBy(arrivals[1] - d.arrivesNs()))
                                : List.of();
        net.alice.send("too late");
        runUntil(arrivals[1] + 1);

        assertEquals(List.of("in time"), net.bob.texts());
        assertEquals(1, net.bob.drops(DropReason.SESSION_EXPIRED));
    }

    @Test
    void theInitiatorRenewsWhenItReceivesAfter165Seconds() {
        runUntil(aliceBorn + 165 * SECOND - net.latencyNs - 1);
        net.bob.send("just young enough");
        net.run(net.latencyNs);
        assertEquals(0, net.sent(Kind.INITIATION).size());

        net.run(1 - net.latencyNs);
        net.bob.send("old");
        net.run(net.latencyNs);
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        assertEquals(aliceBorn + 165 * SECOND, net.last(net.alice, Kind.INITIATION).atNs());
    }

    @Test
    void theInitiatorRenewsOnReceiptOncePerSession() {
        runUntil(aliceBorn + 165 * SECOND);
        net.lose(Datagram::isHandshake);
        List<Long> arrivals = new ArrayList<>();
        for (int i = 0; i < 140; i++) {
            net.bob.send("tick");
            arrivals.add(net.nowNs() + net.latencyNs);
            net.run(100 * MILLISECOND);
        }
        List<Long> initiations =
                net.sent(net.alice, Kind.INITIATION).stream().map(Datagram::atNs).toList();
        assertEquals(3, initiations.size());
        assertEquals(arrivals.getFirst(), initiations.getFirst());
        arrivals.retainAll(initiations);
        assertEquals(1, arrivals.size(), "the others are retransmissions");
    }

    @Test
    void theNextSessionIsRenewedAgain() {
        for (int session = 0; session < 3; session++) {
            net.run(165 * SECOND);
            net.bob.send("tick");
            net.settle();
            assertEquals(session + 1, net.sent(net.alice, Kind.INITIATION).size());
        }
    }

    @Test
    void theResponderDoesNotRenewWhenItReceives() {
        net.lose(d -> d.isHandshake());
        runUntil(bobBorn + 170 * SECOND);
        net.alice.send("old");
        net.settle();
        assertEquals(List.of("old"), net.bob.texts());
        assertEquals(0, net.sent(net.bob, Kind.INITIATION).size());
    }

    @Test
    void trafficFlowsThroughManyRenewalsWithoutLoss() {
        for (int second = 0; second < 1000; second++) {
            net.alice.send("a" + second);
            net.bob.send("b" + second);
            net.run(SECOND);
        }
        net.settle();
        assertEquals(1000, net.alice.received.size());
        assertEquals(1000, net.bob.received.size());
        assertEquals("a999", net.bob.texts().getLast());
        int sessions = net.alice.told(Event.HANDSHAKE_COMPLETED).size();
        assertEquals(1000 / 120, sessions);
    }
}
