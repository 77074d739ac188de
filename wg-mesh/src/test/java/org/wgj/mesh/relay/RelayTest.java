// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.device.TestNet;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Members that know only the relay's address reach one another, and lose nothing that matters. */
@ExtendWith(Seeds.class)
class RelayTest {
    private static final Endpoint ELSEWHERE = TestNet.endpoint("198.51.100.7", 4444);

    private final RelayNet net = new RelayNet(Seeds.next(), RelayLimits.DEFAULT, 4).joined();
    private final Node alice = net.members.get(0);
    private final Node bob = net.members.get(1);
    private final Node carol = net.members.get(2);

    private void exchange(Node one, Node other) {
        one.received.clear();
        other.received.clear();
        one.sendTo(other, "ping");
        net.settle();
        other.sendTo(one, "pong");
        net.settle();
        assertEquals(List.of("ping"), other.texts(), () -> "" + net.relay.statistics(net.nowNs()));
        assertEquals(List.of("pong"), one.texts(), () -> "" + net.relay.statistics(net.nowNs()));
    }

    private RelayStatistics statistics() {
        return net.relay.statistics(net.nowNs());
    }

    @Test
    void membersReachEachOtherWithTheSameBytesAndNoMore() {
        exchange(alice, bob);
        assertEquals(1, statistics().sessions());
        assertEquals(0, statistics().handshakes());
        assertEquals(1, statistics().forwardedInitiations());
        assertEquals(net.forwarded.size(), statistics().forwardedPackets());
        List<Datagram> sent = new ArrayList<>(net.sent(alice));
        sent.addAll(net.sent(bob));
        for (Datagram out : net.forwarded) {
            Datagram in =
                    sent.stream().filter(d -> d.bytes() == out.bytes()).findFirst().orElseThrow();
            assertArrayEquals(in.bytes(), out.bytes());
            assertFalse(out.destination().sameRemote(in.source()));
        }
        assertEquals(0, net.allDrops());
        // Both see the other at the relay.
        assertEquals(net.hub.address, alice.peer(bob).endpoint());
        assertEquals(net.hub.address, bob.peer(alice).endpoint());
    }

    @Test
    void aMemberBehindAnotherRelayIsNotServed() {
        exchange(alice, bob);
        net.relay.setOtherRelays(List.of(bob.address));
        long forwarded = statistics().forwardedPackets();
        alice.sendTo(bob, "ping");
        net.settle();
        net.relay.learned(bob.publicKey(), bob.address, net.nowNs());
        alice.sendTo(bob, "ping");
        net.settle();
        assertEquals(forwarded, statistics().forwardedPackets());
        net.relay.setOtherRelays(List.of());
        net.relay.learned(bob.publicKey(), bob.address, net.nowNs());
        exchange(alice, bob);
    }

    @Test
    void theRelaysOwnSessionsGoOnBesideThem() {
        exchange(alice, bob);
        exchange(alice, net.hub);
        exchange(bob, alice);
        exchange(net.hub, bob);
    }

    @Test
    void everyPairOfMembersHasItsSession() {
        for (Node one : net.members) {
            for (Node other : net.members) {
                if (one != other) {
                    exchange(one, other);
                }
            }
        }
        assertEquals(6, statistics().sessions());
    }

    @Test
    void sessionsAreRenewedThroughTheRelayForHours() {
        for (int i = 0; i < 240; i++) {
            exchange(alice, bob);
            net.run(30 * SECOND);
            net.relay.sweep(net.nowNs());
            assertTrue(statistics().sessions() <= 4, () -> "" + statistics());
        }
        assertEquals(0, net.allDrops());
        net.run(400 * SECOND);
        net.relay.sweep(net.nowNs());
        assertEquals(0, statistics().sessions());
    }

    @Test
    void initiationsThatCrossAtTheRelayBothComeAbout() {
        alice.sendTo(bob, "from alice");
        bob.sendTo(alice, "from bob");
        net.settle();
        assertEquals(List.of("from alice"), bob.texts());
        assertEquals(List.of("from bob"), alice.texts());
        assertEquals(2, statistics().sessions());
        exchange(alice, bob);
    }

    @Test
    void aMemberWithoutARecentSessionWithTheRelayIsNotServed() {
        exchange(alice, bob);
        // Carol is silent, and the hub cannot reach her. She would speak to the hub again, too.
        carol.device.setPersistentKeepalive(carol.peer(net.hub), 0);
        net.outside = d -> d.from() == carol || isTo(carol, d) ? List.of() : List.of(d);
        net.run(200 * SECOND);
        net.outside = TestNet.Wire.HONEST;
        assertEquals(3, statistics().liveMembers());
        alice.sendTo(carol, "are you there?");
        net.settle();
        assertTrue(net.drops(RelayDrop.OFFLINE) >= 1);
        long before = net.allDrops();
        // Her initiations are for no member of the relay, and the hub drops datagrams that are not
        // for it.
        carol.sendTo(alice, "hello");
        net.settle();
        assertEquals(before, net.allDrops() - net.drops(RelayDrop.UNKNOWN_SOURCE));
        assertTrue(net.forwarded.stream().noneMatch(d -> isTo(carol, d) || d.from() == carol));
    }

    private static boolean isTo(Node node, Datagram datagram) {
        return datagram.destination().sameRemote(node.address);
    }

    @Test
    void removingAMemberEndsItsSessionsAtOnce() {
        exchange(alice, bob);
        exchange(alice, carol);
        net.relay.remove(net.memberOf(bob).id());
        assertEquals(1, statistics().sessions());
        assertEquals(3, statistics().members());
        net.forwarded.clear();
        alice.sendTo(bob, "still there?");
        bob.sendTo(alice, "still there?");
        net.settle();
        assertEquals(List.of(), net.forwarded);
        exchange(alice, carol);
    }

    @Test
    void settingTheMembersKeepsTheSessionsOfThoseThatStay() {
        exchange(alice, bob);
        exchange(alice, carol);
        net.relay.setMembers(List.of(net.memberOf(alice), net.memberOf(carol)));
        assertEquals(1, statistics().sessions());
        assertEquals(2, statistics().members());
        int handshakes = net.sent(Kind.INITIATION).size();
        exchange(alice, carol);
        assertEquals(handshakes, net.sent(Kind.INITIATION).size());
    }

    /** The old key still proves where the node is, while its handshakes are under the next one. */
    @Test
    void aNodeThatChangesItsKeyKeepsItsSessionsAndGetsOthers() {
        exchange(alice, bob);
        PrivateKey next = PrivateKey.generate(net.random);
        RelayMember old = net.memberOf(alice);
        RelayMember renewed = new RelayMember(old.id(), old.plane(), next.publicKey());
        RelayMember other = net.memberOf(bob);
        net.relay.setMembers(List.of(old, renewed, other));
        assertEquals(2, statistics().members());
        assertEquals(1, statistics().sessions());
        net.run(6 * SECOND);

        Peer peer = bob.device.addPeer(next.publicKey());
        bob.device.setStandsInFor(peer, alice.publicKey());
        alice.device.renewPrivateKey(next);
        alice.device.initiate(alice.peer(bob), null, net.nowNs());
        alice.sendTo(bob, "in the old session");
        net.settle();
        assertEquals(2, statistics().sessions());
        alice.sendTo(bob, "in the new session");
        bob.sendTo(alice, "still in the old one");
        net.settle();
        net.relay.setMembers(List.of(renewed, other));
        bob.sendTo(alice, "so too");
        net.settle();
        bob.device.addAllowedIp(peer, IpPrefix.parse(alice.ipv4));
        bob.sendTo(alice, "in the new session");
        net.settle();
        assertEquals(2, bob.texts().stream().filter(text -> text.startsWith("in the")).count());
        assertEquals(
                List.of("still in the old one", "so too", "in the new session"),
                alice.texts().subList(alice.texts().size() - 3, alice.texts().size()));
        assertEquals(0, net.allDrops());

        net.relay.lost(alice.publicKey());
        bob.sendTo(alice, "without the session under the old key");
        net.settle();
        assertEquals("without the session under the old key", alice.texts().getLast());
        net.relay.lost(next.publicKey());
        bob.sendTo(alice, "nowhere");
        net.settle();
        assertEquals(1, net.drops(RelayDrop.OFFLINE));
        net.relay.setMembers(List.of(other));
        assertEquals(0, statistics().sessions());
    }

    @Test
    void aKeyBelongsToOneMember() {
        RelayMember known = net.memberOf(alice);
        RelayMember other = new RelayMember(7, RelayNet.PLANE, known.key());
        assertThrows(IllegalArgumentException.class, () -> net.relay.add(other));
        assertThrows(
                IllegalArgumentException.class, () -> net.relay.setMembers(List.of(known, other)));
        net.relay.add(known);
        assertEquals(4, statistics().members());
    }

    @Test
    void thePolicyDecidesAndEndsSessions() {
        exchange(alice, bob);
        exchange(alice, carol);
        long bobs = net.memberOf(bob).id();
        net.relay.setPolicy((a, b) -> a.id() != bobs && b.id() != bobs);
        assertEquals(1, statistics().sessions());
        net.forwarded.clear();
        bob.sendTo(carol, "may I?");
        net.settle();
        assertEquals(List.of(), net.forwarded);
        assertEquals(1, net.drops(RelayDrop.NOT_ALLOWED));
        exchange(alice, carol);
    }

    @Test
    void noPacketOfANodeThatTakesNoRelayPassesInEitherDirection() {
        exchange(alice, bob);
        net.relay.setPolicy(RelayPolicy.without(Set.of(net.memberOf(bob).id())));
        assertEquals(0, statistics().sessions());
        net.forwarded.clear();
        alice.sendTo(bob, "in the old session");
        bob.sendTo(alice, "in the old session");
        bob.sendTo(carol, "may I?");
        carol.sendTo(bob, "may I?");
        net.settle();
        assertEquals(List.of(), net.forwarded);
        assertTrue(net.drops(RelayDrop.NOT_ALLOWED) >= 2, () -> "" + statistics());
        exchange(alice, carol);
    }

    /** As if the node had asked while the relay was down, and another coordinator had heard it. */
    @Test
    void aSnapshotBringsNoSessionBackThatIsNoLongerAllowed() {
        exchange(alice, bob);
        exchange(alice, carol);
        byte[] snapshot = net.relay.snapshot(net.nowNs(), 1_000);
        net.relay.setPolicy(RelayPolicy.without(Set.of(net.memberOf(bob).id())));
        net.relay.restore(snapshot, net.nowNs(), 1_000);
        assertEquals(1, statistics().sessions());
    }

    @Test
    void membersOfAnotherPlaneAreNotReached() {
        net.relay.remove(net.memberOf(bob).id());
        net.relay.add(new RelayMember(net.memberOf(bob).id(), "wg1", bob.publicKey()));
        net.relay.learned(bob.publicKey(), bob.address, net.nowNs());
        alice.sendTo(bob, "may I?");
        bob.sendTo(alice, "may I?");
        net.settle();
        assertEquals(List.of(), net.forwarded);
        assertEquals(2, net.drops(RelayDrop.BAD_MAC));
    }

    @Test
    void planesThatShareAPortAreToldApart() {
        // Alice's node is also in plane wg1, with the key of "other", on the same socket.
        Node other = net.node("other");
        net.hub.meet(other);
        other.meetAtItsAddress(net.hub);
        net.meetAtTheRelay(carol, other);
        net.meetAtTheRelay(other, carol);
        long alices = net.memberOf(alice).id();
        net.relay.add(new RelayMember(alices, "wg1", other.publicKey()));
        net.relay.remove(net.memberOf(carol).id());
        net.relay.add(new RelayMember(net.memberOf(carol).id(), "wg1", carol.publicKey()));
        net.relay.learned(carol.publicKey(), carol.address, net.nowNs());
        Endpoint shared = alice.address;
        net.relay.learned(other.publicKey(), shared, net.nowNs());
        assertEquals(5, statistics().liveMembers());
        Endpoint own = other.address;
        net.outside =
                d -> {
                    if (d.from() == other) {
                        return List.of(d.withSource(shared));
                    }
                    boolean forOther = d.destination().sameRemote(shared) && d.from() == carol;
                    return List.of(forOther ? d.withDestination(own) : d);
                };
        exchange(alice, bob);
        exchange(other, carol);
        exchange(carol, other);
        exchange(alice, bob);
        assertEquals(0, net.allDrops());
    }

    // --- cookies

    @Test
    void cookieRepliesGoBackByTheirIndexButNotForEver() {
        net.outside = d -> d.is(Kind.RESPONSE) && d.from() == bob ? List.of() : List.of(d);
        alice.sendTo(bob, "hello");
        net.settle();
        int index = net.last(alice, Kind.INITIATION).senderIndex();
        byte[] reply = cookieReply(index);
        assertEquals(Relay.Verdict.FORWARD, net.decide(bob.address, reply));
        assertEquals(alice.address, net.relay.target());
        assertEquals(Relay.Verdict.DROP, net.decide(carol.address, reply));
        for (int i = 0; i < 3; i++) {
            assertEquals(Relay.Verdict.FORWARD, net.decide(bob.address, reply));
        }
        assertEquals(Relay.Verdict.DROP, net.decide(bob.address, reply));
        assertEquals(1, net.drops(RelayDrop.RATE));
    }

    @Test
    void aResponseMayBeAnsweredWithACookieToo() {
        exchange(alice, bob);
        byte[] reply = cookieReply(net.last(bob, Kind.RESPONSE).senderIndex());
        assertEquals(Relay.Verdict.FORWARD, net.decide(alice.address, reply));
        assertEquals(bob.address, net.relay.target());
        assertEquals(Relay.Verdict.DROP, net.decide(bob.address, reply));
    }

    static byte[] cookieReply(int index) {
        byte[] reply = new byte[64];
        reply[0] = 3;
        Hostile.put(reply, 4, index);
        return reply;
    }

    // --- moves and restarts

    @Test
    void aMemberWhoseNatForgetsItIsFoundByItsNextDatagram() {
        exchange(alice, bob);
        net.outside =
                d -> {
                    if (d.from() == alice) {
                        return List.of(d.withSource(ELSEWHERE));
                    }
                    if (d.destination().sameRemote(ELSEWHERE)) {
                        return List.of(d.withDestination(alice.address));
                    }
                    return isTo(alice, d) ? List.of() : List.of(d);
                };
        alice.sendTo(bob, "lost, but it tells where Alice is");
        net.settle();
        net.learn();
        assertEquals(List.of(ELSEWHERE), net.sought);
        exchange(bob, alice);
        // No more is sent to unknown sources than one initiation in 5 s.
        assertEquals(1, net.drops(RelayDrop.UNKNOWN_SOURCE));
    }

    @Test
    void aRelayThatRestartsGoesOnOnceMembersAnswer() {
        exchange(alice, bob);
        exchange(carol, bob);
        net.run(20 * SECOND);
        byte[] snapshot = net.relay.snapshot(net.nowNs(), 1_000_000);

        // The hub loses its sessions and the relay its table; the members notice nothing.
        net.hub.device.down();
        net.startRelay(RelayLimits.DEFAULT);
        net.run(2 * SECOND);
        net.hub.told.clear();
        net.forgetTold();
        net.hub.up();
        net.relay.setMembers(net.members.stream().map(net::memberOf).toList());
        var seen = net.relay.restore(snapshot, net.nowNs(), 1_002_000);
        assertEquals(4, seen.size());
        assertEquals(2, statistics().sessions());
        assertEquals(0, statistics().liveMembers());
        long restartedNs = net.nowNs();
        seen.forEach(
                (member, endpoint) ->
                        net.hub.device.initiate(
                                net.hub.device.peer(member.key()), endpoint, net.nowNs()));
        net.settle();
        net.forgetLog();
        exchange(alice, bob);
        exchange(bob, carol);
        assertTrue(net.nowNs() - restartedNs < 2 * SECOND);
        assertEquals(
                0,
                net.sent(Kind.INITIATION).stream().filter(d -> d.from() != net.hub).count(),
                "the members' sessions were not renewed");
    }

    @Test
    void aSnapshotThatIsOldOrOfOthersIsOfNoUse() {
        exchange(alice, bob);
        byte[] snapshot = net.relay.snapshot(net.nowNs(), 0);
        net.startRelay(RelayLimits.DEFAULT);
        net.relay.setMembers(List.of(net.memberOf(alice), net.memberOf(bob)));
        net.relay.restore(snapshot, net.nowNs(), 191_000);
        assertEquals(0, statistics().sessions());
        net.relay.restore(snapshot, net.nowNs(), 100_000);
        assertEquals(1, statistics().sessions());

        net.startRelay(RelayLimits.DEFAULT);
        net.relay.setMembers(List.of(net.memberOf(alice), net.memberOf(carol)));
        var seen = net.relay.restore(snapshot, net.nowNs(), 0);
        assertEquals(2, seen.size());
        assertEquals(0, statistics().sessions());
    }

    @Test
    void aDamagedSnapshotIsRefusedAndChangesNothing() {
        exchange(alice, bob);
        byte[] snapshot = net.relay.snapshot(net.nowNs(), 0);
        net.startRelay(RelayLimits.DEFAULT);
        net.relay.setMembers(net.members.stream().map(net::memberOf).toList());
        for (int length = 0; length < snapshot.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(snapshot, length);
            assertThrows(
                    IllegalArgumentException.class, () -> net.relay.restore(cut, net.nowNs(), 0));
        }
        for (int i = 0; i < snapshot.length; i++) {
            byte[] changed = snapshot.clone();
            changed[i] ^= (byte) (1 << net.random.nextInt(8));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> net.relay.restore(changed, net.nowNs(), 0),
                    "byte " + i);
        }
        assertEquals(0, statistics().sessions());
    }
}
