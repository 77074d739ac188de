// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;

import java.util.Collections;
import java.util.List;

/**
 * Endpoints whose owner proves paths itself, handshakes on several paths, packets on chosen ones.
 */
@ExtendWith(Seeds.class)
class ManagedEndpointTest {
    private static final Endpoint ELSEWHERE = TestNet.endpoint("198.51.100.7", 4444);
    private static final Endpoint THIRD = TestNet.endpoint("203.0.113.5", 7);

    private final TwoPeers net = TwoPeers.connected();
    private final Endpoint alicesPlace = net.alice.address;

    private Endpoint bobsIdeaOfAlice() {
        return net.bob.peer(net.alice).endpoint();
    }

    private void bobManages() {
        net.bob.device.setManagedEndpoint(net.bob.peer(net.alice), true);
    }

    @Test
    void dataFromElsewhereDoNotMoveAManagedEndpoint() {
        bobManages();
        net.alice.address = ELSEWHERE;
        net.alice.send("moved");
        net.settle();
        assertEquals(List.of("moved"), net.bob.texts());
        assertEquals(alicesPlace, bobsIdeaOfAlice());
        assertEquals(0, net.bob.told(Event.ENDPOINT_CHANGED).size());
    }

    @Test
    void anInitiationIsAnsweredWhereItCameFromAndMovesNothing() {
        bobManages();
        net.run(200 * SECOND);
        net.lose(d -> !d.is(Kind.INITIATION));
        net.alice.address = ELSEWHERE;
        net.alice.send("new session");
        net.settle();
        assertEquals(ELSEWHERE, net.last(net.bob, Kind.RESPONSE).destination());
        assertEquals(alicesPlace, bobsIdeaOfAlice());
    }

    @Test
    void theFirstDatagramOfASessionMovesItAndNoLaterOne() {
        bobManages();
        net.run(200 * SECOND);
        net.alice.address = ELSEWHERE;
        net.alice.send("new session");
        net.settle();
        assertEquals(List.of("new session"), net.bob.texts());
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
        assertEquals(ELSEWHERE, net.bob.peer(net.alice).provenEndpointOrNull());
        assertEquals(1, net.bob.told(Event.ENDPOINT_CHANGED).size());

        net.alice.address = alicesPlace;
        net.alice.send("back");
        net.settle();
        assertEquals(List.of("new session", "back"), net.bob.texts());
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
    }

    @Test
    void ofTwoFirstDatagramsInOneBatchTheFirstMovesIt() {
        bobManages();
        net.run(200 * SECOND);
        net.wire =
                d ->
                        d.is(Kind.KEEPALIVE) && d.from() == net.alice
                                ? List.of(d.withSource(ELSEWHERE))
                                : List.of(d);
        net.bob.send("bob begins"); // so that Alice is the one who confirms with a keepalive
        net.settle();
        net.run(200 * SECOND);
        net.forgetBeginnings();
        net.alice.device.initiate(net.alice.peer(net.bob), null, net.nowNs());
        // Data right behind the keepalive, from where Alice is really.
        net.wire =
                d ->
                        d.is(Kind.KEEPALIVE) && d.from() == net.alice
                                ? List.of(d.withSource(ELSEWHERE), d.withSource(THIRD))
                                : List.of(d);
        net.settle();
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
    }

    @Test
    void anAcceptedResponseMovesIt() {
        net.alice.device.setManagedEndpoint(net.alice.peer(net.bob), true);
        net.run(200 * SECOND);
        net.wire = d -> List.of(d.is(Kind.RESPONSE) ? d.withSource(ELSEWHERE) : d);
        net.alice.send("new session");
        net.settle();
        assertEquals(ELSEWHERE, net.alice.peer(net.bob).endpoint());
    }

    @Test
    void anUnknownEndpointIsTakenFromTheInitiationButIsNotProved() {
        TestNet wild = new TestNet(Seeds.next());
        Node caller = wild.node("caller");
        Node called = wild.node("called");
        caller.meetAtItsAddress(called);
        Peer peer = called.meet(caller);
        called.device.setManagedEndpoint(peer, true);
        wild.lose(d -> d.is(Kind.RESPONSE));
        caller.send("hello");
        wild.settle();
        assertEquals(caller.address, peer.endpoint());
        assertNull(peer.provenEndpointOrNull());
    }

    @Test
    void aConfiguredEndpointAndAnInitiationProveNothing() {
        Peer alice = net.bob.peer(net.alice);
        assertEquals(alicesPlace, alice.provenEndpointOrNull());
        net.run(200 * SECOND);
        net.lose(d -> !d.is(Kind.INITIATION));
        net.alice.address = ELSEWHERE;
        net.alice.send("new session");
        net.settle();
        assertEquals(ELSEWHERE, alice.endpoint());
        assertNull(alice.provenEndpointOrNull());
        net.heal();
        net.run(6 * SECOND);
        assertEquals(ELSEWHERE, alice.provenEndpointOrNull());
        net.bob.device.setEndpoint(alice, THIRD);
        assertNull(alice.provenEndpointOrNull());
    }

    // --- handshakes on several paths

    @Test
    void eachInitiationGoesToEveryPlaceOnceWithTheSameBytes() {
        Peer bob = net.alice.peer(net.bob);
        net.alice.device.setHandshakeEndpoints(bob, List.of(ELSEWHERE, net.bob.address, THIRD));
        net.run(200 * SECOND);
        net.alice.send("new session");
        net.settle();
        List<Datagram> initiations = net.sent(net.alice, Kind.INITIATION);
        assertEquals(
                List.of(net.bob.address, ELSEWHERE, THIRD),
                initiations.stream().map(Datagram::destination).toList());
        assertArrayEquals(initiations.get(0).bytes(), initiations.get(1).bytes());
        assertArrayEquals(initiations.get(0).bytes(), initiations.get(2).bytes());
        assertEquals(List.of("new session"), net.bob.texts());
    }

    @Test
    void theCopyThatArrivesFirstIsAnsweredAndTheOthersAreReplays() {
        Peer bob = net.alice.peer(net.bob);
        net.alice.device.setManagedEndpoint(bob, true);
        net.alice.device.setHandshakeEndpoints(bob, List.of(ELSEWHERE));
        // Elsewhere leads to Bob and back, and is the faster one.
        net.wire =
                d -> {
                    if (d.destination().sameRemote(ELSEWHERE)) {
                        return List.of(d.withDestination(net.bob.address).withSource(THIRD));
                    }
                    if (d.destination().sameRemote(THIRD)) {
                        return List.of(d.withDestination(net.alice.address).withSource(ELSEWHERE));
                    }
                    return List.of(d.delayedBy(5 * MILLISECOND));
                };
        net.run(200 * SECOND);
        net.forgetBeginnings();
        net.alice.send("new session");
        net.settle();
        assertEquals(List.of("new session"), net.bob.texts());
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
        assertEquals(ELSEWHERE, bob.endpoint());
        assertEquals(1, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void moreThanEightFurtherPlacesAreRefused() {
        Peer bob = net.alice.peer(net.bob);
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        net.alice.device.setHandshakeEndpoints(
                                bob, Collections.nCopies(9, ELSEWHERE)));
    }

    @Test
    void aHandshakeMayBeginThoughThereIsASessionButNotTwiceInASecond() {
        Peer bob = net.alice.peer(net.bob);
        net.run(SECOND);
        net.alice.device.initiate(bob, null, net.nowNs());
        net.settle();
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        assertEquals(1, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        net.alice.device.initiate(bob, ELSEWHERE, net.nowNs());
        net.settle();
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        net.run(SECOND);
        net.alice.device.initiate(bob, ELSEWHERE, net.nowNs());
        net.settle();
        assertEquals(3, net.sent(net.alice, Kind.INITIATION).size());
        assertEquals(2, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        net.alice.device.down();
        net.run(2 * SECOND);
        net.alice.device.initiate(bob, null, net.nowNs());
        assertEquals(3, net.sent(net.alice, Kind.INITIATION).size());
    }

    // --- packets on chosen paths

    @Test
    void aPacketGoesWhereItIsSentAndNothingElseChanges() {
        Peer bob = net.alice.peer(net.bob);
        byte[] packet = InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "challenge");
        assertTrue(net.alice.device.sendVia(bob, packet, ELSEWHERE, net.nowNs()));
        assertEquals(ELSEWHERE, net.last(net.alice, Kind.DATA).destination());
        assertEquals(net.bob.address, bob.endpoint());
        net.run(20 * SECOND); // no handshake because nothing came back
        assertEquals(0, net.sent(net.alice, Kind.INITIATION).size());

        net.wire = d -> List.of(d.withDestination(net.bob.address));
        assertTrue(net.alice.device.sendVia(bob, packet, ELSEWHERE, net.nowNs()));
        net.settle();
        assertEquals(List.of("challenge"), net.bob.texts());
    }

    @Test
    void aPacketWithoutAPathOfItsOwnGoesToTheEndpoint() {
        byte[] packet = InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "challenge");
        Peer bob = net.alice.peer(net.bob);
        assertTrue(net.alice.device.sendVia(bob, packet, null, net.nowNs()));
        net.settle();
        assertEquals(List.of("challenge"), net.bob.texts());
    }

    @Test
    void withoutASessionNothingIsSent() {
        byte[] packet = InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "challenge");
        Peer bob = net.alice.peer(net.bob);
        net.run(200 * SECOND);
        net.forgetLog();
        assertFalse(net.alice.device.sendVia(bob, packet, ELSEWHERE, net.nowNs()));
        net.alice.device.removePeer(net.bob.publicKey());
        assertFalse(net.alice.device.sendVia(bob, packet, ELSEWHERE, net.nowNs()));
        assertEquals(List.of(), net.sent());
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        net.alice.device.sendVia(
                                bob, new byte[Device.MAX_MTU + 1], ELSEWHERE, net.nowNs()));
    }
}
