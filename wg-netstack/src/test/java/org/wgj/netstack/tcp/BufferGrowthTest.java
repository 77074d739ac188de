// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.PSH;
import static org.wgj.netstack.wire.TcpSegment.RST;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.wgj.netstack.emulator.AdvertisedEdge;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Buffers grow by themselves: each to 4 MiB, and those of a few fast connections to the maximum, as
 * long as all that is above 4 MiB takes no more than half of the memory. A window that was offered
 * stays.
 */
class BufferGrowthTest {
    private static final int FREE = 4 << 20;
    private static final int MOST = 16_776_960; // 65,535 units of 256 bytes
    private static final long ROUND_TRIP = 100 * RawPeer.MS;

    /** A connection whose peer sends a whole window in each round trip. */
    private static final class Flow {
        final RawPeer peer;
        final AdvertisedEdge edge;
        int next = 1;

        Flow(TestHost host, long nowNs) throws IOException {
            peer = new RawPeer(host).withOptions();
            peer.now = nowNs;
            peer.connected();
            edge = new AdvertisedEdge(1 + 0xffff);
            peer.echo = peer.connection.timestamp(nowNs);
        }

        /** Sends data up to the edge of the window. */
        void fill() {
            while (next < edge.highest()) {
                int length = Math.min(32_000, edge.highest() - next);
                peer.send(ACK | PSH, next, 1, length);
                next += length;
                look();
            }
            assertEquals(next, peer.connection.receiver.next(), "all that was offered is taken");
        }

        /** The application reads all there is. */
        void read() {
            while (peer.read(1 << 24) > 0) {
                look();
            }
            look();
            peer.echo = peer.connection.timestamp(peer.now);
        }

        /** Nothing comes for a while. */
        void rest(Clock clock, int milliseconds) {
            long until = clock.pass(milliseconds * RawPeer.MS);
            while (peer.now < until) {
                peer.pass((until - peer.now) / RawPeer.MS);
                look();
            }
        }

        private void look() {
            for (TcpSegment ack : peer.take()) {
                int at = ack.acknowledgment - RawPeer.IRS + (ack.window << 8);
                assertTrue(edge.mayBe(at, 8), "the window shrank");
            }
        }

        int size() {
            return peer.connection.receiver.limit();
        }

        /** Some round trips, until the buffer is as large as it may be. */
        void grow(Clock clock) {
            for (int round = 0; round < 12; round++) {
                peer.now = clock.pass(ROUND_TRIP);
                fill();
                read();
            }
        }
    }

    private static final class Clock {
        long nowNs = 1000 * RawPeer.MS;

        long pass(long durationNs) {
            nowNs += durationNs;
            return nowNs;
        }
    }

    private final Clock clock = new Clock();

    private static TestHost host(long budget) {
        return new TestHost("10.0.0.1", 5, TcpOptions.DEFAULT, budget);
    }

    @Test
    void aFastConnectionGetsTheMaximumAndGivesItBackWhenIdle() throws IOException {
        TestHost host = host(64 << 20);
        Flow flow = new Flow(host, clock.nowNs);
        flow.grow(clock);
        assertEquals(MOST, flow.size());
        assertEquals(MOST - FREE, host.pool.granted());
        int offered = flow.edge.highest() - flow.next;
        assertTrue(offered > MOST - 256, "offered " + offered);

        flow.rest(clock, 5000);
        assertEquals(0, host.pool.granted(), "an idle connection keeps others from growing");
        assertEquals(FREE, flow.size());

        flow.fill(); // the window that was offered holds
        assertEquals(offered, flow.peer.connection.available());
        flow.read();
        assertEquals(0, host.pool.used());
        flow.grow(clock);
        assertEquals(MOST, flow.size(), "it grows again");
    }

    @Test
    void manyConnectionsShareHalfOfTheMemory() throws IOException {
        TestHost host = host(40 << 20);
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            flows.add(new Flow(host, clock.nowNs));
        }
        for (int round = 0; round < 10; round++) {
            long now = clock.pass(ROUND_TRIP);
            for (Flow each : flows) {
                each.peer.now = now;
                each.fill();
                each.read();
                assertTrue(host.pool.granted() <= 20 << 20, "more than half of the memory");
            }
        }
        long beyond = 0;
        for (Flow each : flows) {
            assertTrue(each.size() >= FREE, "each may have 4 MiB, not " + each.size());
            beyond += each.size() - FREE;
        }
        assertEquals(20 << 20, beyond);
        assertEquals(beyond, host.pool.granted());

        Flow small = flows.stream().filter(each -> each.size() == FREE).findFirst().orElseThrow();
        for (Flow each : flows) {
            if (each != small) {
                each.peer.send(RST, each.next, 1, 0);
            }
        }
        assertEquals(0, host.pool.granted(), "a connection that is no more holds nothing");
        small.grow(clock);
        assertEquals(MOST, small.size(), "it was not too late to grow");
    }

    @Test
    void readersThatSleepKeepOthersWithinTheBudget() throws IOException {
        TestHost host = host(32 << 20);
        Flow asleep = new Flow(host, clock.nowNs);
        asleep.grow(clock);
        asleep.peer.now = clock.pass(ROUND_TRIP);
        asleep.fill();
        assertTrue(host.pool.used() >= MOST);
        Flow other = new Flow(host, clock.nowNs);
        other.grow(clock);
        assertEquals(FREE + (16 << 20) - (MOST - FREE), other.size());
        assertTrue(host.pool.used() <= 32 << 20);
        asleep.rest(clock, 10_000);
        assertEquals(MOST, asleep.size(), "it holds the data for which this was granted");
        asleep.read();
        assertEquals(0, host.pool.used());
    }

    @Test
    void aSizeThatTheApplicationChoosesNeedsNoGrant() throws IOException {
        TestHost host = host(64 << 20);
        Flow flow = new Flow(host, clock.nowNs);
        flow.grow(clock);
        assertTrue(host.pool.granted() > 0);
        flow.peer.connection.setOptions(TcpOptions.DEFAULT.withBuffers(8 << 20, 0), flow.peer.now);
        assertEquals(0, host.pool.granted());
        assertEquals(8 << 20, flow.size());
        flow.grow(clock);
        assertEquals(8 << 20, flow.size());
        assertEquals(0, host.pool.granted());
    }

    @Test
    void theSendBufferGrowsWithTheWindowAndIsSmallAgainWhenIdle() throws IOException {
        TestHost host = host(64 << 20);
        RawPeer peer = new RawPeer(host).withOptions();
        int next = openTheWindow(peer, CongestionRule.TOLERANT_CUBIC);
        long cwnd = peer.connection.info().cwnd();
        int size = peer.connection.info().sendBuffer();
        assertEquals(Math.min(2 * cwnd, 16_777_216), size);
        assertEquals(size - FREE, host.pool.granted());
        while (peer.connection.info().queued() > 0) {
            for (TcpSegment each : peer.take()) {
                next += each.dataLength;
            }
            peer.send(ACK, 1, next, 0);
        }

        peer.pass(3000);
        assertEquals(0, host.pool.granted());
        assertEquals(FREE, peer.connection.info().sendBuffer());
        assertEquals(FREE, peer.connection.room(), "a writer goes on at once");
    }

    /** They would fill a long queue, and lose the window. */
    @ParameterizedTest
    @EnumSource(names = {"CUBIC", "NEW_RENO"})
    void theSendBufferOfOtherRulesStaysBelow(CongestionRule rule) throws IOException {
        TestHost host = host(64 << 20);
        RawPeer peer = new RawPeer(host).withOptions();
        openTheWindow(peer, rule);
        assertEquals(FREE, peer.connection.info().sendBuffer());
        assertEquals(0, host.pool.granted());
    }

    /**
     * Lets a connection send all that it may, until its window is larger than its buffer.
     *
     * @return the sequence number that comes next
     */
    private static int openTheWindow(RawPeer peer, CongestionRule rule) throws IOException {
        peer.synOptions[10] = 10;
        peer.established(TcpOptions.DEFAULT.withCongestion(rule));
        int next = 1;
        for (int round = 0; peer.connection.info().cwnd() <= FREE; round++) {
            assertTrue(round < 400, "the window stays at " + peer.connection.info().cwnd());
            peer.write(TcpLimits.DEFAULT.maxBuffer());
            for (TcpSegment each : peer.take()) {
                next += each.dataLength;
            }
            peer.now += ROUND_TRIP;
            peer.send(ACK, 1, next, 0);
        }
        return next;
    }

    /** The scale cannot change later, so the SYN must tell one for the largest buffer. */
    @Test
    void theScaleOfTheSynIsEnoughForTheLargestBuffer() throws IOException {
        assertEquals(8, TcpLimits.DEFAULT.windowScale());
        assertEquals(7, TcpLimits.DEFAULT.withMaxBuffer(65_536).windowScale());
        assertEquals(7, TcpLimits.DEFAULT.withMaxBuffer(8_388_608).windowScale());
        assertEquals(8, TcpLimits.DEFAULT.withMaxBuffer(8_388_609).windowScale());
        assertEquals(10, TcpLimits.DEFAULT.withMaxBuffer(67_108_864).windowScale());

        RawPeer client = new RawPeer().withOptions();
        client.connection =
                client.host.layer.connect(
                        null, 0, client.address, 1, null, client.handler, client.now);
        assertEquals(8, client.one().windowScale);
        RawPeer server = new RawPeer().withOptions().listen(4);
        server.send(SYN, 0, 0, 0);
        assertEquals(8, server.one().windowScale);
        server = new RawPeer().withOptions().listen(4, TcpOptions.DEFAULT.withBuffers(9000, 0));
        server.send(SYN, 0, 0, 0);
        assertEquals(7, server.one().windowScale, "a chosen size needs no larger one");
    }

    @Test
    void aCookieTellsTheScaleThatItsConnectionUses() throws IOException {
        for (int chosen : new int[] {0, 100_000}) {
            RawPeer peer = new RawPeer().withOptions();
            peer.listen(4, TcpOptions.DEFAULT.withBuffers(chosen, 0));
            TcpSegment answer = null;
            for (int i = 0; i <= TcpLimits.DEFAULT.halfOpenPerPeer(); i++) {
                peer.port = 1000 + i;
                peer.send(SYN, 0, 0, 0);
                answer = peer.one();
            }
            assertEquals(1, peer.host.layer.counters().cookiesSent);
            assertEquals(chosen == 0 ? 8 : 7, answer.windowScale);
            peer.iss = answer.sequence;
            peer.echo = answer.timestamp;
            peer.send(ACK, 1, 1, 0);
            assertEquals(answer.windowScale, peer.connection.receiver.scaleOfSyn());
            assertEquals(1 << answer.windowScale, peer.connection.receiver.windowUnit());
        }
    }
}
