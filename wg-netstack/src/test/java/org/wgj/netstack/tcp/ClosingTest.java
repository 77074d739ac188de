// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.FIN;
import static org.wgj.netstack.wire.TcpSegment.PSH;
import static org.wgj.netstack.wire.TcpSegment.RST;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.BindException;

/** Closing in all orders, RST and TIME-WAIT (RFC 9293 3.6, 3.10.7.4; RFC 5961; RFC 6191). */
class ClosingTest {
    @Test
    void activeCloseEndsInTimeWait() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.shutdownOutput(peer.now);
        peer.expect("FA 1 1 0");
        assertEquals(TcpState.FIN_WAIT_1, peer.connection.state());
        peer.send(ACK, 1, 2, 0);
        assertEquals(TcpState.FIN_WAIT_2, peer.connection.state());
        peer.send(ACK, 1, 2, 5);
        peer.take();
        assertEquals(5, peer.read(10), "half-close: the peer goes on");
        peer.send(FIN | ACK, 6, 2, 0);
        peer.expect("A 2 7 0");
        assertEquals(TcpState.TIME_WAIT, peer.connection.state());
        assertEquals(1, peer.handler.ended);
        assertNull(peer.handler.failure);
        assertEquals(-1, peer.read(1));

        peer.send(RST, 7, 0, 0);
        peer.send(RST | ACK, 7, 2, 0);
        peer.send(FIN, 9, 0, 0);
        peer.send(ACK, 7, 2, 0);
        peer.none();
        peer.pass(50_000);
        peer.send(FIN | ACK, 6, 2, 0);
        peer.expect("A 2 7 0");
        peer.pass(59_000);
        assertEquals(1, peer.host.layer.timeWaiting(), "the FIN began the wait anew");
        peer.pass(1_100);
        assertEquals(0, peer.host.layer.timeWaiting());
    }

    @Test
    void passiveClose() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(FIN | ACK, 1, 1, 3);
        peer.expect("A 1 5 0");
        assertEquals(TcpState.CLOSE_WAIT, peer.connection.state());
        assertEquals(3, peer.read(9));
        peer.none();
        assertEquals(-1, peer.read(9));
        peer.write(4);
        peer.expect("A 1 5 4");
        peer.connection.shutdownOutput(peer.now);
        peer.expect("FA 5 5 0");
        assertEquals(TcpState.LAST_ACK, peer.connection.state());
        peer.send(FIN | ACK, 1, 1, 3);
        peer.expect("A 6 5 0");
        peer.send(ACK, 5, 5, 0);
        peer.none();
        assertEquals(TcpState.LAST_ACK, peer.connection.state());
        peer.send(ACK, 5, 6, 0);
        assertEquals(TcpState.CLOSED, peer.connection.state());
        assertNull(peer.handler.failure);
        assertEquals(1, peer.handler.ended);
        peer.send(ACK, 5, 6, 1);
        peer.expect("R 6 0 0");
    }

    @Test
    void simultaneousClose() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.close(peer.now);
        peer.expect("FA 1 1 0");
        peer.send(FIN | ACK, 1, 1, 0);
        peer.expect("A 2 2 0");
        assertEquals(TcpState.CLOSING, peer.connection.state());
        peer.send(ACK, 2, 2, 0);
        assertEquals(TcpState.TIME_WAIT, peer.connection.state());
        peer.none();
    }

    /** Both had decided to close before either heard of the other. */
    @Test
    void closeThatThePeersFinOvertakes() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.close(peer.now);
        peer.send(FIN | ACK, 1, 1, 0); // before our FIN has left
        peer.expect("FA 1 2 0");
        peer.send(ACK, 2, 2, 0);
        assertEquals(TcpState.TIME_WAIT, peer.connection.state());
        peer.none();
    }

    @Test
    void dataBehindTheWindowIsAnsweredInEveryStateAfterAFin() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(FIN | ACK, 1, 1, 0);
        peer.expect("A 1 2 0");
        assertEquals(TcpState.CLOSE_WAIT, peer.connection.state());
        expectAnswersBehindTheWindow(peer, 1, "A 1 2 0");

        peer = new RawPeer().established();
        peer.connection.shutdownOutput(peer.now);
        peer.expect("FA 1 1 0");
        peer.send(ACK, 1, 2, 0);
        assertEquals(TcpState.FIN_WAIT_2, peer.connection.state());
        expectAnswersBehindTheWindow(peer, 2, "A 2 1 0");
    }

    private static void expectAnswersBehindTheWindow(RawPeer peer, int ack, String answer) {
        int end = (int) peer.connection.receiver.windowEnd();
        for (int beyond = 1; beyond <= 2; beyond++) {
            peer.send(ACK, end + beyond, ack, 1);
            peer.expect(answer);
        }
    }

    @Test
    void finIsRepeatedAndCarriesTheNewAcknowledgment() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.close(peer.now);
        peer.expect("FA 1 1 0");
        peer.send(FIN | ACK, 1, 1, 0);
        peer.expect("A 2 2 0");
        peer.pass(5_000);
        peer.expect("FA 1 2 0");
    }

    @Test
    void finWaitsForItsDataInEveryOrder() throws IOException {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] order : orders) {
            RawPeer peer = new RawPeer().established();
            for (int part : order) {
                assertNotEquals(TcpState.CLOSE_WAIT, peer.connection.state());
                switch (part) {
                    case 0 -> peer.send(ACK, 1, 1, "ab".getBytes());
                    case 1 -> peer.send(ACK, 3, 1, "cd".getBytes());
                    default -> peer.send(FIN | ACK, 5, 1, "ef".getBytes());
                }
                peer.take();
            }
            assertEquals(TcpState.CLOSE_WAIT, peer.connection.state());
            byte[] all = new byte[10];
            assertEquals(6, peer.connection.read(all, 0, 10));
            assertEquals("abcdef", new String(all, 0, 6));
            assertEquals(-1, peer.connection.read(all, 0, 10));
        }
    }

    @Test
    void nothingIsTakenBehindTheFin() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(FIN | ACK, 3, 1, 0);
        peer.take();
        peer.send(ACK, 1, 1, 9);
        peer.expect("A 1 4 0");
        assertEquals(2, peer.connection.available());
        peer.send(ACK, 4, 1, 9);
        peer.expect("A 1 4 0");
        assertEquals(2, peer.connection.available());
    }

    @Test
    void finBehindAGapIsNoEndOfStreamAfterReset() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(ACK, 1, 1, 3);
        peer.send(FIN | ACK, 9, 1, 1);
        peer.take();
        peer.send(RST, 4, 0, 0);
        peer.none();
        assertEquals(TcpFailure.RESET, peer.handler.failure);
        assertEquals(3, peer.read(100), "what came before can be read");
        assertEquals(-1, peer.read(100));
    }

    @Test
    void closingWithUnreadDataResets() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(ACK, 1, 1, 3);
        peer.take();
        peer.connection.close(peer.now);
        peer.expect("RA 1 4 0");
        assertEquals(TcpState.CLOSED, peer.connection.state());
        assertEquals(0, peer.host.pool.used());
        assertEquals(1, peer.handler.ended);
    }

    @Test
    void dataAfterFullCloseResets() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.close(peer.now);
        peer.expect("FA 1 1 0");
        peer.send(ACK, 1, 2, 0);
        assertEquals(TcpState.FIN_WAIT_2, peer.connection.state());
        peer.send(ACK, 1, 2, 1);
        assertTrue(peer.one().has(RST));
        assertEquals(0, peer.host.layer.connections());
    }

    @Test
    void lingerZeroResets() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(10);
        peer.take();
        peer.connection.setOptions(TcpOptions.DEFAULT.withLinger(0), peer.now);
        peer.connection.close(peer.now);
        peer.expect("RA 11 1 0");
    }

    @Test
    void shutInputTakesAndDropsWhatComes() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(ACK, 1, 1, 5);
        peer.take();
        peer.connection.shutdownInput(peer.now);
        assertEquals(-1, peer.read(5));
        assertEquals(0, peer.host.pool.used());
        for (int i = 0; i < 200; i++) {
            peer.send(ACK | PSH, 6 + 1000 * i, 1, 1000);
            peer.expect("A 1 " + (1006 + 1000 * i) + " 0");
        }
        peer.connection.close(peer.now);
        peer.expect("FA 1 200006 0");
    }

    @Test
    void orphanWithAClosedWindowIsGivenUpAfterAMinute() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 10;
        peer.established();
        peer.write(1000);
        peer.expect("A 1 1 10");
        peer.windowField = 0;
        peer.send(ACK, 1, 11, 0);
        peer.connection.close(peer.now);
        assertEquals(TcpState.FIN_WAIT_1, peer.connection.state());
        long begun = peer.now;
        int probes = 0;
        while (peer.connection.state() != TcpState.CLOSED) {
            peer.pass(100_000);
            for (var segment : peer.take()) {
                if (segment.has(RST)) {
                    assertEquals(begun + 60_000 * RawPeer.MS, peer.now);
                } else {
                    probes++;
                    assertEquals("A 11 1 1", peer.text(segment));
                    peer.send(ACK, 1, 11, 0);
                }
            }
        }
        assertTrue(probes >= 5 && probes < 20, probes + " probes");
        assertEquals(TcpFailure.TIMED_OUT, peer.handler.failure);
        assertEquals(0, peer.host.pool.used());
    }

    @Test
    void orphanInFinWait2IsGivenUpAfterAMinute() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.close(peer.now);
        peer.take();
        peer.send(ACK, 1, 2, 0);
        peer.pass(59_900);
        assertEquals(TcpState.FIN_WAIT_2, peer.connection.state());
        peer.pass(200);
        assertEquals(TcpState.CLOSED, peer.connection.state());
        peer.none();
        peer.send(FIN | ACK, 1, 2, 0);
        peer.expect("R 2 0 0");

        RawPeer waiting = new RawPeer().established();
        waiting.connection.shutdownOutput(waiting.now);
        waiting.take();
        waiting.send(ACK, 1, 2, 0);
        waiting.pass(10_000_000);
        assertEquals(TcpState.FIN_WAIT_2, waiting.connection.state(), "somebody still reads");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "FIN_WAIT_2", "LAST_ACK"})
    void resetMustBeExact(String state) throws IOException {
        RawPeer peer = new RawPeer().established();
        boolean theirFin = state.equals("CLOSE_WAIT") || state.equals("LAST_ACK");
        boolean ourFin = !state.equals("ESTABLISHED") && !state.equals("CLOSE_WAIT");
        int next = 1;
        if (theirFin) {
            peer.send(FIN | ACK, 1, 1, 0);
            peer.take();
            next = 2;
        }
        if (ourFin) {
            peer.connection.shutdownOutput(peer.now);
            peer.take();
        }
        if (state.equals("FIN_WAIT_2")) {
            peer.send(ACK, 1, 2, 0);
        }
        assertEquals(TcpState.valueOf(state), peer.connection.state());
        peer.send(RST, next - 1, 0, 0);
        peer.send(RST | ACK, next - 1, 1, 9);
        peer.send(RST, next + 65536, 0, 0);
        peer.none();
        String challenge = "A " + (ourFin ? 2 : 1) + " " + next + " 0";
        peer.send(RST, next + 1, 0, 0);
        peer.expect(challenge);
        peer.send(RST, next + 1, 0, 0);
        peer.send(SYN, next, 0, 0);
        peer.none();
        long until = peer.now + 501 * RawPeer.MS;
        while (peer.now < until) { // a FIN of ours may be repeated meanwhile
            peer.pass((until - peer.now) / RawPeer.MS + 1);
            peer.take();
        }
        peer.send(SYN, next + 70000, 0, 0);
        peer.expect(challenge);
        assertEquals(TcpState.valueOf(state), peer.connection.state());
        peer.send(RST, next, 0, 0);
        assertEquals(TcpState.CLOSED, peer.connection.state());
        assertEquals(TcpFailure.RESET, peer.handler.failure);
        peer.none();
    }

    @Test
    void acknowledgmentOfUnsentDataIsChallenged() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(ACK, 1, 2, 5);
        peer.expect("A 1 1 0");
        assertEquals(0, peer.connection.available());
        peer.pass(600);
        peer.send(ACK, 1, 1 - 0x20000, 5);
        peer.expect("A 1 1 0");
        assertEquals(0, peer.connection.available(), "too old: RFC 5961 5");
        peer.send(ACK, 1, 0, 5);
        peer.take();
        assertEquals(5, peer.connection.available(), "old, but from within the window");
    }

    @Test
    void newSynReplacesTimeWait() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.connection.close(peer.now);
        peer.take();
        peer.send(FIN | ACK, 1, 2, 0);
        peer.expect("A 2 2 0");
        peer.send(SYN, 0, 0, 0);
        peer.expect("A 2 2 0");
        int iss = peer.iss;
        peer.send(SYN, 100, 0, 0);
        var synAck = peer.one();
        assertEquals(SYN | ACK, synAck.flags);
        assertTrue(synAck.sequence - (iss + 2) > 0, "above the last sequence number");
        assertEquals(0, peer.host.layer.timeWaiting());
    }

    @Test
    void ownConnectReusesTimeWaitWithTimestampsOnly() throws IOException {
        for (boolean timestamps : new boolean[] {false, true}) {
            TestPair pair = new TestPair().listen();
            TestHandler handler = new TestHandler();
            TcpConnection first =
                    pair.client.layer.connect(
                            null, 40000, pair.server.address, 80, null, handler, pair.now);
            pair.settle();
            first.close(pair.now);
            pair.settle();
            pair.accepted.getFirst().close(pair.now);
            pair.settle();
            assertEquals(TcpState.TIME_WAIT, first.state());
            if (timestamps) {
                pair.run(1_100 * TestPair.MS);
            }
            boolean done = true;
            try {
                pair.client.layer.connect(
                        null, 40000, pair.server.address, 80, null, handler, pair.now);
            } catch (BindException e) {
                done = false;
            }
            assertEquals(timestamps, done);
            pair.settle();
            assertEquals(timestamps ? 2 : 1, pair.accepted.size());
        }
    }

    @Test
    void removedAddressEndsItsConnections() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.host.layer.addressRemoved(peer.host.address, peer.now);
        assertEquals(TcpFailure.CLOSED, peer.handler.failure);
        peer.none();
        assertEquals(0, peer.host.layer.connections());
    }

    @Test
    void desynchronisedStacksFallSilent() throws IOException {
        TestPair pair = new TestPair().listen();
        TcpConnection client = pair.connect(new TestHandler());
        pair.settle();
        // The server forgets nothing, but believes that it received more than was sent.
        pair.write(client, new byte[100]);
        pair.loss = sent -> sent.fromClient();
        pair.send();
        pair.loss = sent -> false;
        client.abort(pair.now);
        pair.client.emitAll(pair.now); // the RST is lost
        pair.log.clear();
        pair.write(pair.accepted.getFirst(), new byte[10]);
        pair.run(60_000 * TestPair.MS);
        assertTrue(pair.log.size() < 5, pair.log.toString());
        assertEquals(TcpFailure.RESET, pair.acceptedHandlers.getFirst().failure);
    }
}
