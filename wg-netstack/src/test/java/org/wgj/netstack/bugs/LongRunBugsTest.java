// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.bugs.TwoStacks.MS;
import static org.wgj.netstack.bugs.TwoStacks.SECOND;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.PacketEndpoint;
import org.wgj.netstack.emulator.ScriptedPeer;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.TcpState;

import java.util.ArrayList;
import java.util.List;

/**
 * Faults that only show after hours, or between two stacks that misunderstand each other: bugs 31,
 * 32 and 44.
 */
class LongRunBugsTest {
    @Test
    void aDayWithBurstsOfLossNeverStopsEitherDirection() { // 31
        TwoStacks two = new TwoStacks(LinkConditions.delay(20 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(0);
        Bulk server = two.open(client);
        EmulatedLink link = two.link;
        long hours = 24;
        for (int minute = 0; minute < hours * 60; minute++) {
            client.write(20_000);
            server.write(20_000);
            if (minute % 7 == 3) {
                LinkConditions burst = link.toRight().conditions().loss(minute % 2 == 0 ? 1 : 0.5);
                LinkConditions normal = LinkConditions.delay(20 * MS).loss(0.01);
                link.toRight().set(burst);
                link.after(3 * SECOND, () -> link.toRight().set(normal));
            }
            if (minute % 11 == 5) {
                LinkConditions burst = link.toLeft().conditions().loss(0.7);
                link.toLeft().set(burst);
                link.after(5 * SECOND, () -> link.toLeft().set(LinkConditions.delay(20 * MS)));
            }
            long expected = 20_000L * (minute + 1);
            assertTrue(
                    link.runUntil(
                            () -> client.read == expected && server.read == expected,
                            link.nowNs() + 60 * SECOND),
                    "minute " + minute + ": " + client.read + ", " + server.read);
            link.run(EmulatedLink.START_NS + (minute + 2) * 60 * SECOND);
        }
    }

    @Test
    void thinStreamsUseLittleMemory() { // 32
        thinStreams(300, 120);
    }

    @Test
    @Tag("slow")
    void thinStreamsUseLittleMemoryForADay() { // 32
        thinStreams(1_000, 86_400);
    }

    private static void thinStreams(int streams, int seconds) {
        TwoStacks two = new TwoStacks(LinkConditions.delay(20 * MS));
        two.listen(TcpOptions.DEFAULT, streams, () -> new Bulk(0));
        List<Bulk> clients = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            Bulk client = new Bulk(0);
            two.open(client);
            clients.add(client);
        }
        for (int second = 1; second <= seconds; second++) {
            for (Bulk client : clients) {
                client.write(1);
            }
            two.link.runFor(SECOND);
            assertEquals(0, two.left.tcp().pool().used(), "idle connections hold memory");
            assertEquals(0, two.right.tcp().pool().used(), "idle connections hold memory");
        }
        for (Bulk server : two.accepted) {
            assertEquals(seconds, server.read);
        }
    }

    /** Two established connections with equal addresses and ports, but different numbers. */
    private static EmulatedLink misunderstanding(OnePeer left, OnePeer right) {
        return new EmulatedLink(
                new StackEndpoint(left.stack),
                new Mirrored(new StackEndpoint(right.stack)),
                LinkConditions.delay(5 * MS),
                1);
    }

    /** Exchanges source and destination of all packets, so that two equal stacks can meet. */
    private record Mirrored(PacketEndpoint inner) implements PacketEndpoint {
        private static void turn(
                java.lang.foreign.MemorySegment slab, int[] offsets, int[] lengths, int count) {
            for (int i = 0; i < count; i++) {
                byte[] bytes =
                        slab.asSlice(offsets[i], lengths[i])
                                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                TcpPacket packet = TcpPacket.parse(bytes, bytes.length);
                var address = packet.source;
                packet.source = packet.destination;
                packet.destination = address;
                int port = packet.sourcePort;
                packet.sourcePort = packet.destinationPort;
                packet.destinationPort = port;
                byte[] turned = packet.toBytes();
                java.lang.foreign.MemorySegment.copy(
                        turned,
                        0,
                        slab,
                        java.lang.foreign.ValueLayout.JAVA_BYTE,
                        offsets[i],
                        turned.length);
                lengths[i] = turned.length;
            }
        }

        @Override
        public void receive(
                java.lang.foreign.MemorySegment slab,
                int[] offsets,
                int[] lengths,
                int count,
                long nowNs) {
            turn(slab, offsets, lengths, count);
            inner.receive(slab, offsets, lengths, count, nowNs);
        }

        @Override
        public int emit(
                java.lang.foreign.MemorySegment slab, int[] offsets, int[] lengths, long nowNs) {
            int count = inner.emit(slab, offsets, lengths, nowNs);
            turn(slab, offsets, lengths, count);
            return count;
        }

        @Override
        public boolean hasOutput() {
            return inner.hasOutput();
        }

        @Override
        public long nextDeadlineNs() {
            return inner.nextDeadlineNs();
        }

        @Override
        public void handleTimeouts(long nowNs) {
            inner.handleTimeouts(nowNs);
        }
    }

    @Test
    void twoStacksWithDifferentNumbersFallSilent() { // 44
        // Both stacks are at 10.0.0.1:80 with a peer at 10.0.0.2:50000; the mirror makes each of
        // them the other's peer. Neither has numbers that the other accepts.
        OnePeer left = new OnePeer();
        left.open(1_000);
        OnePeer right = new OnePeer();
        ScriptedPeer.Flow flow = right.flow;
        flow.irs = 77_000_000;
        right.open(1_000);
        left.peer.advance(SECOND);
        right.peer.advance(SECOND);
        EmulatedLink link = misunderstanding(left, right);
        link.runFor(SECOND);
        left.write(10);
        right.write(10);
        link.runFor(60 * SECOND);
        long packets = link.toRight().sentPackets() + link.toLeft().sentPackets();
        // Retransmissions of both and at most two challenges a second, but no endless exchange.
        assertTrue(packets < 400, "packets " + packets);
        link.runFor(3_600 * SECOND);
        assertEquals(TcpState.CLOSED, left.connection().state());
        assertEquals(TcpState.CLOSED, right.connection().state());
        assertTrue(link.runUntilQuiet(link.nowNs() + 600 * SECOND));
    }

    @Test
    void twoClosedWindowsDoNotAnswerEachOtherForEver() { // 44
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(20_000_000).notReading());
        Bulk client = new Bulk(20_000_000).notReading();
        Bulk server = two.open(client);
        two.link.runFor(60 * SECOND);
        long before = two.link.toRight().sentPackets() + two.link.toLeft().sentPackets();
        two.link.runFor(3_600 * SECOND);
        long probes = two.link.toRight().sentPackets() + two.link.toLeft().sentPackets() - before;
        assertTrue(probes > 50 && probes < 400, "packets in an hour " + probes);
        client.reading = true;
        server.reading = true;
        client.act();
        server.act();
        assertTrue(
                two.link.runUntil(
                        () -> client.read == 20_000_000 && server.read == 20_000_000,
                        two.link.nowNs() + 300 * SECOND),
                client.read + ", " + server.read);
    }
}
