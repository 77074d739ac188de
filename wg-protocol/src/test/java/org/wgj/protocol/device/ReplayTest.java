// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.session.ReplayWindow;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The edges of the replay window, which only authentic packets may change (RFC 6479). */
@ExtendWith(Seeds.class)
class ReplayTest {
    private static final long LIMIT = 8192 - 64;

    private final ReplayWindow window = new ReplayWindow();

    private void accept(long... counters) {
        for (long counter : counters) {
            assertTrue(window.accept(counter), "counter " + counter);
        }
    }

    private void refuse(long... counters) {
        for (long counter : counters) {
            assertFalse(window.accept(counter), "counter " + counter);
        }
    }

    @Test
    void eachCounterIsNewOnce() {
        accept(0, 1);
        refuse(1, 0);
        accept(9, 8, 7);
        refuse(7);
        accept(LIMIT);
        refuse(LIMIT);
        accept(LIMIT - 1);
        refuse(LIMIT - 1);
        accept(LIMIT - 2, 2);
        refuse(2);
    }

    @Test
    void exactly8128CountersBehindTheGreatestAreStillTaken() {
        accept(LIMIT + 16);
        accept(16);
        refuse(15);
        accept(LIMIT + 17);
        accept(17);
        refuse(16);
    }

    @Test
    void theWindowIsOfBitsNotOfBytes() {
        accept(0);
        accept(8000);
        for (long counter = 1; counter < 8000; counter++) {
            accept(counter);
        }
        refuse(0, 4000, 8000);
    }

    @Test
    void aJumpForgetsNothingInsideAndAllOutside() {
        accept(3 * LIMIT);
        refuse(0, 1, 2 * LIMIT - 1);
        accept(2 * LIMIT, 2 * LIMIT + 1);
        accept(1L << 62);
        refuse(3 * LIMIT);
        accept((1L << 62) - LIMIT);
        refuse((1L << 62) - LIMIT - 1);
    }

    @Test
    void inOrderForwardsAndBackwards() {
        for (long i = 1; i <= 8192; i++) {
            accept(i);
        }
        accept(0 + 8193);
        refuse(0);
        ReplayWindow backwards = new ReplayWindow();
        for (long i = LIMIT; i >= 0; i--) {
            assertTrue(backwards.accept(i));
        }
        assertFalse(backwards.accept(0));
        assertTrue(backwards.accept(LIMIT + 1));
        assertFalse(backwards.accept(0));
    }

    @Test
    void countersAreUnsigned() {
        accept(Long.MAX_VALUE - 1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE + 5);
        refuse(Long.MAX_VALUE, 0, 1);
        accept(-(1L << 13) - 2);
        refuse(Long.MIN_VALUE + 6);
    }

    @Test
    void reorderedAndDuplicatedDatagramsArriveOnce() {
        TwoPeers net = TwoPeers.connected();
        net.wire =
                d ->
                        List.of(
                                d.delayedBy(net.random.nextLong(SECOND)),
                                d.delayedBy(net.random.nextLong(SECOND)));
        Set<String> sent = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            net.alice.send("packet " + i);
            sent.add("packet " + i);
            net.run(SECOND / 100);
        }
        net.run(2 * SECOND);
        assertEquals(500, net.bob.received.size());
        assertEquals(sent, new HashSet<>(net.bob.texts()));
        assertEquals(500, net.bob.drops(DropReason.REPLAYED));
    }

    @Test
    void duplicatesInOneBatchArriveOnce() {
        TwoPeers net = TwoPeers.connected();
        net.lose(d -> true);
        net.alice.send("once");
        Datagram d = net.last(net.alice, Kind.DATA);
        net.bob.receive(d, d, d);
        assertEquals(List.of("once"), net.bob.texts());
        assertEquals(2, net.bob.drops(DropReason.REPLAYED));
    }

    @Test
    void aForgedPacketFromTheFutureDoesNotMoveTheWindow() {
        TwoPeers net = TwoPeers.connected();
        net.lose(d -> true);
        net.alice.send("genuine");
        Datagram genuine = net.last(net.alice, Kind.DATA);
        for (int bit = 64; bit < 128; bit++) {
            net.bob.receive(genuine.withBitFlipped(bit));
        }
        assertEquals(List.of(), net.bob.texts());
        net.bob.receive(genuine);
        assertEquals(List.of("genuine"), net.bob.texts());
    }

    @Test
    void aReplayMovesNoTimerAndCountsNoBytes() {
        TwoPeers net = TwoPeers.connected();
        net.bob.device.setPersistentKeepalive(net.bob.peer(net.alice), 25);
        net.alice.send("genuine");
        net.settle();
        net.run(15 * SECOND);
        long deadline = net.bob.device.nextDeadlineNs();
        PeerStatus before = net.bob.peer(net.alice).status();
        net.bob.receive(net.last(net.alice, Kind.DATA));
        assertEquals(deadline, net.bob.device.nextDeadlineNs());
        assertEquals(before.receivedBytes(), net.bob.peer(net.alice).status().receivedBytes());
        assertEquals(1, net.bob.drops(DropReason.REPLAYED));
    }
}
