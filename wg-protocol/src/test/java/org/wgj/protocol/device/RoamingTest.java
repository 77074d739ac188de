// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;

import java.util.List;

/** We send to the address where a peer was last heard from, authentically (whitepaper 2.1). */
@ExtendWith(Seeds.class)
class RoamingTest {
    private static final Endpoint ELSEWHERE = TestNet.endpoint("198.51.100.7", 4444);

    private final TwoPeers net = TwoPeers.connected();

    private Endpoint bobsIdeaOfAlice() {
        return net.bob.peer(net.alice).endpoint();
    }

    @Test
    void dataMovesTheEndpoint() {
        net.alice.address = ELSEWHERE;
        net.alice.send("moved");
        net.settle();
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
        assertEquals(1, net.bob.told(Event.ENDPOINT_CHANGED).size());
        net.bob.send("found you");
        net.settle();
        assertEquals(List.of("found you"), net.alice.texts());
    }

    @Test
    void aKeepaliveMovesTheEndpoint() {
        net.bob.send("hello");
        net.settle();
        net.alice.address = ELSEWHERE;
        net.run(11 * SECOND);
        assertEquals(1, net.sent(net.alice, Kind.KEEPALIVE).size());
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
    }

    @Test
    void anInitiationMovesTheEndpoint() {
        net.run(200 * SECOND);
        net.lose(d -> !d.is(Kind.INITIATION));
        net.alice.address = ELSEWHERE;
        net.alice.send("new session");
        net.settle();
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
        assertEquals(ELSEWHERE, net.last(net.bob, Kind.RESPONSE).destination());
    }

    @Test
    void aResponseMovesTheEndpoint() {
        net.run(200 * SECOND);
        net.wire = d -> List.of(d.is(Kind.RESPONSE) ? d.withSource(ELSEWHERE) : d);
        net.alice.send("new session");
        net.settle();
        assertEquals(ELSEWHERE, net.alice.peer(net.bob).endpoint());
    }

    @Test
    void aPortAloneIsAMoveToo() {
        Endpoint port = TestNet.endpoint("192.0.2.1", 4000);
        net.alice.address = port;
        net.alice.send("moved");
        net.settle();
        assertEquals(port, bobsIdeaOfAlice());
        assertEquals(1, net.bob.told(Event.ENDPOINT_CHANGED).size());
    }

    @Test
    void fromIpv4ToIpv6() {
        net.alice.address = TestNet.endpoint("2001:db8::5", 51820);
        net.alice.send("moved");
        net.settle();
        assertEquals(net.alice.address, bobsIdeaOfAlice());
    }

    @Test
    void anUnchangedEndpointIsNoEvent() {
        net.alice.send("here");
        net.settle();
        assertEquals(0, net.bob.told(Event.ENDPOINT_CHANGED).size());
    }

    @Test
    void aNewLocalAddressIsRememberedButIsNoMove() {
        Endpoint a = net.alice.address;
        Endpoint sticky = new Endpoint(false, 0, a.low(), a.port(), 0, 0, 0xc0000299L, 2);
        net.wire = d -> List.of(d.withSource(sticky));
        net.alice.send("here");
        net.settle();
        assertEquals(sticky, bobsIdeaOfAlice());
        assertEquals(0, net.bob.told(Event.ENDPOINT_CHANGED).size());
        net.bob.send("answer");
        assertEquals(sticky, net.last(net.bob, Kind.DATA).destination());

        net.bob.device.forgetSource(sticky);
        assertEquals(a, bobsIdeaOfAlice());
        net.alice.send("here");
        net.settle();
        net.bob.device.forgetSources();
        assertEquals(a, bobsIdeaOfAlice());
    }

    @Test
    void aForgedPacketWithTheRightIndexDoesNotMoveTheEndpoint() {
        net.alice.send("genuine");
        Datagram genuine = net.last(net.alice, Kind.DATA);
        Datagram forged =
                genuine.withBitFlipped(8 * genuine.bytes().length - 1).withSource(ELSEWHERE);
        net.bob.receive(forged);
        assertEquals(net.alice.address, bobsIdeaOfAlice());
        assertEquals(1, net.bob.drops(DropReason.AUTHENTICATION_FAILED));
        net.settle();
        assertEquals(List.of("genuine"), net.bob.texts());
    }

    @Test
    void aLateDatagramFromTheOldAddressDoesNotMoveTheEndpointBack() {
        net.wire = d -> List.of();
        net.alice.send("late");
        net.wire = TestNet.Wire.HONEST;
        net.alice.address = ELSEWHERE;
        net.alice.send("moved");
        net.settle();
        net.bob.receive(net.sent(net.alice, Kind.DATA).getFirst());
        assertEquals(List.of("moved", "late"), net.bob.texts());
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
    }

    @Test
    void aLateDatagramOfThePreviousSessionDoesNotMoveItBackEither() {
        net.lose(d -> d.is(Kind.DATA));
        net.alice.send("late");
        net.heal();
        net.alice.address = ELSEWHERE;
        net.run(16 * SECOND); // without an answer Alice begins a new session
        assertEquals(1, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
        net.bob.receive(net.sent(net.alice, Kind.DATA).getFirst());
        assertEquals(List.of("late"), net.bob.texts());
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());

        net.alice.address = TestNet.endpoint("198.51.100.8", 5555);
        net.alice.send("moved again");
        net.settle();
        assertEquals(net.alice.address, bobsIdeaOfAlice());
    }

    @Test
    void aLateDatagramOfASessionThatWeRenewedDoesNotMoveItBackEither() {
        TwoPeers begunByBob = new TwoPeers();
        Node alice = begunByBob.alice;
        Node bob = begunByBob.bob;
        bob.send("first");
        begunByBob.run(121 * SECOND);
        begunByBob.lose(d -> d.is(Kind.DATA) && d.from() == alice);
        alice.send("late");
        Datagram late = begunByBob.last(alice, Kind.DATA);
        begunByBob.heal();
        bob.send("renews the session");
        begunByBob.settle();
        assertEquals(2, bob.told(Event.HANDSHAKE_COMPLETED).size());
        alice.address = ELSEWHERE;
        alice.send("moved");
        begunByBob.settle();
        bob.receive(late);
        assertEquals(List.of("moved", "late"), bob.texts());
        assertEquals(ELSEWHERE, bob.peer(alice).endpoint());
    }

    @Test
    void aPeerIsFollowedInTheSessionBeforeWhileItHasNoOther() {
        TwoPeers begunByBob = new TwoPeers();
        Node alice = begunByBob.alice;
        Node bob = begunByBob.bob;
        bob.send("first");
        begunByBob.run(121 * SECOND);
        // Alice answers Bob's initiation, but does not learn whether he received the response.
        begunByBob.lose(d -> d.from() == bob && !d.is(Kind.INITIATION));
        bob.send("renews the session");
        begunByBob.settle();
        assertEquals(2, bob.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(1, alice.told(Event.HANDSHAKE_COMPLETED).size());
        alice.address = ELSEWHERE;
        alice.send("moved");
        begunByBob.settle();
        assertEquals(ELSEWHERE, bob.peer(alice).endpoint());
    }

    @Test
    void afterHandshakesThatCrossedEachIsFollowedInItsOwnSession() {
        TwoPeers crossed = new TwoPeers();
        crossed.alice.send("at once");
        crossed.bob.send("at once");
        crossed.settle();
        crossed.alice.address = ELSEWHERE;
        crossed.alice.send("moved");
        crossed.settle();
        assertEquals(ELSEWHERE, crossed.bob.peer(crossed.alice).endpoint());
        crossed.bob.address = TestNet.endpoint("198.51.100.8", 5555);
        crossed.bob.send("moved too");
        crossed.settle();
        assertEquals(crossed.bob.address, crossed.alice.peer(crossed.bob).endpoint());
    }

    @Test
    void aReplayDoesNotMoveTheEndpoint() {
        net.alice.send("genuine");
        net.settle();
        net.bob.receive(net.last(net.alice, Kind.DATA).withSource(ELSEWHERE));
        assertEquals(net.alice.address, bobsIdeaOfAlice());
        assertEquals(1, net.bob.drops(DropReason.REPLAYED));
    }

    @Test
    void aReplayedInitiationDoesNotMoveTheEndpoint() {
        net.run(200 * SECOND);
        net.alice.send("new session");
        net.settle();
        net.run(SECOND);
        net.bob.receive(net.last(net.alice, Kind.INITIATION).withSource(ELSEWHERE));
        net.settle();
        assertEquals(net.alice.address, bobsIdeaOfAlice());
        assertEquals(1, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void aReplayedResponseDoesNotMoveTheEndpoint() {
        net.run(200 * SECOND);
        net.alice.send("new session");
        net.settle();
        net.alice.receive(net.last(net.bob, Kind.RESPONSE).withSource(ELSEWHERE));
        net.settle();
        assertEquals(net.bob.address, net.alice.peer(net.bob).endpoint());
    }

    @Test
    void aPacketFromAForbiddenInnerAddressMovesTheEndpoint() {
        // It is authentic; only its packet is not allowed (kernel and wireguard-go agree).
        net.alice.address = ELSEWHERE;
        net.alice.send(InnerPacket.text("10.9.9.9", net.bob.ipv4, "not mine"));
        net.settle();
        assertEquals(ELSEWHERE, bobsIdeaOfAlice());
        assertEquals(1, net.bob.drops(DropReason.SOURCE_NOT_ALLOWED));
    }

    @Test
    void behindANatWhoseMappingChangesTheTunnelGoesOn() {
        Endpoint[] outside = {TestNet.endpoint("203.0.113.1", 1000)};
        net.wire =
                d ->
                        d.from() == net.alice
                                ? List.of(d.withSource(outside[0]))
                                : d.destination().sameRemote(outside[0])
                                        ? List.of(d.withDestination(net.alice.address))
                                        : List.of();
        for (int i = 0; i < 20; i++) {
            outside[0] = TestNet.endpoint("203.0.113.1", 1000 + i);
            net.alice.send("ping " + i);
            net.settle();
            net.bob.send("pong " + i);
            net.settle();
        }
        assertEquals(20, net.alice.received.size());
        assertEquals(20, net.bob.received.size());
        assertEquals(20, net.bob.told(Event.ENDPOINT_CHANGED).size());
        assertEquals(0, net.alice.told(Event.ENDPOINT_CHANGED).size());
    }

    @Test
    void anEndpointThatWasConfiguredIsUsedAtOnce() {
        net.alice.device.setEndpoint(net.alice.peer(net.bob), ELSEWHERE);
        net.alice.send("to there");
        assertEquals(ELSEWHERE, net.last(net.alice, Kind.DATA).destination());
        assertEquals(0, net.alice.told(Event.ENDPOINT_CHANGED).size());
    }
}
