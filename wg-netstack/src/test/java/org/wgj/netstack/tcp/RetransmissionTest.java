// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.util.List;

/** Retransmissions and the amount in flight, against a peer written by hand. */
class RetransmissionTest {
    @Test
    void segmentsSentAgainAreFullAlsoWhileThePeersDataHasGaps() throws IOException {
        RawPeer peer = new RawPeer().withOptions().established();
        int mss = 1380 - 12;
        peer.write(10 * mss);
        assertEquals(10, peer.take().size());
        peer.send(ACK, 101, 1, 100);
        assertEquals(1, peer.one().sackBlocks);
        int full = 0;
        for (int acknowledged = 1; acknowledged < 1 + 10 * mss; acknowledged += mss) {
            peer.pass(100_000);
            for (TcpSegment each : peer.take()) {
                assertEquals(mss, each.dataLength);
                assertEquals(0, each.sackBlocks);
                full++;
            }
            peer.send(ACK, 1, acknowledged + mss, 0);
        }
        assertTrue(full >= 10 && full <= 12, full + " segments for ten lost ones and a probe");
    }

    @Test
    void selectiveBlocksFollowARetransmission() throws IOException {
        RawPeer peer = new RawPeer().withOptions().established();
        int mss = 1380 - 12;
        peer.write(4 * mss);
        peer.take();
        while (peer.connection.sender.recovery().consecutiveTimeouts() == 0) {
            peer.pass(100_000);
            for (TcpSegment each : peer.take()) {
                peer.echo = each.timestamp; // the peer got the retransmission, not the original
            }
        }
        peer.send(ACK, 101, 1 + mss, 100);
        List<TcpSegment> sent = peer.take();
        assertTrue(sent.size() >= 2, "the next lost segments and an acknowledgment");
        for (TcpSegment each : sent.subList(0, sent.size() - 1)) {
            assertEquals(mss, each.dataLength);
            assertEquals(0, each.sackBlocks);
        }
        assertEquals(0, sent.getLast().dataLength);
        assertEquals(1, sent.getLast().sackBlocks);
    }

    @Test
    void aFlightHasABoundedNumberOfSegments() throws IOException {
        RawPeer peer = new RawPeer().withOptions();
        peer.synOptions[2] = 0;
        peer.synOptions[3] = 88;
        peer.established(TcpOptions.DEFAULT.withCongestion(CongestionRule.NEW_RENO));
        int most = 0;
        int next = 1;
        for (int round = 0; round < 14; round++) {
            peer.write(1_000_000);
            List<TcpSegment> sent = peer.take();
            for (TcpSegment each : sent) {
                next += each.dataLength;
            }
            most = Math.max(most, sent.size());
            peer.now += 10 * RawPeer.MS;
            peer.send(ACK, 1, next, 0);
        }
        assertEquals(Sender.MAX_FLIGHT, most);
        assertEquals(Sender.MAX_FLIGHT * 76L, peer.connection.info().cwnd());
    }

    @Test
    void smallerSegmentsBoundTheFlightAnew() throws IOException {
        RawPeer peer = new RawPeer().withOptions();
        peer.established(TcpOptions.DEFAULT.withCongestion(CongestionRule.NEW_RENO));
        int next = 1;
        for (int round = 0; round < 10; round++) {
            peer.write(TcpLimits.DEFAULT.maxBuffer());
            for (TcpSegment each : peer.take()) {
                next += each.dataLength;
            }
            peer.now += 10 * RawPeer.MS;
            peer.send(ACK, 1, next, 0);
        }
        assertTrue(peer.connection.info().cwnd() > Sender.MAX_FLIGHT * 88L);
        peer.write(1000); // an ICMP message must quote what is in flight
        peer.take();
        peer.host.mtu = 128;
        peer.host.layer.unreachable(
                peer.host.address,
                peer.hostPort,
                peer.address,
                RawPeer.PORT,
                peer.iss + next,
                IcmpCause.TOO_BIG,
                128,
                peer.now);
        assertEquals(76, peer.connection.info().mss());
        assertEquals(Sender.MAX_FLIGHT * 76L, peer.connection.info().cwnd());
    }

    @Test
    void dataThatNagleHoldsDoesNotHoldTheProbe() throws IOException {
        RawPeer peer = new RawPeer().withOptions();
        peer.listen(4);
        peer.send(SYN, 0, 0, 0);
        TcpSegment synAck = peer.one();
        peer.iss = synAck.sequence;
        peer.echo = synAck.timestamp;
        peer.now += 50 * RawPeer.MS; // the round trip
        peer.send(ACK, 1, 1, 0);
        peer.write(200);
        peer.expect("A 1 1 200");
        peer.write(100);
        peer.none();
        long begun = peer.now;
        peer.pass(10_000);
        TcpSegment probe = peer.one();
        assertEquals("A 1 1 200", peer.text(probe));
        assertEquals(0, peer.connection.sender.recovery().consecutiveTimeouts());
        assertTrue(peer.now - begun <= 300 * RawPeer.MS, "twice the round trip and 200 ms");
        peer.echo = probe.timestamp;
        peer.send(ACK, 1, 201, 0);
        peer.expect("A 201 1 100");
    }

    @Test
    void dataThatNagleHoldsDoesNotHoldRetransmissions() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(4 * 1380 + 200);
        assertEquals(5, peer.take().size());
        peer.write(100);
        peer.none();
        peer.pass(10_000);
        peer.expect("A 1 1 1380");
        assertEquals(1, peer.connection.sender.recovery().consecutiveTimeouts());
        peer.send(ACK, 1, 1381, 0);
        List<TcpSegment> sent = peer.take();
        assertEquals("A 1381 1 1380", peer.text(sent.get(0)));
        assertEquals("A 2761 1 1380", peer.text(sent.get(1)));
    }
}
