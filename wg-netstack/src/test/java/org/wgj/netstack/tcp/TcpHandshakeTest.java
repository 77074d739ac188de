// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.CWR;
import static org.wgj.netstack.wire.TcpSegment.ECE;
import static org.wgj.netstack.wire.TcpSegment.FIN;
import static org.wgj.netstack.wire.TcpSegment.RST;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.util.ArrayList;
import java.util.List;

/** Opening: RFC 9293 3.5 and 3.10.7.2 to 3.10.7.4, against a peer written by hand. */
class TcpHandshakeTest {
    @Test
    void ourSynOffersEverything() throws IOException {
        RawPeer peer = new RawPeer();
        peer.connection =
                peer.host.layer.connect(
                        null, 0, peer.address, RawPeer.PORT, null, peer.handler, peer.now);
        TcpSegment syn = peer.one();
        assertEquals(SYN, syn.flags);
        assertEquals(1380, syn.mss);
        assertEquals(8, syn.windowScale);
        assertTrue(syn.sackPermitted);
        assertTrue(syn.timestamps);
        assertEquals(0xffff, syn.window);
        assertEquals(0, syn.acknowledgment);
        assertTrue(syn.sourcePort >= 32768 && syn.sourcePort <= 60999);
    }

    @Test
    void synIsRepeatedSixTimesAndGivenUp() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        long begun = peer.now;
        int[] seconds = {1, 3, 7, 15, 31, 63};
        for (int second : seconds) {
            peer.pass(200_000);
            double late = (peer.now - begun) / (second * 1e9);
            assertTrue(late >= 1 && late < 1.04, "after " + late + " times the interval");
            peer.expect("S 0 0 0");
        }
        peer.pass(200_000);
        assertEquals(TcpFailure.TIMED_OUT, peer.handler.failure);
        peer.none();
        assertEquals(0, peer.host.layer.connections());
        assertEquals(Long.MAX_VALUE, peer.host.layer.nextDeadlineNs());
    }

    @Test
    void icmpDecidesWhatIsReported() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        icmp(peer, -1, IcmpCause.PORT_UNREACHABLE);
        icmp(peer, 1, IcmpCause.PORT_UNREACHABLE);
        assertEquals(0, peer.handler.ended, "a quoted SEQ that is not in flight is forged");
        icmp(peer, 0, IcmpCause.UNREACHABLE);
        assertEquals(0, peer.handler.ended, "a soft error");
        icmp(peer, 0, IcmpCause.PORT_UNREACHABLE);
        assertEquals(TcpFailure.PORT_UNREACHABLE, peer.handler.failure);

        RawPeer soft = new RawPeer().connecting();
        icmp(soft, 0, IcmpCause.UNREACHABLE);
        for (int i = 0; i < 7; i++) {
            soft.pass(200_000);
            soft.take();
        }
        assertEquals(TcpFailure.UNREACHABLE, soft.handler.failure);
    }

    private static void icmp(RawPeer peer, int sequence, IcmpCause cause) {
        peer.host.layer.unreachable(
                peer.host.address,
                peer.hostPort,
                peer.address,
                RawPeer.PORT,
                peer.iss + sequence,
                cause,
                0,
                peer.now);
    }

    @Test
    void answersInSynSent() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        peer.send(RST | ACK, 0, 0, 0);
        peer.send(RST | ACK, 0, 2, 0);
        peer.send(RST, 0, 1, 0);
        peer.send(ACK, 0, 1, 0);
        peer.send(FIN, 0, 0, 3);
        peer.send(FIN | ACK, 0, 1, 3);
        peer.none();
        peer.send(SYN | ACK, 0, 0, 0);
        List<TcpSegment> answer = peer.take();
        assertEquals("R 0 0 0", peer.text(answer.get(0)));
        assertEquals("S 0 0 0", peer.text(answer.get(1)), "the peer may have been in TIME-WAIT");
        assertEquals(TcpState.SYN_SENT, peer.connection.state());
        peer.send(SYN | ACK, 0, 1, 3);
        peer.expect("A 1 4 0");
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(3, peer.connection.available());
        assertEquals(1, peer.handler.established);
    }

    @Test
    void refusalIsOnlyBelievedWithTheRightAcknowledgment() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        peer.send(RST | ACK, 0, 1, 0);
        assertEquals(TcpFailure.REFUSED, peer.handler.failure);
        assertEquals(TcpState.CLOSED, peer.connection.state());
        peer.none();
    }

    @Test
    void aSynAckThatWasSentTwiceGivesNoRoundTripTime() throws IOException {
        RawPeer peer = new RawPeer().listen(1);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.now += 300 * RawPeer.MS;
        peer.send(SYN, 0, 0, 0);
        peer.expect("SA 0 1 0");
        peer.now += RawPeer.MS;
        peer.send(ACK, 1, 1, 0); // of the first one
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(0, peer.connection.info().srttNs());

        RawPeer once = new RawPeer().listen(1);
        once.send(SYN, 0, 0, 0);
        once.iss = once.one().sequence;
        once.now += 300 * RawPeer.MS;
        once.send(ACK, 1, 1, 0);
        assertEquals(300 * RawPeer.MS, once.connection.info().srttNs());
    }

    @Test
    void simultaneousOpen() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        peer.send(SYN, 0, 0, 0);
        peer.expect("SA 0 1 0");
        assertEquals(TcpState.SYN_RECEIVED, peer.connection.state());
        peer.pass(1500);
        peer.expect("SA 0 1 0");
        peer.send(ACK, 1, 2, 0);
        peer.expect("R 2 0 0");
        peer.send(SYN | ACK, 0, 1, 0);
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(1, peer.handler.established);
    }

    @Test
    void simultaneousOpenEndsByReset() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        peer.send(SYN, 0, 0, 0);
        peer.take();
        peer.send(RST, 0, 0, 0);
        assertEquals(TcpState.SYN_RECEIVED, peer.connection.state(), "left of the window");
        peer.send(RST, 5, 0, 0);
        peer.expect("A 1 1 0");
        peer.send(RST, 1, 0, 0);
        assertEquals(TcpFailure.REFUSED, peer.handler.failure);
        peer.none();
    }

    @Test
    void connectionToItself() throws IOException {
        TestHost host = new TestHost("10.0.0.1", 9);
        TestHandler handler = new TestHandler();
        TcpConnection connection =
                host.layer.connect(host.address, 7, host.address, 7, null, handler, 1);
        for (int i = 0; i < 4; i++) {
            host.receive(host.emitAll(1), 1);
        }
        assertEquals(TcpState.ESTABLISHED, connection.state());
        connection.write("me".getBytes(), 0, 2);
        connection.wrote(1);
        for (int i = 0; i < 4; i++) {
            host.receive(host.emitAll(1), 1);
        }
        assertEquals(2, connection.available());
    }

    @Test
    void synAckAnswersTheOptionsOfTheSyn() throws IOException {
        RawPeer plain = new RawPeer().listen(4);
        plain.send(SYN, 0, 0, 0);
        TcpSegment synAck = plain.one();
        assertEquals(SYN | ACK, synAck.flags);
        assertEquals(1380, synAck.mss);
        assertEquals(-1, synAck.windowScale);
        assertFalse(synAck.sackPermitted);
        assertFalse(synAck.timestamps);

        RawPeer rich = new RawPeer().withOptions().listen(4);
        rich.send(SYN | ECE | CWR, 0, 0, 0);
        synAck = rich.one();
        assertEquals(SYN | ACK, synAck.flags, "without ECE: we do not use ECN");
        assertEquals(8, synAck.windowScale);
        assertTrue(synAck.sackPermitted);
        assertEquals(100, synAck.timestampEcho);
    }

    @Test
    void synReceivedTakesOnlyTheExactAcknowledgment() throws IOException {
        RawPeer peer = new RawPeer().listen(4);
        peer.send(SYN, 0, 0, 0);
        TcpSegment synAck = peer.one();
        peer.iss = synAck.sequence;
        peer.send(ACK, 1, 0, 0);
        peer.expect("R 0 0 0");
        peer.send(ACK, 1, 2, 0);
        peer.expect("R 2 0 0");
        assertNull(peer.connection);
        peer.send(SYN, 0, 0, 0);
        peer.expect("SA 0 1 0");
        peer.send(FIN | ACK, 1, 1, 6);
        peer.expect("A 1 8 0");
        assertEquals(TcpState.CLOSE_WAIT, peer.connection.state());
        assertEquals(6, peer.connection.available());
    }

    @Test
    void synAckIsRepeatedFiveTimesWithoutAnyRstAtTheEnd() throws IOException {
        RawPeer peer = new RawPeer().listen(4);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        for (int i = 0; i < 5; i++) {
            peer.pass(200_000);
            peer.expect("SA 0 1 0");
        }
        peer.pass(200_000);
        peer.none();
        assertEquals(0, peer.host.layer.connections());
        assertEquals(0, peer.listener.halfOpen());
    }

    @Test
    void resetFreesTheSlotOfAHalfOpenConnection() throws IOException {
        RawPeer peer = new RawPeer().listen(4);
        for (int i = 0; i < 10_000; i++) {
            peer.port = 1000 + i;
            peer.send(SYN, 0, 0, 0);
            peer.take();
            peer.send(RST, 1, 0, 0);
        }
        assertEquals(0, peer.host.layer.connections());
        assertEquals(0, peer.listener.halfOpen());
        peer.send(ACK, 1, 1, 0);
        assertTrue(peer.one().has(RST), "it is gone");
    }

    @Test
    void timestampsMayBeMissingAfterTheHandshake() throws IOException {
        RawPeer peer = new RawPeer().withOptions().listen(4);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.timestamps = false;
        peer.send(ACK, 1, 1, 0);
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        peer.send(ACK, 1, 1, 5);
        assertEquals(5, peer.connection.available());
    }

    @Test
    void fullAcceptQueueDropsSynsAndLastAcknowledgments() throws IOException {
        RawPeer peer = new RawPeer().listen(1);
        peer.port = 1;
        peer.send(SYN, 0, 0, 0);
        int first = peer.one().sequence;
        peer.port = 2;
        peer.send(SYN, 0, 0, 0);
        int second = peer.one().sequence;
        peer.iss = second;
        peer.send(ACK, 1, 1, 0);
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        peer.port = 1;
        peer.iss = first;
        peer.send(ACK, 1, 1, 0);
        peer.none();
        peer.port = 3;
        peer.send(SYN, 0, 0, 0);
        peer.none();
        peer.listener.accepted();
        peer.port = 1;
        peer.pass(2000);
        peer.expect("SA 0 1 0");
        TcpConnection earlier = peer.connection;
        peer.send(ACK, 1, 1, 0);
        assertNotEquals(earlier, peer.connection);
    }

    @Test
    void strayAcknowledgmentIsResetWhileTheQueueIsFull() throws IOException {
        RawPeer peer = new RawPeer().listen(1);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.send(ACK, 1, 1, 0);
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        peer.port++;
        peer.send(ACK, 1, 34, 0);
        peer.expect("R 34 0 0");
        peer.port++;
        peer.send(SYN, 0, 0, 0);
        peer.none(); // it is full indeed
    }

    @Test
    void closedListenerForgetsAndAnswersWithReset() throws IOException {
        RawPeer peer = new RawPeer().listen(1);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.listener.close(peer.now);
        peer.none();
        peer.send(ACK, 1, 1, 0);
        peer.expect("R 1 0 0");
        peer.send(SYN, 0, 0, 0);
        TcpSegment reset = peer.one();
        assertEquals(RST | ACK, reset.flags);
        assertEquals(0, reset.sequence);
        assertEquals(RawPeer.IRS + 1, reset.acknowledgment);
    }

    @Test
    void listenerAnswersAsRfc9293Says() throws IOException {
        RawPeer peer = new RawPeer().listen(1);
        peer.send(RST, 0, 0, 0);
        peer.send(RST | ACK, 0, 0, 3);
        peer.send(FIN, 0, 0, 3);
        peer.send(0, 0, 0, 0);
        peer.none();
        peer.send(ACK, 5, 34, 3);
        peer.expect("R 34 0 0");
        peer.send(SYN | ACK, 5, 34, 0);
        peer.expect("R 34 0 0");
        peer.send(SYN | FIN, 0, 0, 3);
        TcpSegment synAck = peer.one();
        assertEquals(RawPeer.IRS + 1, synAck.acknowledgment);
    }

    @Test
    void fallbackDecidesAboutOtherPorts() throws IOException {
        RawPeer peer = new RawPeer();
        List<String> asked = new ArrayList<>();
        peer.host.layer.setFallback(
                (local, localPort, remote, remotePort) -> {
                    asked.add(local + ":" + localPort + " " + remote + ":" + remotePort);
                    return localPort == 443
                            ? accepted -> {
                                accepted.setHandler(peer.handler);
                                peer.connection = accepted;
                                return true;
                            }
                            : null;
                });
        peer.hostPort = 22;
        peer.send(SYN, 0, 0, 0);
        assertTrue(peer.one().has(RST));
        peer.hostPort = 443;
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.send(ACK, 1, 1, 0);
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(List.of("10.0.0.1:22 10.0.0.9:9000", "10.0.0.1:443 10.0.0.9:9000"), asked);
    }

    @Test
    void acceptorMayRefuse() throws IOException {
        RawPeer peer = new RawPeer();
        peer.hostPort = 80;
        peer.host.layer.listen(null, 80, 4, null, accepted -> false);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.send(ACK, 1, 1, 0);
        peer.expect("RA 1 1 0");
        assertEquals(0, peer.host.layer.connections());
    }

    @Test
    void everyOrderOfConnectAndClose() throws IOException {
        RawPeer before = new RawPeer();
        before.connection =
                before.host.layer.connect(
                        null, 0, before.address, RawPeer.PORT, null, before.handler, before.now);
        before.connection.close(before.now);
        before.none();
        assertEquals(1, before.handler.ended);

        RawPeer between = new RawPeer().connecting();
        between.connection.close(between.now);
        between.send(SYN | ACK, 0, 1, 0);
        between.expect("R 1 0 0");

        RawPeer halfOpen = new RawPeer().connecting();
        halfOpen.send(SYN, 0, 0, 0);
        halfOpen.take();
        halfOpen.connection.close(halfOpen.now);
        halfOpen.send(ACK, 1, 1, 0);
        halfOpen.expect("FA 1 1 0");
        assertEquals(TcpState.FIN_WAIT_1, halfOpen.connection.state());

        RawPeer shut = new RawPeer().connecting();
        shut.write(3);
        shut.connection.shutdownOutput(shut.now);
        shut.send(SYN | ACK, 0, 1, 0);
        shut.expect("FA 1 1 3");

        RawPeer after = new RawPeer().connecting();
        after.send(SYN | ACK, 0, 1, 0);
        after.connection.close(after.now);
        after.expect("FA 1 1 0");
    }

    @Test
    void bindsAreChecked() throws IOException {
        TestHost host = new TestHost("10.0.0.1", 1);
        IpAddress other = IpAddress.parse("10.9.9.9");
        IpAddress peer = IpAddress.parse("10.0.0.2");
        TcpHandler handler = new TestHandler();
        assertThrows(BindException.class, () -> host.layer.listen(other, 1, 1, null, null));
        assertThrows(
                BindException.class, () -> host.layer.connect(other, 0, peer, 1, null, handler, 1));
        assertThrows(
                NoRouteToHostException.class,
                () -> host.layer.connect(null, 0, IpAddress.parse("::1"), 1, null, handler, 1));
        host.layer.connect(null, 5, peer, 1, null, handler, 1);
        host.layer.connect(null, 5, peer, 2, null, handler, 1);
        assertThrows(
                BindException.class, () -> host.layer.connect(null, 5, peer, 1, null, handler, 1));
        host.layer.listen(null, 80, 1, null, null);
        assertThrows(BindException.class, () -> host.layer.listen(null, 80, 1, null, null));
        assertThrows(BindException.class, () -> host.layer.listen(host.address, 80, 1, null, null));
        TcpListener free = host.layer.listen(host.address, 0, 1, null, null);
        assertTrue(free.port() >= 32768);
        free.close(1);
        host.layer.listen(host.address, free.port(), 1, null, null);
    }

    @Test
    void landAndNowhereAreDropped() throws IOException {
        RawPeer peer = new RawPeer().listen(4);
        byte[] land = peer.packet(SYN, 0, 0, new byte[0]);
        System.arraycopy(land, 16, land, 12, 4); // from itself
        land[20] = 0;
        land[21] = 80;
        fix(land);
        byte[] nowhere = peer.packet(SYN, 0, 0, new byte[0]);
        nowhere[12] = nowhere[13] = nowhere[14] = nowhere[15] = 0;
        fix(nowhere);
        byte[] many = peer.packet(SYN, 0, 0, new byte[0]);
        many[16] = (byte) 224;
        fix(many);
        peer.host.receive(List.of(land, nowhere, many), peer.now);
        peer.none();
        assertEquals(0, peer.host.layer.connections());
        assertEquals(0, peer.host.layer.counters().malformed);
    }

    /** Makes the checksum right again after the addresses or ports changed. */
    private static void fix(byte[] packet) {
        MemorySegment memory = MemorySegment.ofArray(packet);
        packet[36] = 0;
        packet[37] = 0;
        IncomingPacket view = TestHost.view(packet, new IncomingPacket());
        TcpSegment.writeChecksum(memory, 20, packet.length - 20, IpHeader.pseudoHeaderSum(view));
    }
}
