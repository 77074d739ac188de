// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.FIN;
import static org.wgj.netstack.wire.TcpSegment.PSH;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.AdvertisedEdge;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Windows of both sides, acknowledgments and their timing, against a peer written by hand. */
class WindowTest {
    // ---- What we receive ----

    @Test
    void windowClosesWithoutShrinkingAndOpensByTwoSegments() throws IOException {
        RawPeer peer = new RawPeer().established(TcpOptions.DEFAULT.withBuffers(8192, 0));
        int edge = 8193;
        int next = 1;
        while (next < edge) {
            int length = Math.min(1000, edge - next);
            peer.send(ACK | PSH, next, 1, length);
            next += length;
            TcpSegment ack = peer.one();
            assertEquals(next, ack.acknowledgment - RawPeer.IRS);
            assertEquals(edge, next + ack.window, "the edge stays");
        }
        peer.send(ACK, next, 1, 1);
        peer.send(ACK, next, 1, 1);
        TcpSegment zero = peer.one();
        assertEquals(0, zero.window);
        assertEquals(next, zero.acknowledgment - RawPeer.IRS);
        assertEquals(8192, peer.connection.available());
        peer.read(1000);
        peer.none();
        peer.send(ACK, next, 1, 1);
        assertEquals(0, peer.one().window, "silly window avoidance");
        peer.read(1761);
        TcpSegment update = peer.one();
        assertEquals(2761, update.window);
        peer.read(1000);
        peer.none();
    }

    @Test
    void everyByteOfAScaledWindowIsTaken() throws IOException {
        RawPeer peer = new RawPeer().withOptions().established();
        SplittableRandom random = new SplittableRandom(1);
        int next = 1;
        AdvertisedEdge edge = new AdvertisedEdge(1 + 65535);
        for (int i = 0; i < 3000; i++) {
            int length = Math.min(1 + random.nextInt(1400), edge.highest() - next);
            if (length > 0) {
                peer.send(ACK | PSH, next, 1, length);
                next += length;
            }
            if (random.nextInt(3) == 0) {
                peer.read(random.nextInt(5000));
            }
            for (TcpSegment ack : peer.take()) {
                int now = ack.acknowledgment - RawPeer.IRS + (ack.window << 8);
                assertTrue(edge.mayBe(now, 8), "the window shrank");
            }
            int behind = peer.connection.receiver.next() == next ? 0 : 1;
            assertEquals(0, behind, "a byte within the window was not taken");
        }
    }

    @Test
    void smallSegmentsCloseTheWindowOfAReaderThatSleeps() throws IOException {
        for (int length : new int[] {1, 7, 100, 127, 129}) {
            RawPeer peer = new RawPeer().withOptions();
            peer.established(TcpOptions.DEFAULT.withBuffers(8192, 0));
            int next = 1;
            AdvertisedEdge edge = new AdvertisedEdge(8193);
            int window = 64;
            while (window > 0) {
                int part = Math.min(length, window << 7);
                peer.send(ACK | PSH, next, 1, part);
                next += part;
                window = peer.one().window;
                int now = next + (window << 7);
                if (edge.highest() <= 1 + 2 * 8192 - 128) {
                    assertTrue(now >= edge.highest(), "rounding down came early");
                }
                assertTrue(edge.mayBe(now, 7), "the edge moved left by a whole unit");
                assertTrue(
                        edge.highest() <= 1 + 2 * 8192,
                        "more than twice the buffer with " + length);
            }
            assertEquals(next - 1, peer.connection.available());
        }
    }

    @Test
    void dropsBehindTheWindowAndTakesUpToIt() throws IOException {
        RawPeer peer = new RawPeer().established(TcpOptions.DEFAULT.withBuffers(4000, 0));
        peer.send(ACK, 3990, 1, 100);
        peer.take();
        assertEquals(4001, peer.connection.input.highest());
        peer.send(ACK, 4001, 1, 10);
        peer.expect("A 1 1 0");
        assertEquals(4001, peer.connection.input.highest());
        peer.send(ACK, 1, 1, 4000);
        peer.expect("A 1 4001 0");
        assertEquals(4000, peer.read(9999));
        peer.take();
        peer.send(FIN | ACK, 4001, 1, 0);
        assertEquals(TcpState.CLOSE_WAIT, peer.connection.state());
    }

    @Test
    void finIsTakenWhereTheWindowIsClosed() throws IOException {
        RawPeer peer = new RawPeer().established(TcpOptions.DEFAULT.withBuffers(2048, 0));
        peer.send(ACK | PSH, 1, 1, 2048);
        assertEquals(0, peer.one().window);
        peer.send(FIN | ACK, 2049, 1, 0);
        peer.expect("A 1 2050 0");
        assertEquals(TcpState.CLOSE_WAIT, peer.connection.state());
        peer.read(2048);
        peer.none();
    }

    @Test
    void acknowledgmentOfAProbeIsNotLost() throws IOException {
        RawPeer peer = new RawPeer().established(TcpOptions.DEFAULT.withBuffers(2048, 0));
        peer.send(ACK | PSH, 1, 1, 2048);
        peer.take();
        peer.write(50);
        peer.expect("A 1 2049 50");
        peer.send(ACK, 2049, 51, 1); // a probe of our closed window acknowledges our data
        peer.expect("A 51 2049 0");
        assertEquals(0, peer.connection.output.queued());
    }

    @Test
    void acknowledgesSomeAtOnceAndSomeLater() throws IOException {
        RawPeer peer = new RawPeer().established();
        int next = 1;
        for (int i = 0; i < 16; i++) {
            peer.send(ACK, next, 1, 1000);
            next += 1000;
            peer.expect("A 1 " + next + " 0");
        }
        peer.send(ACK, next, 1, 1000);
        next += 1000;
        peer.none();
        peer.pass(39);
        peer.none();
        peer.pass(1);
        peer.expect("A 1 " + next + " 0");
        peer.send(ACK, next, 1, 1000);
        peer.none();
        peer.send(ACK, next + 1000, 1, 1000);
        next += 2000;
        peer.expect("A 1 " + next + " 0");
        peer.send(ACK | PSH, next++, 1, 1);
        peer.expect("A 1 " + next + " 0");
        peer.send(ACK, next++, 1, 1);
        peer.none();
        peer.write(3);
        peer.expect("A 1 " + next + " 3");
        peer.pass(100);
        peer.none();
        peer.send(ACK, next + 1, 4, 1);
        peer.expect("A 4 " + next + " 0");
    }

    @Test
    void oneAcknowledgmentForSixteenSegmentsOfABatch() throws IOException {
        RawPeer peer = new RawPeer().established();
        List<byte[]> batch = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            batch.add(peer.packet(ACK, 1 + 1000 * i, 1, new byte[1000]));
        }
        peer.host.receive(batch, peer.now);
        List<TcpSegment> acks = peer.take();
        assertEquals(3, acks.size());
        assertEquals("A 1 16001 0", peer.text(acks.get(0)));
        assertEquals("A 1 32001 0", peer.text(acks.get(1)));
        assertEquals("A 1 40001 0", peer.text(acks.get(2)));
        assertEquals(1, peer.handler.readable);
    }

    @Test
    void acknowledgmentsAreNotRepeatedWhereABatchIsFull() throws IOException {
        RawPeer peer = new RawPeer().established();
        List<byte[]> batch = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            batch.add(peer.packet(ACK, 1 + 1000 * i, 1, new byte[1000]));
        }
        peer.host.receive(batch, peer.now);
        MemorySegment slab = MemorySegment.ofArray(new byte[10_000]);
        OutgoingBatch out = new OutgoingBatch();
        out.reset(slab, 0, 0, new int[2], new int[2]);
        peer.host.layer.emit(out, peer.now);
        assertEquals(2, out.count());
        peer.expect("A 1 40001 0");
        peer.none();
    }

    @Test
    void peerWithoutSackSeesEachDuplicate() throws IOException {
        RawPeer peer = new RawPeer().established();
        List<byte[]> batch = new ArrayList<>();
        for (int i = 1; i < 4; i++) {
            batch.add(peer.packet(ACK, 1 + 1000 * i, 1, new byte[1000]));
        }
        peer.host.receive(batch, peer.now);
        List<TcpSegment> acks = peer.take();
        assertEquals(3, acks.size());
        for (TcpSegment ack : acks) {
            assertEquals("A 1 1 0", peer.text(ack));
            assertEquals(0, ack.sackBlocks);
        }
    }

    @Test
    void sackTellsTheLatestRangeFirstAndDuplicates() throws IOException {
        RawPeer peer = new RawPeer().withOptions().established();
        peer.send(ACK, 101, 1, 100);
        assertSack(peer, peer.one(), 101, 201);
        peer.send(ACK, 301, 1, 100);
        assertSack(peer, peer.one(), 301, 401, 101, 201);
        peer.send(ACK, 501, 1, 100);
        assertSack(peer, peer.one(), 501, 601, 301, 401, 101, 201);
        peer.send(ACK, 701, 1, 100);
        assertSack(peer, peer.one(), 701, 801, 501, 601, 301, 401);
        peer.send(ACK, 151, 1, 100);
        assertSack(peer, peer.one(), 151, 201, 101, 251, 701, 801);
        peer.send(ACK, 1, 1, 100);
        TcpSegment ack = peer.one();
        assertEquals(251, ack.acknowledgment - RawPeer.IRS);
        assertSack(peer, ack, 701, 801, 501, 601, 301, 401);
        peer.send(ACK, 51, 1, 10);
        assertSack(peer, peer.one(), 51, 61, 701, 801, 501, 601);
        peer.send(ACK, 251, 1, 700);
        peer.take();
        assertEquals(950, peer.connection.available());
    }

    private static void assertSack(RawPeer peer, TcpSegment ack, int... edges) {
        int[] sent = new int[2 * ack.sackBlocks];
        for (int i = 0; i < ack.sackBlocks; i++) {
            sent[2 * i] = ack.sackLeft[i] - RawPeer.IRS;
            sent[2 * i + 1] = ack.sackRight[i] - RawPeer.IRS;
        }
        assertEquals(Arrays.toString(edges), Arrays.toString(sent));
    }

    @Test
    void oneByteSegmentsCannotFillTheMemory() throws IOException {
        RawPeer peer = new RawPeer().withOptions().established();
        for (int i = 0; i < 30_000; i++) {
            peer.send(ACK, 3 + 2 * i, 1, 1);
            peer.take();
        }
        assertEquals(ReceiveBuffer.MAX_RANGES, peer.connection.input.ranges());
        assertTrue(peer.connection.input.heldBytes() <= 65536 + 2 * BufferPool.CHUNK);
    }

    @Test
    void pawsDropsOldTimestampsAndEchoesTheRightOne() throws IOException {
        RawPeer peer = new RawPeer().withOptions().established();
        peer.clock = 500;
        peer.send(ACK | PSH, 1, 1, 10);
        assertEquals(500, peer.one().timestampEcho);
        peer.clock = 400;
        peer.send(ACK | PSH, 11, 1, 10);
        TcpSegment ack = peer.one();
        assertEquals(500, ack.timestampEcho);
        assertEquals("A 1 11 0", peer.text(ack));
        assertEquals(10, peer.connection.available());
        peer.clock = 600;
        peer.send(ACK, 21, 1, 10);
        assertEquals(500, peer.one().timestampEcho, "behind a gap: the older one");
        peer.now += 25L * 24 * 3600 * 1_000_000_000L;
        peer.clock = 300;
        peer.send(ACK | PSH, 11, 1, 10);
        assertEquals(300, peer.one().timestampEcho, "after 24 days the memory is stale");
        assertEquals(30, peer.connection.available());
    }

    @Test
    void unacceptableSegmentsAreAnsweredAsOftenAsIsSafe() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.send(ACK | PSH, 1, 1, 5);
        peer.take();
        for (int i = 0; i < 3; i++) {
            peer.send(ACK, 1, 1, 5);
            peer.expect("A 1 6 0");
        }
        peer.send(ACK, 5, 1, 0);
        peer.expect("A 1 6 0");
        peer.send(ACK, 5, 1, 0);
        peer.none();
        peer.send(0, 6, 1, 3);
        peer.send(FIN, 6, 1, 3);
        peer.none();
        assertEquals(5, peer.connection.available());
    }

    // ---- What we send ----

    @Test
    void sendsExactlyTheWindow() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 16;
        peer.established();
        peer.write(32);
        peer.expect("A 1 1 16");
        peer.send(ACK, 1, 17, 0);
        peer.expect("A 17 1 16");
    }

    @Test
    void windowOfSynIsNotScaledAndLaterOnesAre() throws IOException {
        RawPeer peer = new RawPeer().withOptions();
        peer.windowField = 42;
        peer.listen(1);
        peer.send(SYN, 0, 0, 0);
        peer.iss = peer.one().sequence;
        peer.echo = 0;
        peer.windowField = 1;
        peer.send(ACK, 1, 1, 0);
        peer.write(1000);
        peer.expect("A 1 1 128");
    }

    @Test
    void probesAClosedWindowWithDoublingIntervals() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 10;
        peer.established();
        peer.write(30);
        peer.expect("A 1 1 10");
        peer.windowField = 0;
        peer.send(ACK, 1, 11, 0);
        peer.none();
        long last = peer.now;
        long interval = 0;
        for (int i = 0; i < 12; i++) {
            peer.pass(1000_000);
            TcpSegment probe = peer.one();
            assertEquals("A 11 1 1", peer.text(probe));
            long waited = peer.now - last;
            if (i > 0) {
                assertEquals(Math.min(2 * interval, 60_000 * RawPeer.MS), waited);
            }
            interval = waited;
            last = peer.now;
            peer.send(ACK, 1, 11, 0);
            peer.none();
        }
        assertEquals(60_000 * RawPeer.MS, interval);
        peer.windowField = 5;
        peer.send(ACK, 1, 12, 0);
        peer.expect("A 12 1 5");
        assertEquals(0, peer.handler.ended);
    }

    @Test
    void unansweredProbesEndTheConnection() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 0;
        peer.established();
        peer.write(30);
        peer.none();
        int probes = 0;
        while (peer.handler.ended == 0) {
            peer.pass(1000_000);
            probes += peer.take().size();
        }
        assertTrue(probes >= 15 && probes <= 18, probes + " probes");
        assertEquals(TcpFailure.TIMED_OUT, peer.handler.failure);
    }

    @Test
    void shrunkWindowStopsNewDataOnly() throws IOException {
        RawPeer peer = new RawPeer().established(TcpOptions.DEFAULT.withNoDelay(true));
        peer.write(6);
        peer.expect("A 1 1 6");
        peer.windowField = 3;
        peer.send(ACK | PSH, 1, 1, 4);
        peer.expect("A 7 5 0");
        peer.write(10);
        peer.none();
        peer.windowField = 100;
        peer.send(ACK, 5, 7, 0);
        peer.expect("A 7 5 10");
    }

    @Test
    void nagleHoldsTheSecondSmallSegment() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(10);
        peer.expect("A 1 1 10");
        peer.write(10);
        peer.none();
        peer.write(1380);
        assertEquals(1380, peer.one().dataLength);
        peer.none();
        peer.send(ACK, 1, 11, 0);
        peer.expect("A 1391 1 10");
        peer.send(ACK, 1, 1401, 0);
        peer.write(5);
        peer.expect("A 1401 1 5");
        peer.write(7);
        peer.none();
        peer.connection.setOptions(TcpOptions.DEFAULT.withNoDelay(true), peer.now);
        peer.expect("A 1406 1 7");
        peer.write(7);
        peer.expect("A 1413 1 7");
        peer.connection.setOptions(TcpOptions.DEFAULT, peer.now);
        peer.write(7);
        peer.connection.shutdownOutput(peer.now);
        peer.expect("FA 1420 1 7");
    }

    @Test
    void sillyWindowIsUsedOnlyAfterAWhile() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 4000;
        peer.established();
        peer.write(10_000);
        assertEquals(2, peer.take().size(), "2,760 of 4,000: the rest is no segment");
        peer.windowField = 100;
        peer.send(ACK, 1, 2761, 0);
        peer.none();
        peer.pass(1000);
        assertEquals(1200, peer.now / RawPeer.MS);
        peer.expect("A 2761 1 100");

        RawPeer small = new RawPeer();
        small.windowField = 2000;
        small.established();
        small.write(4000);
        List<TcpSegment> sent = small.take();
        assertEquals(1, sent.size());
        small.windowField = 1000;
        small.send(ACK, 1, 1381, 0);
        small.expect("A 1381 1 1000"); // half of the largest window
    }

    @Test
    void segmentsOfThePeerDoNotPutOffTheUseOfASillyWindow() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 4000;
        peer.established();
        peer.write(10_000);
        assertEquals(2, peer.take().size());
        peer.windowField = 100;
        peer.send(ACK, 1, 2761, 0);
        peer.none();
        for (int i = 0; i < 3; i++) {
            peer.pass(60);
            peer.send(ACK | PSH, 1 + i, 2761, 1);
            peer.expect("A 2761 " + (2 + i) + " 0");
        }
        peer.pass(1000);
        assertEquals(1200, peer.now / RawPeer.MS);
        peer.expect("A 2761 4 100");
    }

    @Test
    void windowOfAnOldAcknowledgmentIsNotTaken() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(100);
        peer.expect("A 1 1 100");
        peer.send(ACK, 1, 101, 0);
        peer.windowField = 50;
        peer.send(ACK, 11, 1, 10); // sent before the acknowledgment, and later in the stream
        peer.take();
        peer.write(1000);
        peer.expect("A 101 1 1000");
    }

    @Test
    void windowOfANewAcknowledgmentIsTakenWithDataSentAgain() throws IOException {
        RawPeer peer = new RawPeer();
        peer.windowField = 100;
        peer.established();
        peer.write(100);
        peer.expect("A 1 1 100");
        peer.send(ACK, 11, 1, 10);
        peer.take();
        peer.windowField = 1000;
        peer.send(ACK, 1, 101, 10); // fills the gap
        peer.take();
        peer.write(1000);
        peer.expect("A 101 21 1000");
    }

    @Test
    void segmentsFollowTheLeastOfMssAndPath() throws IOException {
        RawPeer peer = new RawPeer();
        peer.synOptions = new byte[] {2, 4, 0, 10};
        peer.established();
        peer.write(200);
        assertEquals(88, peer.take().getFirst().dataLength);

        RawPeer absent = new RawPeer();
        absent.synOptions = new byte[] {2, 4, 0, 0};
        absent.established();
        absent.write(2000);
        assertEquals(536, absent.take().getFirst().dataLength);

        RawPeer clocked = new RawPeer().withOptions().established();
        clocked.write(2000);
        assertEquals(1380 - 12, clocked.take().getFirst().dataLength);
    }

    @Test
    void smallerPathResendsAtOnceInSmallerSegments() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(4140);
        assertEquals(3, peer.take().size());
        long cwnd = peer.connection.info().cwnd();
        peer.host.mtu = 1040;
        peer.host.layer.unreachable(
                peer.host.address,
                80,
                peer.address,
                RawPeer.PORT,
                peer.iss + 1,
                IcmpCause.TOO_BIG,
                1040,
                peer.now);
        List<TcpSegment> again = peer.take();
        assertTrue(again.size() >= 3);
        int bytes = 0;
        for (TcpSegment each : again) {
            assertTrue(each.dataLength <= 1000);
            bytes += each.dataLength;
        }
        assertEquals(4140, bytes);
        assertTrue(peer.connection.info().cwnd() >= cwnd - 1000);
        assertEquals(1000, peer.connection.info().mss());
    }

    @Test
    void blackHoleMakesSegmentsSmaller() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(3000);
        peer.take();
        int largest = 0;
        for (int i = 0; i < 6 && largest != 1220; i++) {
            peer.pass(100_000);
            largest = 0;
            for (TcpSegment each : peer.take()) {
                largest = Math.max(largest, each.dataLength);
            }
        }
        assertEquals(1220, largest);
        assertEquals(1220, peer.connection.info().mss());
    }

    // ---- Timers ----

    @Test
    void retransmitsWithBackoffUntilTheLimit() throws IOException {
        RawPeer peer = new RawPeer().established();
        peer.write(100);
        peer.take();
        List<Long> times = new ArrayList<>();
        long begun = peer.now;
        while (peer.handler.ended == 0) {
            peer.pass(10_000_000);
            for (TcpSegment each : peer.take()) {
                if (each.dataLength > 0) {
                    times.add(peer.now - begun);
                }
            }
        }
        assertEquals(TcpFailure.TIMED_OUT, peer.handler.failure);
        long total = (peer.now - begun) / 1_000_000_000L;
        assertTrue(total > 100, "R2 is at least 100 s but the connection lived " + total);
        assertTrue(times.size() >= 15, times.toString());
        assertNull(peer.connection.handshake);
    }

    @Test
    void userTimeoutEndsTheConnection() throws IOException {
        RawPeer peer =
                new RawPeer().established(TcpOptions.DEFAULT.withUserTimeout(5_000_000_000L));
        peer.pass(60_000);
        peer.write(100);
        peer.take();
        long begun = peer.now;
        while (peer.handler.ended == 0 && peer.now - begun < 100_000_000_000L) {
            peer.pass(4_000);
            peer.take();
        }
        assertEquals(5000, (peer.now - begun) / RawPeer.MS);
        assertEquals(TcpFailure.TIMED_OUT, peer.handler.failure);
    }

    @Test
    void userTimeoutOfAClosedWindowBeginsWithTheData() throws IOException {
        RawPeer peer =
                new RawPeer().established(TcpOptions.DEFAULT.withUserTimeout(5_000_000_000L));
        peer.windowField = 0;
        peer.send(ACK, 1, 1, 0);
        peer.pass(60_000);
        peer.write(100);
        peer.none();
        long begun = peer.now;
        while (peer.handler.ended == 0 && peer.now - begun < 100_000_000_000L) {
            peer.pass(4_000);
            peer.take();
        }
        assertEquals(5000, (peer.now - begun) / RawPeer.MS);
    }

    @Test
    void userTimeoutDoesNotCountIdleTimeBeforeAWriteThatWeHaveNotSeen() throws IOException {
        RawPeer peer =
                new RawPeer().established(TcpOptions.DEFAULT.withUserTimeout(5_000_000_000L));
        int next = 1;
        for (int i = 0; i < 17; i++) { // the last one is acknowledged by a timer
            peer.take();
            if (i == 16) {
                peer.pass(60_000);
            }
            peer.send(ACK, next, 1, 100);
            next += 100;
        }
        peer.none();
        peer.connection.write(new byte[100], 0, 100); // by a thread of its own
        peer.pass(100);
        peer.expect("A 1 " + next + " 100");
        assertEquals(0, peer.handler.ended);
        peer.connection.wrote(peer.now);
        peer.send(ACK, next, 101, 0);
        peer.pass(60_000);
        assertEquals(0, peer.handler.ended, "everything is acknowledged");
    }

    @Test
    void keepAliveProbesAndGivesUp() throws IOException {
        TcpOptions options = TcpOptions.DEFAULT.withKeepAlive(true, 60, 15, 4);
        RawPeer peer = new RawPeer().established(options);
        long begun = peer.now;
        peer.pass(100_000);
        assertEquals(60_000, (peer.now - begun) / RawPeer.MS);
        peer.expect("A 0 1 0");
        peer.send(ACK, 1, 1, 0);
        begun = peer.now;
        for (int i = 0; i < 4; i++) {
            peer.pass(100_000);
            peer.expect("A 0 1 0");
            assertEquals(60_000 + 15_000 * i, (peer.now - begun) / RawPeer.MS);
        }
        peer.pass(100_000);
        assertEquals("RA 1 1 0", peer.text(peer.one()));
        assertEquals(120_000, (peer.now - begun) / RawPeer.MS);
        assertEquals(TcpFailure.TIMED_OUT, peer.handler.failure);
    }

    @Test
    void writableComesOnceWhenAThirdIsFree() throws IOException {
        RawPeer peer = new RawPeer().established(TcpOptions.DEFAULT.withBuffers(0, 30_000));
        peer.write(40_000);
        assertEquals(0, peer.connection.room());
        int sent = 0;
        for (TcpSegment each : peer.take()) {
            sent += each.dataLength;
        }
        peer.send(ACK, 1, 1 + 5000, 0);
        assertEquals(0, peer.handler.writable);
        peer.take();
        peer.send(ACK, 1, 1 + Math.min(sent, 12_000), 0);
        assertEquals(1, peer.handler.writable);
        peer.connection.setOptions(TcpOptions.DEFAULT.withBuffers(0, 20_000), peer.now);
        peer.write(40_000);
        peer.connection.setOptions(TcpOptions.DEFAULT.withBuffers(0, 90_000), peer.now);
        assertEquals(2, peer.handler.writable);
    }

    @Test
    void peerThatVanishesLeavesNothingBehind() throws IOException {
        TestPair pair = new TestPair().listen();
        TcpConnection client = pair.connect(new TestHandler());
        pair.settle();
        pair.loss = sent -> true;
        pair.write(client, new byte[100_000]);
        pair.write(pair.accepted.getFirst(), new byte[100_000]);
        pair.run(3_000_000 * TestPair.MS);
        assertEquals(0, pair.client.layer.connections());
        assertEquals(0, pair.server.layer.connections());
        assertEquals(0, pair.client.pool.used());
        assertEquals(Long.MAX_VALUE, pair.client.layer.nextDeadlineNs());
    }
}
