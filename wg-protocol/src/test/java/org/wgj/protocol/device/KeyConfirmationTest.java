// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;
import org.wgj.protocol.session.Keypair;
import org.wgj.protocol.session.Keypairs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Previous, current and next session, and when each may send (whitepaper 5.1 and 6.3). */
@ExtendWith(Seeds.class)
class KeyConfirmationTest {
    private final TwoPeers net = new TwoPeers();

    @Test
    void theResponderDoesNotSendBeforeItHasHeardFromTheInitiator() {
        net.lose(
                d ->
                        d.is(Kind.DATA)
                                || d.is(Kind.KEEPALIVE)
                                || d.is(Kind.INITIATION) && d.from() == net.bob);
        net.alice.send("lost on the way");
        net.settle();
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
        assertEquals(1, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(0, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
        net.bob.send("not yet");
        net.settle();
        assertEquals(0, net.sent(net.bob, Kind.DATA).size());

        net.heal();
        net.alice.send("confirmation");
        net.settle();
        assertEquals(1, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(List.of("not yet"), net.alice.texts());
    }

    @Test
    void theResponderGoesOnWithTheOldSessionMeanwhile() {
        net.connect();
        net.run(120 * SECOND);
        net.forgetBeginnings();
        net.lose(d -> d.from() == net.alice && !d.is(Kind.INITIATION));
        net.alice.send("brings about a new session");
        net.settle();
        int old = net.sent(net.alice, Kind.DATA).getFirst().receiverIndex();
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
        net.bob.send("with the old");
        net.settle();
        assertEquals(List.of("with the old"), net.alice.texts());
        assertNotEquals(
                net.last(net.alice, Kind.INITIATION).senderIndex(),
                net.last(net.bob, Kind.DATA).receiverIndex());

        net.heal();
        net.alice.send("with the new");
        assertNotEquals(old, net.last(net.alice, Kind.DATA).receiverIndex());
        net.settle();
        net.bob.send("with the new, too");
        assertEquals(
                net.last(net.alice, Kind.INITIATION).senderIndex(),
                net.last(net.bob, Kind.DATA).receiverIndex());
    }

    @Test
    void packetsOfThePreviousSessionStillArrive() {
        net.connect();
        net.run(120 * SECOND);
        net.forgetBeginnings();
        net.wire = d -> d.is(Kind.DATA) ? List.of(d.delayedBy(SECOND)) : List.of(d);
        net.alice.send("slow");
        net.bob.send("slow answer");
        net.heal();
        net.run(SECOND / 2);
        net.alice.send("quick");
        net.settle();
        assertEquals(List.of("quick"), net.bob.texts());
        net.run(SECOND);
        assertEquals(List.of("quick", "slow"), net.bob.texts());
        assertEquals(List.of("slow answer"), net.alice.texts());
    }

    @Test
    void thereAreNeverMoreThanThreeSessionsAndAHandshake() {
        net.connect();
        net.wire = d -> net.random.nextInt(3) == 0 ? List.of() : List.of(d);
        for (int i = 0; i < 2000; i++) {
            if (net.random.nextBoolean()) {
                net.alice.send("a");
            } else {
                net.bob.send("b");
            }
            net.run(SECOND);
            assertTrue(net.alice.device.indices().size() <= 4);
            assertTrue(net.bob.device.indices().size() <= 4);
        }
        net.heal();
        net.run(200 * SECOND);
        net.forgetBeginnings();
        net.alice.send("still there");
        net.settle();
        assertEquals(List.of("still there"), net.bob.texts());
    }

    @Test
    void bothMayBeginAtOnce() {
        for (long latency : new long[] {1, 10, 200, 400, 800, 2400}) {
            for (int i = 0; i < 5; i++) {
                TwoPeers both = new TwoPeers();
                both.latencyNs = latency * MILLISECOND;
                both.alice.send("from alice");
                both.bob.send("from bob");
                both.run(21 * SECOND);
                assertEquals(List.of("from bob"), both.alice.texts(), latency + " ms");
                assertEquals(List.of("from alice"), both.bob.texts(), latency + " ms");
                both.forgetBeginnings();
                both.alice.send("again");
                both.bob.send("again");
                both.run(5 * SECOND);
                assertEquals(List.of("again"), both.alice.texts(), latency + " ms");
                assertEquals(List.of("again"), both.bob.texts(), latency + " ms");
            }
        }
    }

    @Test
    void aResponseThatComesAfterThePeersSessionWasConfirmedIsRefused() {
        net.wire =
                d ->
                        d.is(Kind.RESPONSE) && d.from() == net.bob
                                ? List.of(d.delayedBy(SECOND))
                                : List.of(d);
        net.alice.send("from alice");
        net.bob.send("from bob");
        net.settle();
        assertEquals(List.of("from bob"), net.alice.texts());
        assertEquals(List.of("from alice"), net.bob.texts());
        net.run(2 * SECOND);
        assertEquals(1, net.alice.drops(DropReason.HANDSHAKE_INVALID));
        assertEquals(1, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(1, net.alice.device.indices().size());
    }

    @Test
    void aSessionOfThePeersThatWasNotConfirmedYetIsKeptWhenOursCompletes() {
        Keypairs keypairs = new Keypairs(k -> {});
        Keypair old = keypair(true);
        Keypair theirs = keypair(false);
        Keypair ours = keypair(true);
        keypairs.add(old);
        keypairs.add(theirs);
        keypairs.add(ours);
        assertSame(ours, keypairs.current());
        assertSame(theirs, keypairs.previous());
        assertNull(keypairs.next());
        assertFalse(keypairs.confirm(theirs));
        assertSame(ours, keypairs.current());
    }

    @Test
    void theSlotsFollowTheTable() {
        List<Keypair> retired = new ArrayList<>();
        Keypairs keypairs = new Keypairs(retired::add);
        Keypair first = keypair(true);
        Keypair second = keypair(true);
        Keypair third = keypair(false);
        Keypair fourth = keypair(false);
        keypairs.add(first);
        keypairs.add(second);
        assertSame(first, keypairs.previous());
        assertSame(second, keypairs.current());
        assertEquals(List.of(), retired);

        keypairs.add(third);
        assertEquals(List.of(first), retired);
        assertNull(keypairs.previous());
        assertSame(second, keypairs.current());
        assertSame(third, keypairs.next());

        keypairs.add(fourth);
        assertEquals(List.of(first, third), retired);
        assertSame(fourth, keypairs.next());

        assertFalse(keypairs.confirm(second));
        assertTrue(keypairs.confirm(fourth));
        assertFalse(keypairs.confirm(fourth), "once");
        assertSame(second, keypairs.previous());
        assertSame(fourth, keypairs.current());
        assertNull(keypairs.next());

        keypairs.clear();
        assertEquals(Set.of(first, second, third, fourth), Set.copyOf(retired));
        assertNull(keypairs.current());
        assertTrue(keypairs.isEmpty());
    }

    private static Keypair keypair(boolean initiator) {
        TransportAead aead = TransportAead.best();
        return new Keypair(aead.key(new byte[32]), aead.key(new byte[32]), 1, 2, initiator, 0);
    }

    @Test
    void anOldDatagramDoesNotConfirmTheNextSession() {
        net.connect();
        net.run(120 * SECOND);
        net.lose(d -> d.from() == net.alice && d.is(Kind.DATA));
        net.alice.send("held back");
        Datagram held = net.last(net.alice, Kind.DATA);
        net.lose(d -> d.from() == net.alice);
        net.settle();
        net.forgetBeginnings();
        net.bob.receive(held);
        assertEquals(List.of("held back"), net.bob.texts());
        assertEquals(0, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
    }
}
