// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.bugs.TwoStacks.MS;
import static org.wgj.netstack.bugs.TwoStacks.SECOND;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.TcpState;

import java.util.List;

/** Faults at the end of connections: bugs 6, 9, 11, 45, 46, 51, 52 and 53. */
class ClosingBugsTest {
    private static final LinkConditions LINK = LinkConditions.delay(5 * MS);

    @Test
    void aConnectionClosedBeforeAClosedWindowIsResetInTheEnd() { // 6
        OnePeer one = new OnePeer();
        one.open(10);
        one.write(20);
        one.flow.expect("A", 1, 1, 10);
        one.flow.window = 0;
        one.flow.send("A", 1, 11, 0);
        one.connection().close(one.peer.nowNs());
        assertEquals(TcpState.FIN_WAIT_1, one.connection().state());
        boolean reset = false;
        for (int seconds = 0; seconds < 70 && !reset; seconds++) {
            one.peer.advance(SECOND);
            for (var sent : one.peer.all()) {
                TcpPacket segment = sent.tcp();
                reset |= segment.has(TcpPacket.RST);
                if (!reset) {
                    one.flow.send("A", 1, 11, 0); // the peer lives and keeps its window closed
                }
            }
        }
        assertTrue(reset, "no RST within 70 s");
        assertEquals(TcpState.CLOSED, one.connection().state());
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void nothingButItsOwnTimerLivesInTimeWait() { // 9
        OnePeer one = new OnePeer();
        one.options = TcpOptions.DEFAULT.withKeepAlive(true, 1, 1, 3);
        one.open(1000);
        one.connection().shutdownOutput(one.peer.nowNs());
        one.flow.expect("FA", 1, 1, 0);
        one.flow.send("FA", 1, 2, 0);
        one.flow.expect("A", 2, 2, 0);
        one.connection().close(one.peer.nowNs());
        one.peer.advance(59 * SECOND);
        one.peer.expectNothing();
        one.flow.send("FA", 1, 2, 0);
        one.flow.expect("A", 2, 2, 0);
        one.peer.advance(61 * SECOND);
        one.peer.expectNothing();
        TestStacks.checkEmpty(one.stack);
        assertEquals(Long.MAX_VALUE, one.stack.nextDeadlineNs());
    }

    @Test
    void dataAndFinMayArriveInAnyOrder() { // 11
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] order : orders) {
            OnePeer one = new OnePeer();
            one.open(1000);
            for (int part : order) {
                switch (part) {
                    case 0 -> one.flow.send("A", 1, 1, 10);
                    case 1 -> one.flow.send("A", 11, 1, 10);
                    default -> one.flow.send("FA", 21, 1, 0);
                }
            }
            one.peer.advance(100 * MS);
            List<TcpPacket> answers = one.segments();
            assertEquals(one.flow.irs + 22, answers.getLast().acknowledgment);
            assertEquals(TcpState.CLOSE_WAIT, one.connection().state());
            one.read(20);
            assertEquals(-1, one.connection().read(new byte[1], 0, 1));
        }
    }

    /** Every way to close two sides, with every pattern of loss in the packets that follow. */
    @Test
    void everyClosingOrderSurvivesEveryLossOfSixPackets() { // 45
        int runs = 0;
        for (int order = 0; order < 6; order++) {
            for (int lost = 0; lost < 64; lost++) {
                close(order, lost);
                runs++;
            }
        }
        assertEquals(384, runs);
    }

    private static void close(int order, int lost) {
        TwoStacks two = new TwoStacks(LINK);
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(0);
        Bulk server = two.open(client);
        two.link.runFor(200 * MS);
        int[] index = {0};
        two.link.toRight().filter((packet, length, ns) -> (lost >> index[0]++ & 1) == 0);
        two.link.toLeft().filter((packet, length, ns) -> (lost >> index[0]++ & 1) == 0);
        boolean data = order >= 3;
        if (data) {
            client.write(100);
            server.write(100);
        }
        EmulatedLink link = two.link;
        switch (order % 3) {
            case 0 -> {
                client.connection.shutdownOutput(link.nowNs());
                server.connection.shutdownOutput(link.nowNs());
            }
            case 1 -> {
                client.connection.shutdownOutput(link.nowNs());
                link.after(7 * MS, () -> server.connection.shutdownOutput(link.nowNs()));
            }
            default -> {
                server.connection.shutdownOutput(link.nowNs());
                link.after(300 * MS, () -> client.connection.shutdownOutput(link.nowNs()));
            }
        }
        String run = "order " + order + " lost " + lost;
        assertTrue(
                link.runUntil(() -> client.endRead && server.endRead, link.nowNs() + 120 * SECOND),
                run);
        assertEquals(data ? 100 : 0, client.read, run);
        assertEquals(data ? 100 : 0, server.read, run);
        client.connection.close(link.nowNs());
        server.connection.close(link.nowNs());
        assertTrue(link.runUntilQuiet(link.nowNs() + 300 * SECOND), run);
        two.checkEmpty();
    }

    @Test
    void sendingAResetLeavesOtherConnectionsAlone() { // 46
        OnePeer one = new OnePeer();
        one.open(20);
        TcpPacket stranger = one.flow.segment("A", 5, 5, 0);
        stranger.destinationPort = 81;
        stranger.window = 1;
        one.peer.inject(stranger);
        one.peer.expect("R");
        one.write(30);
        one.flow.expect("A", 1, 1, 20);
        one.flow.send("A", 1, 21, 0);
        one.flow.expect("PA", 21, 1, 10);
    }

    @Test
    void aKeepaliveProbeThatDrawsAResetEndsTheConnection() { // 52
        OnePeer one = new OnePeer();
        one.options = TcpOptions.DEFAULT.withKeepAlive(true, 10, 5, 3);
        one.open(1000);
        one.write(10);
        one.flow.expect("A", 1, 1, 10);
        one.flow.send("A", 1, 11, 0);
        one.peer.advance(11 * SECOND);
        TcpPacket probe = one.peer.expect("A");
        assertEquals(one.flow.iss + 10, probe.sequence);
        TcpPacket reset = one.flow.segment("R", 1, 0, 0);
        one.peer.inject(reset);
        assertTrue(one.application.ended);
        assertEquals(TcpFailure.RESET, one.application.failure);
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void aPeerThatVanishesIsNoticedWithinTwoMinutes() { // 28, with the values of forwards
        OnePeer one = new OnePeer();
        one.options = TcpOptions.DEFAULT.withKeepAlive(true, 60, 15, 4);
        one.open(1000);
        one.peer.advance(120 * SECOND + MS);
        assertTrue(one.application.ended);
        assertEquals(TcpFailure.TIMED_OUT, one.application.failure);
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void aPassiveCloseWithUnacknowledgedDataLeaksNothing() { // 53
        OnePeer one = new OnePeer();
        one.open(1000);
        one.write(100);
        one.flow.expect("PA", 1, 1, 100);
        one.flow.send("FA", 1, 1, 0);
        one.connection().close(one.peer.nowNs());
        one.peer.advance(200 * SECOND);
        assertEquals(TcpState.CLOSED, one.connection().state());
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void aConnectionEndsWithItsOwnAddress() { // 53
        OnePeer one = new OnePeer();
        one.open(1000);
        one.stack.setAddresses(List.of());
        one.peer.drain();
        assertTrue(one.application.ended);
        assertEquals(TcpFailure.CLOSED, one.application.failure);
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void aPortInTimeWaitServesANewConnectionOfTheSamePeer() { // 51
        OnePeer one = new OnePeer();
        one.open(1000);
        one.connection().close(one.peer.nowNs());
        one.flow.expect("FA", 1, 1, 0);
        one.flow.send("FA", 1, 2, 0);
        one.flow.expect("A", 2, 2, 0);
        one.flow.irs += 100_000;
        TcpPacket syn = one.flow.segment("S", 0, 0, 0);
        one.peer.inject(syn);
        TcpPacket answer = one.peer.expect("SA");
        one.flow.iss = answer.sequence;
        one.flow.send("A", 1, 1, 0);
        assertEquals(2, one.accepted.size());
    }
}
