// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.PSH;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.wire.TcpSegment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The memory of all connections of a stack stays within its budget, and no connection is locked
 * out.
 */
class BudgetTest {
    private static final int CONNECTIONS = 100;
    private static final int BUDGET = 1 << 20;

    @Test
    void readersThatSleepHoldTheBudgetAndOneChunkEach() throws IOException {
        TestHost server = new TestHost("10.0.0.2", 2, TcpOptions.DEFAULT, BUDGET);
        TestPair pair = new TestPair(new TestHost("10.0.0.1", 1), server);
        pair.listen(TcpOptions.DEFAULT, 2 * CONNECTIONS);
        byte[] stream = new byte[60_000];
        new SplittableRandom(7).nextBytes(stream);
        List<TcpConnection> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            clients.add(pair.connect(new TestHandler()));
            pair.settle();
        }
        assertEquals(CONNECTIONS, pair.accepted.size());
        for (TcpConnection each : clients) {
            assertEquals(stream.length, pair.write(each, stream));
        }
        long bound = BUDGET + (long) CONNECTIONS * BufferPool.CHUNK;
        for (int i = 0; i < 50; i++) {
            pair.run(100 * TestPair.MS);
            assertTrue(server.pool.used() <= bound, server.pool.used() + " of " + bound);
        }
        assertTrue(server.pool.isOverdrawn(), "the test fills the memory");
        for (TcpConnection each : pair.accepted) {
            assertTrue(each.available() > 0, "each got something");
        }

        List<ByteArrayOutputStream> read = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            read.add(new ByteArrayOutputStream());
        }
        for (int step = 0; step < 600 && !isComplete(read, stream.length); step++) {
            for (int i = 0; i < CONNECTIONS; i++) {
                read.get(i).writeBytes(pair.read(pair.accepted.get(i)));
            }
            pair.run(100 * TestPair.MS);
            assertTrue(server.pool.used() <= bound, server.pool.used() + " of " + bound);
        }
        for (ByteArrayOutputStream each : read) {
            assertArrayEquals(stream, each.toByteArray());
        }
        assertEquals(0, server.pool.used());
    }

    private static boolean isComplete(List<ByteArrayOutputStream> read, int length) {
        return read.stream().allMatch(each -> each.size() == length);
    }

    @Test
    void windowOpensForWhoReadsAndNotForWhoSleeps() throws IOException {
        TestHost host = new TestHost("10.0.0.1", 5, TcpOptions.DEFAULT, BufferPool.CHUNK);
        RawPeer peer = new RawPeer(host).established(TcpOptions.DEFAULT.withBuffers(8192, 0));
        peer.send(ACK | PSH, 1, 1, 4096);
        assertEquals(4096, peer.one().window);
        assertEquals(3000, peer.read(3000));
        peer.none();
        peer.send(ACK | PSH, 4097, 1, 4096);
        assertEquals(0, peer.one().window, "memory is used up and bytes wait for the reader");
        assertEquals(5192, peer.read(9999));
        TcpSegment update = peer.one();
        assertEquals(8192, update.window);
        assertEquals(8193, update.acknowledgment - RawPeer.IRS);
    }

    @Test
    void refusedDataIsAnsweredAtOnce() throws IOException {
        TestHost host = new TestHost("10.0.0.1", 5, TcpOptions.DEFAULT, 0);
        RawPeer peer = new RawPeer(host).established();
        int next = 1;
        for (int i = 0; i < 20; i++) { // beyond those that are acknowledged at once in any case
            peer.send(ACK | PSH, next, 1, 10);
            next += 10;
            peer.take();
        }
        peer.send(ACK, next, 1, BufferPool.CHUNK);
        peer.expect("A 1 " + BufferPool.CHUNK + " 0");
        peer.send(ACK, BufferPool.CHUNK, 1, 10);
        TcpSegment refusal = peer.one();
        assertEquals("A 1 " + BufferPool.CHUNK + " 0", peer.text(refusal));
        assertEquals(1 + 65535 - BufferPool.CHUNK, refusal.window, "the edge stays");
    }

    @Test
    void connectionsAreAcceptedWhileMemoryIsUsedUp() throws IOException {
        TestHost host = new TestHost("10.0.0.1", 5, TcpOptions.DEFAULT, 0);
        RawPeer peer = new RawPeer(host).withOptions().established();
        peer.send(ACK | PSH, 1, 1, 1);
        peer.take();
        assertTrue(host.pool.isOverdrawn());

        peer.connection = null;
        for (int i = 0; i <= TcpLimits.DEFAULT.halfOpenPerPeer(); i++) {
            peer.port = 1000 + i;
            peer.send(SYN, 0, 0, 0);
            assertEquals(SYN | ACK, peer.one().flags);
        }
        assertEquals(1, host.layer.counters().cookiesSent);
        peer.port = 2000;
        peer.send(SYN, 0, 0, 0);
        TcpSegment cookie = peer.one();
        peer.iss = cookie.sequence;
        peer.echo = cookie.timestamp;
        peer.send(ACK | PSH, 1, 1, "hi".getBytes());
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(2, peer.connection.available());
        assertEquals(0, host.layer.counters().refused);
    }
}
