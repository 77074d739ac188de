// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Handshakes that are not answered (whitepaper 6.4). */
@ExtendWith(Seeds.class)
class RetransmissionTest {
    private final TwoPeers net = new TwoPeers();

    private List<Long> initiationTimes() {
        return net.sent(net.alice, Kind.INITIATION).stream().map(Datagram::atNs).toList();
    }

    @Test
    void anUnansweredInitiationIsRepeatedEvery5SecondsWithJitterAndGivenUpAfter20() {
        net.lose(d -> true);
        net.alice.send("anyone?");
        net.run(1000 * SECOND);

        List<Long> times = initiationTimes();
        assertEquals(20, times.size());
        assertEquals(0, times.getFirst());
        Set<Long> jitters = new HashSet<>();
        for (int i = 1; i < 20; i++) {
            long jitter = times.get(i) - times.get(i - 1) - 5 * SECOND;
            assertTrue(jitter >= 0 && jitter <= SECOND / 3, "jitter " + jitter);
            jitters.add(jitter);
        }
        assertTrue(jitters.size() > 15, "jitter is random");
    }

    @Test
    void stagedPacketsAreDroppedWhenAttemptsAreGivenUp() {
        net.lose(d -> true);
        net.alice.send("one");
        net.alice.send("two");
        net.run(94 * SECOND);
        assertEquals(0, net.alice.drops(DropReason.STAGED_DROPPED));
        assertEquals(0, net.alice.told(Event.HANDSHAKE_FAILED).size());
        net.run(14 * SECOND);
        assertEquals(2, net.alice.drops(DropReason.STAGED_DROPPED));
        assertEquals(1, net.alice.told(Event.HANDSHAKE_FAILED).size());
        assertEquals(0, net.alice.told(Event.SESSION_EXPIRED).size(), "there never was a session");

        net.heal();
        net.alice.send("three");
        net.settle();
        assertEquals(List.of("three"), net.bob.texts());
    }

    @Test
    void anAttemptIsReportedWhenItBeginsWhenItIsNotAnsweredAndWhenItIsGivenUp() {
        net.lose(d -> true);
        net.alice.send("anyone?");
        net.run(1000 * SECOND);
        assertEquals(
                List.of(
                        Event.HANDSHAKE_STARTED,
                        Event.HANDSHAKE_UNANSWERED,
                        Event.HANDSHAKE_FAILED),
                net.alice.told.stream().map(Node.Told::event).toList());
        assertEquals(0, net.alice.told(Event.HANDSHAKE_STARTED).getFirst().atNs());
        long unansweredNs = net.alice.told(Event.HANDSHAKE_UNANSWERED).getFirst().atNs();
        assertTrue(unansweredNs >= 5 * SECOND && unansweredNs < 6 * SECOND, unansweredNs + " ns");
    }

    @Test
    void steadyTrafficReportsThatThePeerDoesNotAnswerOnce() {
        net.lose(d -> true);
        for (int i = 0; i < 200; i++) {
            net.alice.send("anyone?");
            net.run(SECOND);
        }
        assertEquals(1, net.alice.told(Event.HANDSHAKE_STARTED).size());
        assertEquals(1, net.alice.told(Event.HANDSHAKE_UNANSWERED).size());
        net.heal();
        net.run(60 * SECOND);
        assertEquals(1, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(1, net.alice.told(Event.HANDSHAKE_STARTED).size());
    }

    @Test
    void eachAttemptIsAnotherHandshake() {
        net.lose(d -> true);
        net.alice.send("anyone?");
        net.run(100 * SECOND);
        List<Datagram> sent = net.sent(net.alice, Kind.INITIATION);
        assertEquals(sent.size(), sent.stream().map(Datagram::senderIndex).distinct().count());
        assertEquals(
                sent.size(),
                sent.stream()
                        .map(d -> HexFormat.of().formatHex(d.bytes(), 8, 40))
                        .distinct()
                        .count(),
                "ephemeral keys");
        assertEquals(1, net.alice.device.indices().size(), "only the last can be answered");
    }

    @Test
    void packetsWaitForTheAnswerAndKeepTheirOrder() {
        net.lose(d -> d.is(Kind.INITIATION));
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            net.alice.send("packet " + i);
            texts.add("packet " + i);
            net.run(SECOND / 2);
        }
        net.heal();
        net.run(6 * SECOND);
        assertEquals(texts, net.bob.texts());
    }

    @Test
    void morePacketsDoNotHurryTheNextAttempt() {
        net.lose(d -> true);
        for (int i = 0; i < 300; i++) {
            net.alice.send("packet");
            net.run(SECOND / 10);
        }
        List<Long> times = initiationTimes();
        for (int i = 1; i < times.size(); i++) {
            assertTrue(times.get(i) - times.get(i - 1) >= 5 * SECOND);
        }
        assertEquals(6, times.size());
    }

    @Test
    void aPacketThatIsSentNowBeginsTheCountAnew() {
        net.lose(d -> true);
        net.alice.send("first");
        net.run(90 * SECOND);
        int before = initiationTimes().size();
        net.alice.send("still wanted");
        net.run(1000 * SECOND);
        assertTrue(initiationTimes().size() >= before + 19);
        assertTrue(initiationTimes().size() <= before + 20);
    }

    @Test
    void anAnswerAfterAFewAttemptsEndsThem() {
        int[] lost = {0};
        net.lose(d -> d.is(Kind.INITIATION) && lost[0]++ < 3);
        net.alice.send("persistent");
        net.run(1000 * SECOND);
        assertEquals(4, initiationTimes().size());
        assertEquals(List.of("persistent"), net.bob.texts());
    }

    @Test
    void aLostResponseIsMadeUpForByTheNextInitiation() {
        int[] lost = {0};
        net.lose(d -> d.is(Kind.RESPONSE) && lost[0]++ < 2);
        net.alice.send("hello");
        net.run(60 * SECOND);
        assertEquals(List.of("hello"), net.bob.texts());
        assertEquals(3, initiationTimes().size());
    }

    @Test
    void anInitiationAfterTheGreatestJitterStillMeetsItsResponseAfter800Milliseconds() {
        net.latencyNs = 800 * MILLISECOND;
        net.alice.send("far away");
        net.run(4 * SECOND);
        net.bob.send("indeed");
        net.run(60 * SECOND);
        assertEquals(List.of("far away"), net.bob.texts());
        assertEquals(List.of("indeed"), net.alice.texts());
        assertEquals(1, initiationTimes().size());
    }

    @Test
    void dataThatIsNotAnsweredFor15SecondsBringsAboutANewHandshake() {
        net.connect();
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.lose(d -> d.from() == net.bob);
        long first = net.nowNs();
        for (int i = 0; i < 14; i++) {
            net.alice.send("hello?");
            net.run(SECOND);
        }
        net.run(10 * SECOND);
        long after = initiationTimes().getFirst() - first;
        assertTrue(after >= 15 * SECOND && after <= 15 * SECOND + SECOND / 3, "after " + after);
    }

    @Test
    void theTimeUntilTheNewHandshakeHasJitter() {
        Set<Long> times = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            TwoPeers other = TwoPeers.connected();
            other.lose(d -> d.from() == other.bob);
            other.run(SECOND);
            other.alice.send("hello?");
            other.run(30 * SECOND);
            times.add(other.sent(other.alice, Kind.INITIATION).getFirst().atNs());
        }
        assertTrue(times.size() > 1);
    }

    @Test
    void aKeepaliveIsAnAnswerToData() {
        net.connect();
        net.run(30 * SECOND);
        net.forgetBeginnings();
        net.alice.send("hello?");
        net.run(100 * SECOND);
        assertEquals(0, initiationTimes().size());
        assertEquals(1, net.sent(net.bob, Kind.KEEPALIVE).size());
    }

    @Test
    void aKeepaliveNeedsNoReply() {
        net.connect();
        net.bob.send("data");
        net.run(5 * SECOND);
        net.lose(d -> d.from() == net.bob);
        net.forgetBeginnings();
        net.run(100 * SECOND);
        assertEquals(1, net.sent(net.alice, Kind.KEEPALIVE).size());
        assertEquals(0, initiationTimes().size());
    }

    @Test
    void packetsThatTheResponderStagedAreGuardedByTheTimerToo() {
        net.wire = d -> d.is(Kind.INITIATION) && d.from() == net.bob ? List.of() : List.of(d);
        net.bob.send("from bob");
        net.run(SECOND);
        net.alice.send("from alice");
        net.run(3 * net.latencyNs);
        assertEquals(List.of("from alice"), net.bob.texts());
        // Bob has just sent his packet. It and everything else that he sends is lost from here on.
        assertEquals(1, net.sent(net.bob, Kind.DATA).size());
        net.forgetBeginnings();
        net.lose(d -> true);
        net.run(14 * SECOND);
        assertEquals(0, net.sent(net.bob, Kind.INITIATION).size());
        net.run(2 * SECOND);
        assertEquals(1, net.sent(net.bob, Kind.INITIATION).size());
    }

    @Test
    void anAttemptThatCameDueRightAfterAResponseOfOursIsMadeLater() {
        net.lose(d -> d.from() == net.alice);
        net.alice.send("still wanted");
        net.run(4900 * MILLISECOND);
        net.bob.send("from bob");
        net.settle();
        assertEquals(1, net.sent(net.alice, Kind.RESPONSE).size());
        long responded = net.last(net.alice, Kind.RESPONSE).atNs();
        net.bob.device.down();
        net.run(6 * SECOND);
        assertEquals(2, initiationTimes().size());
        assertTrue(initiationTimes().getLast() >= responded + 5 * SECOND);
    }

    @Test
    void anUnansweredAttemptForgetsTheAddressItWasSentFrom() {
        Endpoint plain = net.bob.address;
        Endpoint sticky = new Endpoint(false, 0, plain.low(), plain.port(), 0, 0, 0xc0000263L, 3);
        net.alice.device.setEndpoint(net.alice.peer(net.bob), sticky);
        net.lose(d -> true);
        net.alice.send("hello?");
        net.run(SECOND);
        assertEquals(sticky, net.alice.peer(net.bob).endpoint());
        net.run(5 * SECOND);
        assertEquals(plain, net.alice.peer(net.bob).endpoint());
    }

    @Test
    void unansweredDataForgetsTheSourceAddressToo() {
        net.connect();
        Endpoint plain = net.bob.address;
        net.alice.device.setEndpoint(
                net.alice.peer(net.bob),
                new Endpoint(false, 0, plain.low(), plain.port(), 0, 0, 0xc0000263L, 3));
        net.lose(d -> true);
        net.alice.send("hello?");
        net.run(16 * SECOND);
        assertFalse(net.alice.peer(net.bob).endpoint().hasSource());
    }
}
