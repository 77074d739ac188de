// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

class WatchesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PublicKey A = PublicKey.fromHex("0a".repeat(32));
    private static final PublicKey B = PublicKey.fromHex("0b".repeat(32));

    private final List<String> found = new ArrayList<>();
    private final PeerWatch peers =
            new PeerWatch(
                    180 * SECOND,
                    new PeerWatch.Findings() {
                        @Override
                        public void connected(PublicKey peer) {
                            found.add(name(peer) + " connected");
                        }

                        @Override
                        public void silent(PublicKey peer, Endpoint endpoint, boolean unanswered) {
                            found.add(name(peer) + " silent " + unanswered + " " + endpoint);
                        }

                        @Override
                        public void moved(PublicKey peer, Endpoint endpoint, long changes) {
                            found.add(name(peer) + " moved " + endpoint + " " + changes);
                        }
                    });

    private static String name(PublicKey peer) {
        return peer.equals(A) ? "a" : "b";
    }

    private static Endpoint at(int port) {
        return Endpoint.of(new InetSocketAddress("192.0.2.1", port));
    }

    private void expect(String... events) {
        assertEquals(List.of(events), found);
        found.clear();
    }

    @Test
    void aPeerConnectsOnceHoweverOftenItsSessionIsRenewed() {
        peers.handshake(A, 0);
        expect("a connected");
        for (long s = 120; s <= 1200; s += 120) {
            peers.tick(s * SECOND);
            peers.handshake(A, s * SECOND);
        }
        expect();
        assertEquals(1, peers.connectedCount());
    }

    @Test
    void aPeerIsSilentAfter180SecondsWithoutAHandshakeAndMayComeBack() {
        peers.handshake(A, 0);
        peers.handshake(B, 10 * SECOND);
        peers.handshake(A, 20 * SECOND);
        expect("a connected", "b connected");
        peers.tick(190 * SECOND - 1);
        expect();
        peers.tick(190 * SECOND);
        expect("b silent false null");
        peers.locate(A, at(1));
        peers.tick(200 * SECOND);
        expect("a silent false 192.0.2.1:1");
        peers.tick(1000 * SECOND);
        peers.expired(A);
        peers.failed(B);
        expect();
        peers.handshake(B, 1001 * SECOND);
        expect("b connected");
    }

    @Test
    void aPeerThatDoesNotAnswerAnAttemptIsSilentAtItsEnd() {
        peers.handshake(A, 0);
        peers.handshake(B, 0);
        found.clear();
        peers.unanswered(A);
        expect();
        peers.failed(A);
        expect("a silent true null");
        peers.unanswered(B);
        peers.handshake(B, SECOND); // the second initiation was answered
        peers.expired(B);
        expect("b silent false null");
    }

    @Test
    void aPeerThatWasConnectedAtTheStartIsNotReportedAgain() {
        peers.begin(B, at(1), -100 * SECOND);
        peers.begin(A, at(2), -50 * SECOND);
        peers.handshake(A, 0);
        expect();
        peers.tick(80 * SECOND);
        expect("b silent false 192.0.2.1:1");
    }

    @Test
    void aMovingPeerIsReportedAtOnceAndThenEvery10SecondsWithTheNumberOfItsMoves() {
        peers.moved(A, at(1), 0); // part of its connection
        peers.handshake(A, 0);
        expect("a connected");
        peers.moved(A, at(2), SECOND);
        expect("a moved 192.0.2.1:2 1");
        for (int port = 3; port < 10_000; port++) {
            peers.moved(A, at(port), 2 * SECOND);
        }
        peers.tick(11 * SECOND - 1);
        expect();
        peers.tick(11 * SECOND);
        expect("a moved 192.0.2.1:9999 9997");
        peers.tick(30 * SECOND);
        expect();
        peers.moved(A, at(1), 31 * SECOND);
        expect("a moved 192.0.2.1:1 1");
    }

    @Test
    void aRemovedPeerIsForgotten() {
        peers.handshake(A, 0);
        peers.moved(A, at(1), 0);
        peers.moved(A, at(2), 0);
        found.clear();
        peers.removed(A);
        peers.tick(1000 * SECOND);
        expect();
        assertEquals(0, peers.connectedCount());
        peers.handshake(A, 1000 * SECOND);
        expect("a connected");
    }

    @Test
    void aFloodIsOneReportAMinuteForEachReasonAndNothingIsLeftOut() {
        List<String> reports = new ArrayList<>();
        RefusalWatch refusals =
                new RefusalWatch((reason, count) -> reports.add(reason + " " + count));
        Map<DropReason, Long> counters = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            counters.put(reason, 5L);
        }
        refusals.begin(counters);
        refusals.check(counters, 0);
        assertEquals(List.of(), reports);

        long total = 0;
        for (int s = 1; s <= 600; s++) { // 10 minutes of 100,000 a second
            counters.merge(DropReason.MAC1_INVALID, 100_000L, Long::sum);
            counters.merge(DropReason.NO_PEER, 1L, Long::sum); // of this system: a counter only
            total += 100_000;
            refusals.check(counters, s * SECOND);
        }
        assertEquals(10, reports.size(), reports.toString());
        refusals.check(counters, 700 * SECOND);
        long reported =
                reports.stream().mapToLong(line -> Long.parseLong(line.split(" ")[1])).sum();
        assertEquals(total, reported);
        counters.merge(DropReason.REPLAYED, 1L, Long::sum);
        refusals.check(counters, 701 * SECOND);
        assertEquals("REPLAYED 1", reports.getLast());
    }
}
