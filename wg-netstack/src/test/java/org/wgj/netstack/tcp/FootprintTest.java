// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** The cost of connections: nothing for each segment, and little while they are idle. */
class FootprintTest {
    private static final long MS = 1_000_000L;

    private final MemorySegment slab = Arena.ofAuto().allocate(512 * 1024, 64);
    private final OutgoingBatch out = new OutgoingBatch();
    private final int[] offsets = new int[128];
    private final int[] lengths = new int[128];
    private final IncomingPacket packet = new IncomingPacket();

    /** Carries everything that one host has to say to the other; returns the number of packets. */
    private int carry(TestHost from, TestHost to, long nowNs) {
        int count = 0;
        while (from.layer.hasOutput()) {
            out.reset(slab, 32, 16, offsets, lengths);
            from.layer.emit(out, nowNs);
            for (int i = 0; i < out.count(); i++) {
                long at = offsets[i];
                packet.memory = slab;
                packet.packet = at;
                packet.length = lengths[i];
                packet.protocol = 6;
                packet.ipv6 = false;
                packet.sourceHigh = 0;
                packet.destinationHigh = 0;
                packet.sourceLow = get32(slab, at + 12) & 0xffff_ffffL;
                packet.destinationLow = get32(slab, at + 16) & 0xffff_ffffL;
                packet.transport = at + 20;
                packet.transportLength = get16(slab, at + 2) - 20;
                to.layer.receive(packet, nowNs);
            }
            to.layer.endBatch(nowNs);
            count += out.count();
        }
        return count;
    }

    @Test
    void segmentsAllocateNothing() throws IOException {
        TestPair pair = new TestPair().listen();
        TcpConnection client = pair.connect(new TestHandler());
        pair.settle();
        TcpConnection server = pair.accepted.getFirst();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        byte[] bytes = new byte[256 * 1024];
        long now = pair.now;
        long packets = 0;
        long allocated = 0;
        for (int round = 0; round < 3000; round++) {
            if (round == 1000) {
                packets = 0;
                allocated = threads.getThreadAllocatedBytes(thread);
            }
            now += MS;
            client.write(bytes, 0, bytes.length);
            client.wrote(now);
            packets += carry(pair.client, pair.server, now);
            while (server.read(bytes, 0, bytes.length) > 0) {
                server.consumed(now);
            }
            packets += carry(pair.server, pair.client, now);
            pair.client.layer.handleTimeouts(now);
            pair.server.layer.handleTimeouts(now);
        }
        allocated = threads.getThreadAllocatedBytes(thread) - allocated;
        assertTrue(packets > 100_000, packets + " packets");
        assertTrue(allocated < packets, allocated + " bytes for " + packets + " packets");
    }

    /** A reader of a few bytes, which does not tell the stack, would keep 16 KiB for ever. */
    @Test
    void anIdleConnectionHoldsNoMemoryTwoSecondsAfterItsReaderReadAll() throws IOException {
        TestPair pair = new TestPair().listen();
        TcpConnection client = pair.connect(new TestHandler());
        pair.settle();
        pair.write(client, new byte[100]);
        pair.settle();
        pair.run(1000 * MS);
        assertEquals(100, pair.accepted.getFirst().read(new byte[200], 0, 200));
        assertTrue(pair.server.pool.used() > 0);
        pair.run(2000 * MS);
        assertEquals(0, pair.server.pool.used());
        assertEquals(0, pair.client.pool.used());
        assertEquals(Long.MAX_VALUE, pair.server.layer.nextDeadlineNs());

        pair.write(client, new byte[100]);
        pair.settle();
        assertEquals(100, pair.accepted.getFirst().read(new byte[200], 0, 200));
    }

    /** The stack looks ever less often at a reader that does not come. */
    @Test
    void unreadBytesStayAndCostNextToNoTimers() throws IOException {
        TestPair pair = new TestPair().listen();
        TcpConnection client = pair.connect(new TestHandler());
        pair.settle();
        pair.write(client, new byte[100]);
        pair.settle();
        int wakeUps = 0;
        long end = pair.now + 3_600_000 * MS;
        while (pair.server.layer.nextDeadlineNs() < end) {
            pair.run(pair.server.layer.nextDeadlineNs() - pair.now);
            wakeUps++;
        }
        assertTrue(wakeUps <= 65, wakeUps + " in an hour");
        assertEquals(100, pair.accepted.getFirst().read(new byte[200], 0, 200));
        pair.run(64_000 * MS);
        assertEquals(0, pair.server.pool.used());
    }

    @Test
    void idleConnectionsAreSmall() throws IOException {
        TestHost host = new TestHost("10.0.0.1", 1);
        RawPeer peer = new RawPeer(host).withOptions();
        List<TcpConnection> held = new ArrayList<>();
        peer.hostPort = 80;
        host.layer.listen(
                null,
                80,
                20_000,
                null,
                accepted -> {
                    accepted.setHandler(peer.handler);
                    held.add(accepted);
                    return true;
                });
        open(peer, 1, 500);
        long before = used();
        open(peer, 501, 10_500);
        long each = (used() - before) / 10_000;
        assertEquals(10_500, held.size());
        assertEquals(0, host.pool.used());
        assertTrue(each <= 4096, each + " bytes for an idle connection");
    }

    /** Connections that carried data both ways and are idle again. */
    private void open(RawPeer peer, int first, int last) {
        for (int port = first; port <= last; port++) {
            peer.port = port;
            peer.iss = 0;
            long now = peer.now += MS;
            peer.host.receive(List.of(peer.packet(TcpSegment.SYN, 0, 0, new byte[0])), now);
            peer.iss = TestHost.parse(peer.host.emit(now).getFirst()).sequence;
            int ack = TcpSegment.ACK;
            peer.host.receive(List.of(peer.packet(ack, 1, 1, new byte[100])), now);
            TcpConnection connection =
                    peer.host.layer.find(peer.host.address, 80, peer.address, port);
            connection.read(new byte[100], 0, 100);
            connection.consumed(now);
            connection.write(new byte[5000], 0, 5000);
            connection.wrote(now);
            peer.host.emitAll(now);
            peer.host.receive(List.of(peer.packet(ack, 101, 5001, new byte[0])), now);
            peer.host.emitAll(now);
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
