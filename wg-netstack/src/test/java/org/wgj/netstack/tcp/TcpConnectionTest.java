// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.netstack.tcp.congestion.CongestionRule;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;

/** A connection from the first SYN to the last ACK between two layers. */
class TcpConnectionTest {
    @ParameterizedTest
    @CsvSource({"10.0.0.1,10.0.0.2", "fd00::1,fd00::2"})
    void opensCarriesDataBothWaysAndCloses(String one, String other) throws IOException {
        TestPair pair = new TestPair(one, other).listen();
        TestHandler handler = new TestHandler();
        TcpConnection client = pair.connect(handler);
        pair.settle();
        assertEquals(TcpState.ESTABLISHED, client.state());
        assertEquals(1, handler.established);
        TcpConnection server = pair.accepted.getFirst();
        assertEquals(TcpState.ESTABLISHED, server.state());

        pair.write(client, "hello".getBytes());
        pair.settle();
        assertArrayEquals("hello".getBytes(), pair.read(server));
        pair.write(server, "good day".getBytes());
        pair.settle();
        assertArrayEquals("good day".getBytes(), pair.read(client));

        client.shutdownOutput(pair.now);
        pair.settle();
        assertEquals(TcpState.FIN_WAIT_2, client.state());
        assertEquals(TcpState.CLOSE_WAIT, server.state());
        assertEquals(-1, server.read(new byte[1], 0, 1));
        server.close(pair.now);
        pair.settle();
        assertEquals(TcpState.TIME_WAIT, client.state());
        assertEquals(TcpState.CLOSED, server.state());
        assertEquals(1, handler.ended);
        assertNull(handler.failure);
        assertEquals(1, pair.client.layer.timeWaiting());
        pair.run(61_000 * TestPair.MS);
        assertEquals(0, pair.client.layer.timeWaiting());
        assertEquals(0, pair.client.layer.connections());
        assertEquals(0, pair.server.layer.connections());
        assertEquals(Long.MAX_VALUE, pair.client.layer.nextDeadlineNs());
        assertEquals(0, pair.client.pool.used());
        assertEquals(0, pair.server.pool.used());
    }

    @Test
    void theCongestionControlIsTheConnectionsOrElseTheStacks() throws IOException {
        TestHost tolerant =
                new TestHost(
                        "10.0.0.1",
                        1,
                        TcpOptions.DEFAULT.withCongestion(CongestionRule.TOLERANT_CUBIC),
                        64 << 20);
        TestPair pair = new TestPair(tolerant, new TestHost("10.0.0.2", 2)).listen();
        TcpConnection client = pair.connect(new TestHandler());
        pair.settle();
        assertEquals("cubic-tolerant", TcpInfo.of(client).congestionControl());
        TcpConnection server = pair.accepted.getFirst();
        assertEquals("cubic", TcpInfo.of(server).congestionControl());
        for (CongestionRule rule : CongestionRule.values()) {
            TcpConnection other =
                    tolerant.layer.connect(
                            null,
                            0,
                            pair.server.address,
                            TestPair.PORT,
                            TcpOptions.DEFAULT.withCongestion(rule),
                            new TestHandler(),
                            pair.now);
            pair.settle();
            assertEquals(rule, CongestionRule.of(TcpInfo.of(other).congestionControl()));
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "5"})
    void carriesMegabytesWithLoss(int percent) throws IOException {
        TestPair pair = new TestPair().listen();
        SplittableRandom random = new SplittableRandom(7);
        pair.loss = sent -> random.nextInt(100) < percent;
        TcpConnection client = pair.connect(new TestHandler());
        pair.run(10_000 * TestPair.MS);
        TcpConnection server = pair.accepted.getFirst();
        byte[] data = new byte[3_000_000];
        new SplittableRandom(3).nextBytes(data);
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        int sent = 0;
        for (int i = 0; received.size() < data.length && i < 100_000; i++) {
            sent += client.write(data, sent, data.length - sent);
            client.wrote(pair.now);
            pair.run(5 * TestPair.MS);
            received.write(pair.read(server));
            pair.send();
        }
        assertArrayEquals(data, received.toByteArray());
        client.close(pair.now);
        server.close(pair.now);
        pair.run(200_000 * TestPair.MS);
        assertEquals(0, pair.client.layer.connections());
        assertEquals(0, pair.server.layer.connections());
        assertEquals(0, pair.client.pool.used());
        assertEquals(0, pair.server.pool.used());
    }

    @Test
    void refusesWhereNobodyListens() throws IOException {
        TestPair pair = new TestPair();
        TestHandler handler = new TestHandler();
        TcpConnection client = pair.connect(handler);
        pair.settle();
        assertEquals(TcpState.CLOSED, client.state());
        assertEquals(TcpFailure.REFUSED, handler.failure);
        assertTrue(pair.client.layer.connections() == 0);
    }
}
