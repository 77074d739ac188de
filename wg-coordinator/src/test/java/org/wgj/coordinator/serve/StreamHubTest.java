// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.Views;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.map.StreamLine;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;

/** Streams on a virtual clock, and nodes that read, or do not. */
class StreamHubTest {
    private static final long SECOND = SimClock.SECOND;
    private static final UUID EPOCH = new UUID(1, 2);
    private static final Set<String> WG0 = Set.of("wg0");

    private final SimClock net = new SimClock(1);
    private final List<Long> asked = new ArrayList<>();
    private final List<Long> ended = new ArrayList<>();
    private final StreamHub hub =
            new StreamHub(
                    new SimLoop(new Nobody(net)), map(1, 200), Views::of, asked::add, ended::add);

    /** Lends its thread to the streams. */
    private static final class Nobody extends SimMachine {
        Nobody(SimClock net) {
            super(net, "192.0.2.1", 0, PrivateKey.generate(net.random));
        }

        @Override
        long nextNs() {
            return Long.MAX_VALUE;
        }

        @Override
        void due() {}

        @Override
        void opened(byte[] packet, Endpoint source) {}

        @Override
        void told(TunnelEvent event) {}
    }

    /** A connection whose other end may stop to read: what is written stays in the buffer. */
    private static final class Connection extends EmbeddedChannel {
        boolean reads = true;

        @Override
        protected void doWrite(ChannelOutboundBuffer out) throws Exception {
            if (reads) {
                super.doWrite(out);
            }
        }

        List<StreamLine> lines() {
            List<StreamLine> lines = new ArrayList<>();
            for (HttpContent next = readOutbound(); next != null; next = readOutbound()) {
                byte[] line = new byte[next.content().readableBytes() - 1];
                next.content().readBytes(line);
                next.release();
                lines.add(StreamLine.read(line));
            }
            return lines;
        }
    }

    private static MeshMap map(long revision, int count) {
        return map(revision, count, 1);
    }

    private static MeshMap map(long revision, int count, int coordinators) {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        Random random = new Random(7); // the same keys in each revision
        for (long id = 1; id <= count; id++) {
            Membership member =
                    new Membership(
                            PrivateKey.generate(random).publicKey(),
                            null,
                            List.of(InetAddress.ofLiteral("10.77." + id / 256 + "." + id % 256)),
                            List.of());
            nodes.put(
                    id,
                    new MapNode(
                            id,
                            id == 1 ? "first-" + revision : "n" + id,
                            new TreeMap<>(Map.of("wg0", member)),
                            List.of(),
                            false,
                            false,
                            Bytes.NONE));
        }
        return new MeshMap(
                "prod",
                EPOCH,
                revision,
                List.of(new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51820, 1420)),
                LongStream.rangeClosed(1, coordinators)
                        .mapToObj(
                                id ->
                                        new MapCoordinator(
                                                id,
                                                PrivateKey.generate(random).publicKey(),
                                                List.of(new HostPort("192.0.2." + id, 51820)),
                                                new TreeMap<>(),
                                                true))
                        .toList(),
                nodes);
    }

    private Connection open(long node, MeshMap fromOrNull) {
        Connection connection = new Connection();
        assertTrue(hub.open(connection, node, WG0, fromOrNull));
        return connection;
    }

    @Test
    void aNodeGetsTheWholeMapOnceAndThenDifferences() {
        Connection node = open(1, null);
        assertEquals(1, node.lines().size());
        hub.update(map(2, 200));
        net.run(SECOND);
        hub.update(map(3, 200));
        hub.update(map(4, 200));
        net.run(SECOND);
        List<StreamLine> lines = node.lines();
        assertEquals(2, lines.size(), "what follows at once is sent together");
        assertEquals(
                List.of(2L, 4L),
                lines.stream().map(line -> ((StreamLine.Delta) line).delta().to()).toList());
        assertEquals(List.of(StreamLine.ALIVE), open(2, map(4, 200)).lines());
        assertEquals(
                1, ((StreamLine.Delta) open(3, map(1, 200)).lines().getFirst()).delta().from());
    }

    @Test
    void nodesHearOnceInFiveSecondsThatSomebodyLooks() {
        Connection node = open(1, null);
        node.lines();
        for (int i = 0; i < 10; i++) {
            hub.watched();
            net.run(SECOND);
        }
        assertEquals(Collections.nCopies(2, new StreamLine.Watched()), node.lines());
        assertEquals(List.of(1L, 1L), asked);
    }

    /** Nodes that can move miss their coordinator after ten seconds. */
    @Test
    void theStreamSaysOftenerThatItLivesWhereNodesCanMove() {
        Connection node = open(1, null);
        hub.update(map(1, 200)); // nothing new, but the simulated loop begins to tick
        node.lines();
        net.run(59 * SECOND);
        assertEquals(Collections.nCopies(2, StreamLine.ALIVE), node.lines());
        hub.update(map(2, 200, 2));
        net.run(SECOND);
        assertInstanceOf(StreamLine.Delta.class, node.lines().getFirst());
        long silence = StreamLine.silenceS(2);
        for (int i = 0; i < 6; i++) {
            net.run(silence * SECOND);
            assertTrue(node.lines().size() >= 2, "two lines in the time that ends a stream");
        }
    }

    @Test
    void aNodeThatDoesNotReadCostsOneLineAndIsCutAfterHalfAMinute() {
        Connection slow = new Connection();
        slow.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
        slow.reads = false;
        assertTrue(hub.open(slow, 1, WG0, null));
        Connection good = open(2, null);
        assertFalse(slow.isWritable());
        for (long revision = 2; revision <= 26; revision++) {
            hub.update(map(revision, 200));
            net.run(SECOND);
        }
        assertEquals(1 + 26, hub.linesSent(), "one line waits, however many changes there are");
        assertTrue(slow.isActive());
        net.run(10 * SECOND);
        assertFalse(slow.isActive());
        assertEquals(List.of(1L), ended);
        assertEquals(1, hub.streams());
        assertTrue(good.isActive());
    }

    @Test
    void aNodeThatReadsAgainGetsAllChangesInOneLine() {
        Connection slow = new Connection();
        slow.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
        slow.reads = false;
        assertTrue(hub.open(slow, 1, WG0, null));
        for (long revision = 2; revision <= 11; revision++) {
            hub.update(map(revision, 200));
            net.run(SECOND);
        }
        slow.reads = true;
        slow.flush();
        slow.runPendingTasks();
        List<StreamLine> lines = slow.lines();
        assertEquals(2, lines.size());
        StreamLine.Delta all = (StreamLine.Delta) lines.getLast();
        assertEquals(1, all.delta().from());
        assertEquals(11, all.delta().to());
        net.run(60 * SECOND);
        assertTrue(slow.isActive());
        assertEquals(List.of(), ended);
    }
}
