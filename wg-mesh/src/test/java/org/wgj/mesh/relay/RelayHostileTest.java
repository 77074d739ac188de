// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.mesh.relay.Relay.Verdict;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node;
import org.wgj.protocol.device.TestNet;

import java.util.List;

/**
 * Forbidden datagrams of outsiders and members: nothing leaves, and nothing of the table changes.
 */
@ExtendWith(Seeds.class)
class RelayHostileTest {
    private static final Endpoint OUTSIDE = TestNet.endpoint("198.51.100.66", 666);

    private final RelayNet net = new RelayNet(Seeds.next(), RelayLimits.DEFAULT, 4).joined();
    private final Node alice = net.members.get(0);
    private final Node bob = net.members.get(1);
    private final Node mallory = net.members.get(2);
    private int bobsIndex;
    private int alicesIndex;

    @BeforeEach
    void aliceAndBobTalk() {
        alice.sendTo(bob, "hello");
        net.settle();
        bob.sendTo(alice, "hello");
        net.settle();
        alicesIndex = net.last(alice, Kind.INITIATION).senderIndex();
        bobsIndex = net.last(bob, Kind.RESPONSE).senderIndex();
        net.run(SECOND);
        net.learn();
    }

    /** Asserts that the relay drops a datagram for this reason and is as it was. */
    private void assertDropped(RelayDrop reason, Endpoint source, byte[] bytes) {
        String before = net.state();
        long drops = net.drops(reason);
        long all = net.allDrops();
        assertEquals(Verdict.DROP, net.decide(source, bytes));
        assertEquals(drops + 1, net.drops(reason), () -> "" + net.relay.statistics(net.nowNs()));
        assertEquals(all + 1, net.allDrops());
        assertEquals(before, net.state());
    }

    /** Asserts that the relay leaves a datagram to the tunnel and is as it was. */
    private void assertNotRelayed(Endpoint source, byte[] bytes) {
        String before = net.state();
        assertEquals(Verdict.TUNNEL, net.decide(source, bytes));
        assertEquals(before, net.state());
    }

    @Test
    void anOutsiderReachesNoMember() {
        assertNotRelayed(OUTSIDE, Hostile.initiation(bob.publicKey(), 5, net.random));
        assertNotRelayed(OUTSIDE, Hostile.response(bob.publicKey(), 5, 6, net.random));
        assertNotRelayed(OUTSIDE, Hostile.data(12345, 100, net.random));
        assertNotRelayed(OUTSIDE, RelayTest.cookieReply(12345));
        assertNotRelayed(OUTSIDE, new byte[1]);
        // With indices that the outsider has seen.
        for (int index : List.of(alicesIndex, bobsIndex)) {
            assertDropped(RelayDrop.UNKNOWN_SOURCE, OUTSIDE, Hostile.data(index, 100, net.random));
            assertDropped(RelayDrop.UNKNOWN_SOURCE, OUTSIDE, RelayTest.cookieReply(index));
            byte[] response = Hostile.response(alice.publicKey(), 5, index, net.random);
            assertDropped(RelayDrop.UNKNOWN_SOURCE, OUTSIDE, response);
        }
        Datagram copied = net.last(alice, Kind.INITIATION);
        assertNotRelayed(OUTSIDE, copied.bytes());
        copied = net.last(alice, Kind.DATA);
        assertDropped(RelayDrop.UNKNOWN_SOURCE, OUTSIDE, copied.bytes());
    }

    @Test
    void anOutsiderMakesTheRelaySeekAMemberOncePerFiveSeconds() {
        for (int i = 0; i < 1000; i++) {
            net.decide(OUTSIDE, Hostile.data(bobsIndex, 100, net.random));
            net.run(5 * MILLISECOND);
        }
        assertEquals(1, net.sought.size());
        net.run(SECOND);
        net.decide(OUTSIDE, Hostile.data(bobsIndex, 100, net.random));
        assertEquals(2, net.sought.size());
        // It went nowhere: members are where they were.
        alice.received.clear();
        bob.sendTo(alice, "still here");
        net.settle();
        assertEquals(List.of("still here"), alice.texts());
    }

    @Test
    void aMemberDoesNotReachIntoOthersSessions() {
        for (int index : List.of(alicesIndex, bobsIndex)) {
            assertDropped(
                    RelayDrop.NO_ENTRY, mallory.address, Hostile.data(index, 100, net.random));
            assertDropped(RelayDrop.NO_ENTRY, mallory.address, RelayTest.cookieReply(index));
            byte[] response = Hostile.response(alice.publicKey(), 5, index, net.random);
            assertDropped(RelayDrop.NO_ENTRY, mallory.address, response);
        }
    }

    @Test
    void aGuessedIndexIsTheTunnelsToRefuse() {
        for (int i = 0; i < 1000; i++) {
            int guess = net.random.nextInt();
            if (guess != alicesIndex && guess != bobsIndex) {
                assertEquals(
                        Verdict.TUNNEL,
                        net.decide(mallory.address, Hostile.data(guess, 100, net.random)));
            }
        }
    }

    @Test
    void anIndexInUseIsRefusedToOthers() {
        // Bob sends Alice's index to the relay; Mallory would get what is for Alice.
        byte[] stolen = Hostile.initiation(bob.publicKey(), alicesIndex, net.random);
        assertDropped(RelayDrop.INDEX_CONFLICT, mallory.address, stolen);
        // And an index that the relay's own tunnel uses towards Bob.
        int own = hubsIndexForBob();
        byte[] tunnels = Hostile.initiation(bob.publicKey(), own, net.random);
        assertDropped(RelayDrop.INDEX_CONFLICT, mallory.address, tunnels);
    }

    private int hubsIndexForBob() {
        net.hub.device.initiate(net.hub.device.peer(bob.publicKey()), null, net.nowNs());
        net.settle();
        net.learn();
        int index = net.last(net.hub, Kind.INITIATION).senderIndex();
        assertTrue(net.hub.device.ownsIndex(index));
        return index;
    }

    @Test
    void aResponderCannotTakeAnIndexInUse() {
        byte[] initiation = Hostile.initiation(mallory.publicKey(), 77, net.random);
        assertEquals(Verdict.FORWARD, net.decide(alice.address, initiation));
        // Alice sends Bob's index to the relay; Mallory would get what is for Bob.
        assertDropped(
                RelayDrop.INDEX_CONFLICT,
                mallory.address,
                Hostile.response(alice.publicKey(), bobsIndex, 77, net.random));
        assertDropped(
                RelayDrop.BAD_MAC,
                mallory.address,
                Hostile.response(bob.publicKey(), 78, 77, net.random));
        // Data before the response.
        assertDropped(RelayDrop.NO_ENTRY, mallory.address, Hostile.data(77, 100, net.random));
        byte[] response = Hostile.response(alice.publicKey(), 78, 77, net.random);
        assertDropped(RelayDrop.NO_ENTRY, bob.address, response);
        assertEquals(Verdict.FORWARD, net.decide(mallory.address, response));
        assertEquals(alice.address, net.relay.target());
        // Only once, and only with one index.
        assertDropped(RelayDrop.NO_ENTRY, mallory.address, response);
        assertDropped(
                RelayDrop.NO_ENTRY,
                mallory.address,
                Hostile.response(alice.publicKey(), 79, 77, net.random));
    }

    @Test
    void replayedHandshakesAreDropped() {
        assertDropped(
                RelayDrop.INDEX_CONFLICT, alice.address, net.last(alice, Kind.INITIATION).bytes());
        assertDropped(RelayDrop.NO_ENTRY, bob.address, net.last(bob, Kind.RESPONSE).bytes());
        // From where another member is.
        assertDropped(
                RelayDrop.INDEX_CONFLICT,
                mallory.address,
                net.last(alice, Kind.INITIATION).bytes());
        assertDropped(RelayDrop.NO_ENTRY, mallory.address, net.last(bob, Kind.RESPONSE).bytes());
    }

    @Test
    void aReplayedInitiationToTheRelayMovesNobody() {
        mallory.sendTo(net.hub, "hello");
        net.settle();
        net.run(200 * SECOND);
        mallory.sendTo(net.hub, "again");
        net.settle();
        Datagram toHub =
                net.sent(mallory, Kind.INITIATION).stream()
                        .filter(d -> d.destination().sameRemote(net.hub.address))
                        .toList()
                        .getLast();
        net.learn();
        String before = net.state();
        net.inject(toHub.withSource(OUTSIDE).delayedBy(net.nowNs() - toHub.atNs()));
        net.settle();
        net.learn();
        assertEquals(before, net.state());
    }

    @Test
    void aFreshInitiationFromElsewhereMovesTheMemberOnlyOnceItIsConfirmed() {
        // An attacker on the path lets it arrive from another address, and cannot answer.
        net.run(200 * SECOND);
        net.outside =
                d ->
                        d.from() == mallory && d.is(Kind.INITIATION)
                                ? List.of(d.withSource(OUTSIDE))
                                : d.destination().sameRemote(OUTSIDE) ? List.of() : List.of(d);
        mallory.device.initiate(mallory.peer(net.hub), null, net.nowNs());
        net.settle();
        net.learn();
        assertEquals(OUTSIDE, net.hub.peer(mallory).endpoint());
        assertTrue(net.state().contains(placeOf(mallory.address)));
        assertTrue(!net.state().contains(placeOf(OUTSIDE)));
    }

    private static String placeOf(Endpoint endpoint) {
        return "%016x%08x".formatted(endpoint.low(), endpoint.port());
    }

    @Test
    void garbageOfMembersIsCountedAndMacsAreRationed() {
        assertDropped(RelayDrop.BAD_LENGTH, mallory.address, new byte[0]);
        assertDropped(RelayDrop.BAD_LENGTH, mallory.address, new byte[31]);
        byte[] reserved = Hostile.initiation(bob.publicKey(), 1, net.random);
        reserved[1] = 1;
        assertDropped(RelayDrop.BAD_LENGTH, mallory.address, reserved);
        byte[] wrong = Hostile.initiation(bob.publicKey(), 1, net.random);
        wrong[20] ^= 1;
        assertDropped(RelayDrop.BAD_MAC, mallory.address, wrong);
        for (int i = 0; i < 60_000; i++) {
            net.decide(mallory.address, wrong);
        }
        long macs = net.drops(RelayDrop.BAD_MAC);
        assertTrue(macs <= 200_000 / 4 + 1, macs + " searches at once");
        assertNotEquals(0, net.drops(RelayDrop.RATE));
        // The others are served as before.
        bob.received.clear();
        alice.sendTo(bob, "undisturbed");
        net.settle();
        assertEquals(List.of("undisturbed"), bob.texts());
    }

    @Test
    void initiationsAreLimitedForEachPair() {
        int forwarded = 0;
        for (int i = 0; i < 600; i++) {
            byte[] initiation = Hostile.initiation(bob.publicKey(), 1000 + i, net.random);
            forwarded += net.decide(mallory.address, initiation) == Verdict.FORWARD ? 1 : 0;
            net.run(100 * MILLISECOND);
        }
        // 3 at once, and one in 2 s for a minute.
        assertTrue(forwarded >= 32 && forwarded <= 34, forwarded + " forwarded");
        assertEquals(600 - forwarded, net.drops(RelayDrop.RATE));
        byte[] another = Hostile.initiation(alice.publicKey(), 7, net.random);
        assertEquals(Verdict.FORWARD, net.decide(mallory.address, another));
    }

    @Test
    void aForgedSourceUsesUpThePairsHandshakesAndNothingElse() {
        int forwarded = 0;
        for (int i = 0; i < 20; i++) {
            byte[] forged = Hostile.initiation(bob.publicKey(), 2000 + i, net.random);
            forwarded += net.decide(alice.address, forged) == Verdict.FORWARD ? 1 : 0;
        }
        assertTrue(forwarded <= 3, forwarded + " forwarded");
        byte[] later = Hostile.initiation(bob.publicKey(), 3000, net.random);
        assertDropped(RelayDrop.RATE, alice.address, later); // alice's own as well
        alice.received.clear();
        bob.received.clear();
        alice.sendTo(bob, "undisturbed");
        bob.sendTo(alice, "undisturbed");
        net.settle();
        assertEquals(List.of("undisturbed"), bob.texts());
        assertEquals(List.of("undisturbed"), alice.texts());
        byte[] other = Hostile.initiation(alice.publicKey(), 3001, net.random);
        assertEquals(Verdict.FORWARD, net.decide(bob.address, other), "the other direction");
        net.run(2 * SECOND);
        assertEquals(Verdict.FORWARD, net.decide(alice.address, later));
    }

    @Test
    void unansweredInitiationsOfAMemberAreLimited() {
        RelayNet many = new RelayNet(Seeds.next(), RelayLimits.DEFAULT, 30).joined();
        Node flooder = many.members.getFirst();
        int forwarded = 0;
        for (int round = 0; round < 3; round++) {
            for (Node other : many.members.subList(1, 30)) {
                byte[] message =
                        Hostile.initiation(other.publicKey(), many.random.nextInt(), many.random);
                Verdict verdict = many.decide(flooder.address, message);
                forwarded += verdict == Verdict.FORWARD ? 1 : 0;
            }
        }
        assertEquals(50, forwarded);
        assertEquals(50, many.relay.statistics(many.nowNs()).handshakes());
        many.run(11 * SECOND);
        many.relay.sweep(many.nowNs());
        assertEquals(0, many.relay.statistics(many.nowNs()).handshakes());
    }

    @Test
    void theTableHasABound() {
        RelayLimits small = new RelayLimits(0, 0, 8, 6);
        RelayNet few = new RelayNet(Seeds.next(), small, 6).joined();
        Node first = few.members.getFirst();
        for (Node other : few.members.subList(1, 6)) {
            first.sendTo(other, "hello");
            few.settle();
        }
        // 6 indices for the first member are 3 sessions.
        assertEquals(3, few.relay.statistics(few.nowNs()).sessions());
        few.members.get(1).sendTo(few.members.get(2), "hello");
        few.members.get(3).sendTo(few.members.get(4), "hello");
        few.settle();
        assertTrue(few.relay.statistics(few.nowNs()).sessions() <= 4);
    }

    /** A relay with limits of bytes, and how to reach the second of each pair of members. */
    private static final class Limited {
        final RelayNet net;
        final int[] index = new int[4];

        Limited(long ofMember, long ofAll) {
            net =
                    new RelayNet(Seeds.next(), RelayLimits.DEFAULT.withBytes(ofMember, ofAll), 4)
                            .joined();
            List<Node> four = net.members;
            four.get(0).sendTo(four.get(1), "hello");
            four.get(2).sendTo(four.get(3), "hello");
            net.settle();
            net.run(2 * SECOND);
            for (int i : List.of(0, 2)) {
                Datagram initiation = net.sent(four.get(i), Kind.INITIATION).getLast();
                Datagram response =
                        net.sent(four.get(i + 1), Kind.RESPONSE).stream()
                                .filter(d -> d.receiverIndex() == initiation.senderIndex())
                                .toList()
                                .getLast();
                index[i] = response.senderIndex();
                index[i + 1] = initiation.senderIndex();
            }
        }

        /** Lets a member send; returns the bytes that the relay forwards. */
        int sent(int member, int datagrams, int bytes) {
            int forwarded = 0;
            for (int n = 0; n < datagrams; n++) {
                byte[] data = Hostile.data(index[member], bytes, net.random);
                Endpoint source = net.members.get(member).address;
                forwarded += net.decide(source, data) == Verdict.FORWARD ? bytes : 0;
            }
            return forwarded;
        }
    }

    @Test
    void bytesAreLimitedForEachMemberAndAltogether() {
        Limited slow = new Limited(10_000, 15_000);
        assertEquals(10_000, slow.sent(0, 100, 1000));
        assertEquals(5_000, slow.sent(2, 100, 1000));
        assertEquals(90 + 95, slow.net.drops(RelayDrop.RATE));
        RelayStatistics now = slow.net.relay.statistics(slow.net.nowNs());
        assertTrue(now.forwardedBytes() >= 15_000 && now.forwardedBytes() < 17_000, "" + now);
    }

    @Test
    void aLimitComesBackWithTime() {
        Limited slow = new Limited(10_000, 0);
        assertEquals(10_000, slow.sent(0, 100, 1000));
        assertEquals(10_000, slow.sent(1, 100, 1000), "each way has its sender's limit");
        slow.net.run(SECOND / 2);
        assertEquals(5_000, slow.sent(0, 100, 1000));
        slow.net.run(60 * SECOND);
        assertEquals(10_000, slow.sent(0, 100, 1000), "a second's worth at once");
        int steady = 0;
        for (int i = 0; i < 100; i++) {
            slow.net.run(SECOND / 10);
            steady += slow.sent(0, 3, 1000);
        }
        assertEquals(100_000, steady, 2_000);
    }

    @Test
    void whatTheTotalRefusesIsNotTakenFromTheMember() {
        Limited slow = new Limited(10_000, 10_000);
        assertEquals(10_000, slow.sent(2, 100, 1000));
        assertEquals(0, slow.sent(0, 100, 1000));
        slow.net.run(SECOND / 2);
        assertEquals(5_000, slow.sent(0, 100, 1000));
        slow.net.run(SECOND);
        assertEquals(10_000, slow.sent(0, 100, 1000));
    }

    @Test
    void withoutLimitsOfBytesNothingIsRefused() {
        Limited free = new Limited(0, 0);
        assertEquals(10_000_000, free.sent(0, 10_000, 1000));
        assertEquals(0, free.net.drops(RelayDrop.RATE));
    }

    @Test
    void nothingIsForwardedWhileTheSystemTakesNothing() {
        net.relay.setWritable(false);
        assertDropped(
                RelayDrop.QUEUE_FULL, alice.address, Hostile.data(bobsIndex, 100, net.random));
        net.relay.setWritable(true);
        assertEquals(
                Verdict.FORWARD,
                net.decide(alice.address, Hostile.data(bobsIndex, 100, net.random)));
    }

    @Test
    void nothingGoesBackToItsSource() {
        // Two members that prove to be at one address: the later one has it.
        net.relay.learned(alice.publicKey(), bob.address, net.nowNs());
        assertDropped(RelayDrop.OFFLINE, bob.address, Hostile.data(bobsIndex, 100, net.random));
    }
}
