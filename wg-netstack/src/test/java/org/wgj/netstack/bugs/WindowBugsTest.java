// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.bugs.TwoStacks.MS;
import static org.wgj.netstack.bugs.TwoStacks.SECOND;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.ScriptedPeer;
import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.congestion.CongestionRule;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Buffers and windows: bugs 3, 4, 5, 12, 23, 38, 42, 50 and 51. */
class WindowBugsTest {
    @Test
    void aLargerSendBufferWakesTheWriter() { // 3
        OnePeer one = new OnePeer();
        one.options = TcpOptions.DEFAULT.withBuffers(0, 16_384);
        one.open(0);
        int taken = 0;
        int more;
        byte[] bytes = new byte[4096];
        while ((more = one.connection().write(bytes, 0, bytes.length)) > 0) {
            taken += more;
        }
        one.connection().wrote(one.peer.nowNs());
        assertTrue(taken < 100_000, "taken " + taken);
        assertEquals(0, one.application.writable);
        one.connection().setOptions(TcpOptions.DEFAULT.withBuffers(0, 200_000), one.peer.nowNs());
        one.peer.drain();
        assertEquals(1, one.application.writable);
        assertTrue(one.connection().write(bytes, 0, bytes.length) > 0);
    }

    @Test
    void aSmallerSendBufferStillWakesTheWriterInTheEnd() { // 3
        TwoStacks two = new TwoStacks(LinkConditions.delay(10 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(2_000_000);
        Bulk server = two.open(client);
        two.link.runFor(30 * MS);
        client.connection.setOptions(TcpOptions.DEFAULT.withBuffers(0, 4096), two.link.nowNs());
        assertTrue(
                two.link.runUntil(() -> server.read == 2_000_000, two.link.nowNs() + 120 * SECOND),
                "read " + server.read);
    }

    /** Acknowledges all that comes and keeps the window that it is told. */
    private static final class Receiver {
        final OnePeer one = new OnePeer();
        int next = 1;
        int window;

        void turn() {
            boolean got = false;
            for (ScriptedPeer.Sent sent : one.peer.all()) {
                TcpPacket segment = sent.tcp();
                int relative = segment.sequence - one.flow.iss;
                if (relative <= next && relative + segment.payload.length > next) {
                    next = relative + segment.payload.length;
                }
                got = true;
            }
            if (got) {
                one.flow.window = window;
                one.flow.send("A", 1, next, 0);
            }
        }
    }

    @Test
    void aPeerThatShrinksItsWindowStopsTheFlowOnlyForAMoment() { // 4
        Receiver receiver = new Receiver();
        OnePeer one = receiver.one;
        receiver.window = 65_535;
        one.open(65_535);
        long began = one.peer.nowNs();
        int written = 0;
        while (written < 1_000_000) {
            if (one.connection().room() >= 5_000) {
                one.write(5_000);
                written += 5_000;
            }
            one.peer.advance(5 * MS);
            boolean narrow = written > 300_000 && written < 330_000;
            receiver.window = narrow ? 1_024 : 65_535;
            receiver.turn();
        }
        for (int i = 0; i < 200 && receiver.next < 1_000_001; i++) {
            one.peer.advance(5 * MS);
            receiver.turn();
        }
        assertEquals(1_000_001, receiver.next);
        long took = one.peer.nowNs() - began;
        assertTrue(took < 8 * SECOND, "took " + took / MS + " ms");
    }

    @Test
    void aWindowOfOneAndAHalfSegmentsIsUsedAtOnce() { // 5
        Receiver receiver = new Receiver();
        OnePeer one = receiver.one;
        receiver.window = 2_070;
        one.options = TcpOptions.DEFAULT.withNoDelay(true);
        one.open(2_070);
        long began = one.peer.nowNs();
        one.write(50_000);
        while (receiver.next < 50_001) {
            assertTrue(one.peer.nowNs() - began < 2 * SECOND, "slow: " + receiver.next);
            one.peer.advance(10 * MS);
            receiver.turn();
        }
    }

    @Test
    void aSegmentLargerThanHalfThePeersBufferIsSent() { // 5
        Receiver receiver = new Receiver();
        OnePeer one = receiver.one;
        receiver.window = 1_000; // below the MSS of 1380
        one.open(1_000);
        long began = one.peer.nowNs();
        one.write(20_000);
        while (receiver.next < 20_001) {
            assertTrue(one.peer.nowNs() - began < 2 * SECOND, "slow: " + receiver.next);
            one.peer.advance(10 * MS);
            receiver.turn();
        }
    }

    @Test
    void everyByteInsideTheAdvertisedWindowIsKept() { // 12
        for (int seed = 0; seed < 30; seed++) {
            keepsAll(new SplittableRandom(seed), seed % 3 == 0);
        }
    }

    private static void keepsAll(SplittableRandom random, boolean scaled) {
        OnePeer one = new OnePeer();
        if (random.nextBoolean()) {
            one.options = TcpOptions.DEFAULT.withBuffers(1 + random.nextInt(200_000), 0);
        }
        TcpPacket syn = one.flow.segment("S", 0, 0, 0);
        syn.mss = 1460;
        syn.sackPermitted = true;
        syn.windowScale = scaled ? 7 : -1;
        one.listen(16);
        one.peer.inject(syn);
        TcpPacket answer = one.peer.expect("SA");
        one.flow.iss = answer.sequence;
        int scale = scaled ? Math.max(0, answer.windowScale) : 0;
        one.flow.send("A", 1, 1, 0);
        int next = 1;
        int edge = 1 + answer.window;
        int readTo = 1;
        List<TcpPacket> held = new ArrayList<>();
        for (int step = 0; step < 40; step++) {
            int room = edge - next;
            if (room > 0) {
                // All of the window up to its edge, in pieces that arrive in any order.
                int from = next;
                while (from < edge && held.size() < 64) {
                    int length = Math.min(edge - from, 1 + random.nextInt(1_400));
                    held.add(one.flow.segment("A", from, 1, length));
                    from += length;
                }
                int end = from;
                while (!held.isEmpty()) {
                    one.peer.inject(held.remove(random.nextInt(held.size())));
                }
                one.peer.advance(60 * MS);
                int acked = -1;
                for (TcpPacket segment : one.segments()) {
                    acked = segment.acknowledgment - one.flow.irs;
                    edge = Math.max(edge, acked + (segment.window << scale));
                }
                assertEquals(end, acked, "bytes inside the window were dropped");
                next = end;
            }
            int available = one.connection().available();
            int read = available == 0 ? 0 : random.nextInt(available + 1);
            one.read(read);
            readTo += read;
            one.peer.advance(60 * MS);
            for (TcpPacket segment : one.segments()) {
                edge =
                        Math.max(
                                edge,
                                segment.acknowledgment - one.flow.irs + (segment.window << scale));
            }
        }
        one.read(next - readTo);
    }

    @Test
    void batchesAndSinglePacketsGiveTheSameStream() { // 23
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<int[]> pieces = new ArrayList<>();
            for (int at = 1; at < 30_000; ) {
                int length = 1 + random.nextInt(1_400);
                pieces.add(new int[] {at, Math.min(length, 30_000 - at)});
                at += length;
            }
            for (int i = 0; i < pieces.size(); i++) {
                int other = Math.min(pieces.size() - 1, i + random.nextInt(4));
                int[] piece = pieces.get(i);
                pieces.set(i, pieces.get(other));
                pieces.set(other, piece);
            }
            OnePeer single = new OnePeer();
            single.open(65_535);
            OnePeer batched = new OnePeer();
            batched.open(65_535);
            List<byte[]> batch = new ArrayList<>();
            for (int[] piece : pieces) {
                single.flow.send("A", piece[0], 1, piece[1]);
                batch.add(batched.flow.segment("A", piece[0], 1, piece[1]).toBytes());
                if (batch.size() == 1 + random.nextInt(40)) {
                    batched.peer.injectTogether(batch);
                    batch.clear();
                }
                if (batch.size() > 60) {
                    batched.peer.injectTogether(batch);
                    batch.clear();
                }
            }
            if (!batch.isEmpty()) {
                batched.peer.injectTogether(batch);
            }
            single.read(29_999);
            batched.read(29_999);
        }
    }

    @Test
    void oneConnectionFillsALongFatPath() { // 38
        TwoStacks two = new TwoStacks(LinkConditions.delay(50 * MS).rate(500_000_000, 4_000_000));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(Long.MAX_VALUE / 2);
        Bulk server = two.open(client);
        two.link.runFor(2 * SECOND);
        long before = server.read;
        two.link.runFor(2 * SECOND);
        double rate = (server.read - before) * 8 / 2e6;
        assertTrue(rate >= 300, rate + " Mbit/s");
    }

    /** Buffers of 4 MiB would not do: a gap holds the window back for a round trip. */
    @Test
    void rareLossLeavesMostOfALongFatPath() { // 38
        TwoStacks two =
                new TwoStacks(
                        LinkConditions.delay(50 * MS).loss(1e-4).rate(1_000_000_000, 12_500_000));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(Long.MAX_VALUE / 2);
        two.connect(TcpOptions.DEFAULT.withCongestion(CongestionRule.TOLERANT_CUBIC), client);
        two.link.runFor(8 * SECOND);
        Bulk server = two.accepted.getFirst();
        long before = server.read;
        two.link.runFor(8 * SECOND);
        double rate = (server.read - before) * 8 / 8e6;
        assertTrue(rate >= 300, rate + " Mbit/s");
        long granted = client.connection.info().sendBuffer();
        assertTrue(granted > 8 << 20, "send buffer " + granted);
    }

    @Test
    void aReaderThatFreesTwoSegmentsTellsAtOnce() { // 42
        OnePeer one = new OnePeer();
        one.options = TcpOptions.DEFAULT.withBuffers(16_384, 0);
        one.open(65_535);
        int sent = 1;
        int edge = sent + 16_384;
        TcpPacket last = null;
        while (last == null || last.window > 0) {
            int length = last == null ? 1000 : Math.min(1000, last.window);
            one.flow.send("A", sent, 1, length);
            sent += length;
            one.peer.advance(60 * MS);
            for (TcpPacket segment : one.segments()) {
                last = segment;
            }
        }
        assertTrue(sent >= edge - 16_384);
        one.read(2 * 1380 + 100);
        TcpPacket update = one.peer.expect("A");
        assertTrue(update.window >= 1380, "window " + update.window);
    }

    @Test
    void packetsOfTheGreatestMtuDoNotStall() { // 50
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS), 65_535);
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(5_000_000);
        Bulk server = two.open(client);
        assertTrue(
                two.link.runUntil(() -> server.read == 5_000_000, two.link.nowNs() + 3 * SECOND),
                "read " + server.read);
    }

    @Test
    void windowsAbove64KibAreUsed() { // 40, 50
        TwoStacks two = new TwoStacks(LinkConditions.delay(100 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(20_000_000);
        Bulk server = two.open(client);
        // With 64 KiB each 200 ms it would take more than a minute.
        assertTrue(
                two.link.runUntil(() -> server.read == 20_000_000, two.link.nowNs() + 12 * SECOND),
                "read " + server.read);
    }

    @Test
    void aClosedWindowWhoseUpdateIsLostIsReopened() { // 51
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0).notReading());
        Bulk client = new Bulk(10_000_000);
        Bulk server = two.open(client);
        two.link.runFor(20 * SECOND);
        boolean[] lose = {true};
        two.link.toLeft().filter((packet, length, ns) -> !lose[0]);
        server.reading = true;
        server.act();
        two.link.runFor(SECOND);
        lose[0] = false;
        assertTrue(
                two.link.runUntil(() -> server.read == 10_000_000, two.link.nowNs() + 90 * SECOND),
                "read " + server.read);
    }

    @Test
    void anIdleConnectionSetsNoTimer() { // 50, 51
        TwoStacks two = new TwoStacks(LinkConditions.delay(5 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk server = two.open(new Bulk(100_000));
        assertTrue(two.link.runUntilQuiet(two.link.nowNs() + 60 * SECOND));
        assertEquals(100_000, server.read);
    }
}
