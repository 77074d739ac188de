// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.bugs.TwoStacks.MS;
import static org.wgj.netstack.bugs.TwoStacks.SECOND;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.ScriptedPeer;
import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.TcpState;
import org.wgj.netstack.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;

/**
 * Faults at the beginning of connections and with their number: bugs 7, 8, 17, 18, 19, 24 and 40.
 */
class HandshakeBugsTest {
    private static ScriptedPeer.Flow flow(OnePeer one, int number) {
        IpAddress from = new IpAddress(false, 0, 0x0a01_0000L + number / 50_000 + 2);
        return one.peer.new Flow(from, 1_024 + number % 50_000, OnePeer.LOCAL, OnePeer.PORT);
    }

    @Test
    void aLastAckWithoutTimestampsFreesItsPlace() { // 7
        OnePeer one = new OnePeer().listen(4);
        for (int i = 0; i < 1_000; i++) {
            ScriptedPeer.Flow flow = flow(one, i);
            TcpPacket syn = flow.segment("S", 0, 0, 0);
            syn.mss = 1460;
            syn.timestamps = true;
            syn.tsVal = 1;
            one.peer.inject(syn);
            flow.iss = one.peer.expect("SA").sequence;
            flow.send("A", 1, 1, 0);
            assertEquals(i + 1, one.accepted.size());
            flow.send("R", 1, 0, 0);
        }
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void halfOpenConnectionsThatTimeOutLeaveNothing() { // 8
        OnePeer one = new OnePeer().listen(128);
        for (int i = 0; i < 10_000; i++) {
            one.peer.inject(flow(one, i * 17).segment("S", 0, 0, 0));
            if (i % 100 == 0) {
                one.peer.advance(SECOND);
                one.peer.all();
            }
        }
        one.peer.advance(200 * SECOND);
        TestStacks.checkEmpty(one.stack);
        assertEquals(Long.MAX_VALUE, one.stack.nextDeadlineNs());
        one.peer.all();
        one.open(1000);
        assertEquals(1, one.accepted.size());
    }

    @Test
    void halfOpenConnectionsThatAreResetLeaveNothing() { // 8
        OnePeer one = new OnePeer().listen(10);
        for (int i = 0; i < 10_000; i++) {
            ScriptedPeer.Flow flow = flow(one, i);
            flow.send("S", 0, 0, 0);
            one.peer.expect("SA");
            flow.send("R", 1, 0, 0);
            if (i % 1000 == 0) {
                TestStacks.checkEmpty(one.stack);
            }
        }
        TestStacks.checkEmpty(one.stack);
        one.open(1000);
        assertEquals(1, one.accepted.size());
    }

    @Test
    void aPeerInTimeWaitCostsNoSecond() { // 17
        OnePeer one = new OnePeer();
        ScriptedPeer.Flow flow = one.peer.new Flow(OnePeer.PEER, 80, OnePeer.LOCAL, 0);
        Bulk client = new Bulk(0);
        try {
            client.connection =
                    one.stack
                            .tcp()
                            .connect(
                                    null,
                                    0,
                                    OnePeer.PEER,
                                    80,
                                    TcpOptions.DEFAULT,
                                    client,
                                    one.peer.nowNs());
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
        flow.localPort = client.connection.localPort();
        flow.iss = one.peer.expect("S").sequence;
        // The peer's TIME-WAIT answers by an ACK with its old numbers.
        TcpPacket stale = flow.segment("A", 5, 0, 0);
        stale.acknowledgment = flow.iss - 77;
        one.peer.inject(stale);
        TcpPacket reset = one.peer.expect("R");
        assertEquals(flow.iss - 77, reset.sequence);
        one.peer.advance(50 * MS);
        TcpPacket again = one.peer.expect("S");
        assertEquals(flow.iss, again.sequence);
        assertEquals(TcpState.SYN_SENT, client.connection.state());
    }

    @Test
    void aListenerThatDoesNotAcceptStillAnswersLater() { // 18
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS));
        two.accepting = false;
        two.listen(TcpOptions.DEFAULT, 3, () -> new Bulk(10));
        List<Bulk> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            clients.add(two.connect(TcpOptions.DEFAULT, new Bulk(10)));
        }
        two.link.runFor(2 * SECOND);
        assertTrue(two.accepted.size() <= 4, "accepted " + two.accepted.size());
        assertTrue(two.accepted.size() >= 3, "accepted " + two.accepted.size());
        two.accepting = true;
        for (int i = two.accepted.size(); i > 0; i--) {
            two.listener.accepted();
        }
        assertTrue(
                two.link.runUntil(() -> two.accepted.size() == 10, two.link.nowNs() + 40 * SECOND),
                "accepted " + two.accepted.size());
        assertTrue(
                two.link.runUntil(
                        () -> clients.stream().allMatch(client -> client.read == 10),
                        two.link.nowNs() + 10 * SECOND));
    }

    @Test
    void aBacklogOfOneServesOneAfterTheOther() { // 18
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS));
        two.listen(TcpOptions.DEFAULT, 1, () -> new Bulk(10));
        for (int i = 0; i < 100; i++) {
            two.open(new Bulk(10));
        }
        assertEquals(100, two.accepted.size());
    }

    @Test
    void aThousandConnectionsPassAQueueOfEightPackets() { // 19
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS).ratePackets(100_000_000, 8));
        two.listen(TcpOptions.DEFAULT, 1_000, () -> new Bulk(2_000).closing());
        List<Bulk> clients = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            clients.add(two.connect(TcpOptions.DEFAULT, new Bulk(2_000).closing()));
            two.link.runFor(MS); // all in one instant would repeat their SYNs in one instant
        }
        assertTrue(
                two.link.runUntil(
                        () -> clients.stream().allMatch(client -> client.ended),
                        two.link.nowNs() + 300 * SECOND),
                () -> clients.stream().filter(client -> client.ended).count() + " ended");
        for (Bulk client : clients) {
            assertEquals(null, client.failure);
            assertEquals(2_000, client.read);
        }
        assertTrue(two.link.runUntilQuiet(two.link.nowNs() + 300 * SECOND));
        two.checkEmpty();
    }

    @Test
    void everySecondConnectionMayEndWhileTheOthersGoOn() { // 24
        OnePeer one = new OnePeer().listen(1_000);
        List<ScriptedPeer.Flow> flows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ScriptedPeer.Flow flow = flow(one, i);
            flow.send("S", 0, 0, 0);
            flow.iss = one.peer.expect("SA").sequence;
            flow.send("A", 1, 1, 0);
            flows.add(flow);
        }
        List<byte[]> batch = new ArrayList<>();
        for (int i = 0; i < 200; i += 2) {
            batch.add(flows.get(i).segment("R", 1, 0, 0).toBytes());
        }
        one.peer.injectTogether(batch);
        one.peer.expectNothing();
        for (int i = 1; i < 200; i += 2) {
            flows.get(i).send("A", 1, 1, 5);
            one.peer.advance(60 * MS);
            flows.get(i).expect("A", 1, 6, 0);
            assertFalse(one.accepted.get(i).ended);
        }
        for (int i = 0; i < 200; i += 2) {
            assertTrue(one.accepted.get(i).ended);
        }
    }

    @Test
    void halfOpenConnectionsThatExpireTogetherAllGo() { // 24
        OnePeer one = new OnePeer().listen(100);
        for (int i = 0; i < 30; i++) {
            flow(one, i).send("S", 0, 0, 0);
        }
        one.peer.advance(200 * SECOND);
        TestStacks.checkEmpty(one.stack);
    }

    @Test
    void hundredsOfPeersAreServedAtOnce() { // 40
        OnePeer one = new OnePeer().listen(1_000);
        List<ScriptedPeer.Flow> flows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            IpAddress from = new IpAddress(false, 0, 0x0a02_0000L + i + 1);
            ScriptedPeer.Flow flow = one.peer.new Flow(from, 4_000, OnePeer.LOCAL, OnePeer.PORT);
            flow.irs = i * 1_000;
            flow.send("S", 0, 0, 0);
            flow.iss = one.peer.expect("SA").sequence;
            flow.send("A", 1, 1, 0);
            flows.add(flow);
        }
        for (ScriptedPeer.Flow flow : flows) {
            flow.send("A", 1, 1, 3);
            one.peer.advance(50 * MS);
            flow.expect("A", 1, 4, 0);
        }
        assertEquals(300, one.accepted.size());
    }
}
