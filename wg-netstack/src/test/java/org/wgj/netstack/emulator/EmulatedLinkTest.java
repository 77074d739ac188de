// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.wire.IpAddress;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

class EmulatedLinkTest {
    private static final long MS = 1_000_000L;

    /** Sends what it is given, remembers what arrives. */
    private static final class Mailbox implements PacketEndpoint {
        final ArrayDeque<byte[]> toSend = new ArrayDeque<>();
        final List<byte[]> got = new ArrayList<>();
        final List<Long> gotNs = new ArrayList<>();
        long deadlineNs = NEVER;
        int timeouts;

        @Override
        public void receive(MemorySegment slab, int[] offsets, int[] lengths, int n, long nowNs) {
            for (int i = 0; i < n; i++) {
                got.add(slab.asSlice(offsets[i], lengths[i]).toArray(ValueLayout.JAVA_BYTE));
                gotNs.add(nowNs - EmulatedLink.START_NS);
            }
        }

        @Override
        public int emit(MemorySegment slab, int[] offsets, int[] lengths, long nowNs) {
            byte[] packet = toSend.poll();
            if (packet == null) {
                return 0;
            }
            MemorySegment.copy(packet, 0, slab, ValueLayout.JAVA_BYTE, 0, packet.length);
            offsets[0] = 0;
            lengths[0] = packet.length;
            return 1;
        }

        @Override
        public boolean hasOutput() {
            return !toSend.isEmpty();
        }

        @Override
        public long nextDeadlineNs() {
            return deadlineNs;
        }

        @Override
        public void handleTimeouts(long nowNs) {
            timeouts++;
            if (deadlineNs > 0) {
                deadlineNs = NEVER;
            }
        }

        void sendNumbered(int count, int length) {
            for (int i = 0; i < count; i++) {
                toSend.add(numbered(i, length));
            }
        }
    }

    private static byte[] numbered(int number, int length) {
        TcpPacket packet = segment();
        packet.sequence = number;
        packet.payload = new byte[length - 40];
        return packet.toBytes();
    }

    private static TcpPacket segment() {
        TcpPacket packet = new TcpPacket();
        packet.source = IpAddress.parse("10.0.0.1");
        packet.destination = IpAddress.parse("10.0.0.2");
        packet.sourcePort = 1;
        packet.destinationPort = 2;
        packet.flags = TcpPacket.ACK;
        return packet;
    }

    private final Mailbox left = new Mailbox();
    private final Mailbox right = new Mailbox();

    private EmulatedLink link(LinkConditions conditions) {
        return new EmulatedLink(left, right, conditions, conditions, 7);
    }

    @Test
    void packetsArriveAfterTheDelayOfTheirDirection() {
        EmulatedLink link =
                new EmulatedLink(
                        left, right, LinkConditions.delay(3 * MS), LinkConditions.delay(5 * MS), 1);
        left.sendNumbered(1, 100);
        right.sendNumbered(1, 100);
        link.runFor(20 * MS);
        assertEquals(List.of(3 * MS), right.gotNs);
        assertEquals(List.of(5 * MS), left.gotNs);
        assertEquals(EmulatedLink.START_NS + 20 * MS, link.nowNs());
    }

    @Test
    void aRateSpacesPacketsAndItsQueueDropsTheRest() {
        // 1,000 bytes at 8 Mbit/s take 1 ms; 3,500 bytes of queue hold three of them.
        EmulatedLink link = link(LinkConditions.PERFECT.rate(8_000_000, 3_500));
        left.sendNumbered(10, 1000);
        link.runFor(100 * MS);
        assertEquals(List.of(MS, 2 * MS, 3 * MS), right.gotNs);
        assertEquals(7, link.toRight().queueDrops());
    }

    @Test
    void aQueueInPacketsDropsTheRest() {
        EmulatedLink link = link(LinkConditions.PERFECT.ratePackets(8_000_000, 8));
        left.sendNumbered(10, 1000);
        link.runFor(100 * MS);
        assertEquals(8, right.got.size());
        left.sendNumbered(8, 1000);
        link.runFor(100 * MS);
        assertEquals(16, right.got.size(), "the queue is empty again");
    }

    @Test
    void lossIsAsOftenAsAskedAndEqualSeedsGiveEqualRuns() {
        EmulatedLink link = link(LinkConditions.delay(MS).loss(0.1));
        left.sendNumbered(10_000, 60);
        link.runFor(10 * MS);
        assertTrue(Math.abs(right.got.size() - 9_000) < 200, "arrived " + right.got.size());
        Mailbox other = new Mailbox();
        Mailbox sink = new Mailbox();
        other.sendNumbered(10_000, 60);
        new EmulatedLink(other, sink, LinkConditions.delay(MS).loss(0.1), 7).runFor(10 * MS);
        assertEquals(right.got.size(), sink.got.size());
    }

    @Test
    void burstsLoseSeveralPacketsInARow() {
        EmulatedLink link = link(LinkConditions.PERFECT.bursts(0.01, 0.2));
        left.sendNumbered(20_000, 60);
        link.runFor(MS);
        int longest = 0;
        int previous = -1;
        for (byte[] packet : right.got) {
            int number = TcpPacket.parse(packet, packet.length).sequence;
            longest = Math.max(longest, number - previous - 1);
            previous = number;
        }
        assertTrue(longest > 8, "longest burst " + longest);
        double lost = 1 - right.got.size() / 20_000.0;
        assertTrue(lost > 0.03 && lost < 0.07, "lost " + lost);
    }

    @Test
    void jitterKeepsTheOrderUnlessAsked() {
        EmulatedLink ordered = link(LinkConditions.delay(MS).jitter(50 * MS));
        left.sendNumbered(500, 60);
        ordered.runFor(100 * MS);
        assertEquals(0, overtakings());
        assertEquals(500, right.got.size());
        right.got.clear();
        EmulatedLink disordered = link(LinkConditions.delay(MS).reorderingJitter(50 * MS));
        left.sendNumbered(500, 60);
        disordered.runFor(100 * MS);
        assertEquals(500, right.got.size());
        assertTrue(overtakings() > 50);
    }

    @Test
    void reorderingHoldsSomePacketsBack() {
        EmulatedLink link = link(LinkConditions.delay(MS).reordering(0.1, 2 * MS));
        left.sendNumbered(1000, 60);
        link.runFor(10 * MS);
        assertEquals(1000, right.got.size());
        long late = right.gotNs.stream().filter(ns -> ns == 3 * MS).count();
        assertTrue(late > 50 && late < 150, "late " + late);
    }

    private int overtakings() {
        int overtakings = 0;
        int highest = -1;
        for (byte[] packet : right.got) {
            int number = TcpPacket.parse(packet, packet.length).sequence;
            if (number < highest) {
                overtakings++;
            }
            highest = Math.max(highest, number);
        }
        return overtakings;
    }

    @Test
    void duplicatesAndCorruptedPacketsArrive() {
        EmulatedLink link = link(LinkConditions.PERFECT.duplicating(1).corrupting(1));
        left.sendNumbered(1, 60);
        link.runFor(MS);
        assertEquals(2, right.got.size());
        byte[] original = numbered(0, 60);
        int flipped = 0;
        for (int i = 0; i < original.length; i++) {
            flipped += Integer.bitCount((original[i] ^ right.got.get(0)[i]) & 0xff);
        }
        assertEquals(1, flipped);
    }

    @Test
    void aBlackHoleIsSilentAndAnHonestLinkAnswers() {
        EmulatedLink link = link(LinkConditions.delay(MS).blackHole(1000));
        left.sendNumbered(1, 1001);
        link.runFor(10 * MS);
        assertEquals(1, link.toRight().tooBig());
        assertTrue(right.got.isEmpty() && left.got.isEmpty());
        link.toRight().set(LinkConditions.delay(MS).mtu(1000));
        left.sendNumbered(1, 1001);
        left.sendNumbered(1, 1000);
        link.runFor(10 * MS);
        assertEquals(1, right.got.size());
        byte[] error = left.got.get(0);
        TcpPacket.checkIp(error, error.length);
        assertEquals(3, error[20]);
        assertEquals(4, error[21]);
        assertEquals(1000, (error[26] & 0xff) << 8 | error[27] & 0xff);
        assertEquals(576, error.length);
    }

    @Test
    void theFilterLosesWhatATestNames() {
        EmulatedLink link = link(LinkConditions.PERFECT);
        link.toRight()
                .filter((packet, length, ns) -> TcpPacket.parse(packet, length).sequence != 3);
        left.sendNumbered(5, 60);
        link.runFor(MS);
        assertEquals(4, right.got.size());
        assertEquals(1, link.toRight().lostPackets());
    }

    @Test
    void timersFireAtTheirTimeAndTasksToo() {
        EmulatedLink link = link(LinkConditions.PERFECT);
        left.deadlineNs = EmulatedLink.START_NS + 5 * MS;
        List<Long> ran = new ArrayList<>();
        link.after(7 * MS, () -> ran.add(link.nowNs() - EmulatedLink.START_NS));
        link.run(EmulatedLink.START_NS + 4 * MS);
        assertEquals(0, left.timeouts);
        assertTrue(link.runUntilQuiet(EmulatedLink.START_NS + 100 * MS));
        assertEquals(1, left.timeouts);
        assertEquals(List.of(7 * MS), ran);
        assertEquals(EmulatedLink.START_NS + 7 * MS, link.nowNs());
    }

    @Test
    void aTimerThatNeverMovesIsReported() {
        left.deadlineNs = 0;
        EmulatedLink link = link(LinkConditions.PERFECT);
        assertThrows(IllegalStateException.class, () -> link.runFor(MS));
    }

    @Test
    void aSegmentReadsBackAsWritten() {
        TcpPacket out = segment();
        out.source = IpAddress.parse("fd00::1");
        out.destination = IpAddress.parse("fd00::2");
        out.sequence = -5;
        out.acknowledgment = 77;
        out.flags = TcpPacket.flags("SAEW");
        out.window = 65_535;
        out.mss = 1360;
        out.windowScale = 7;
        out.sackPermitted = true;
        out.timestamps = true;
        out.tsVal = 1;
        out.tsEcr = -1;
        out.payload = new byte[] {1, 2, 3};
        byte[] bytes = out.toBytes();
        TcpPacket in = TcpPacket.parse(bytes, bytes.length);
        assertEquals(out.toString(), in.toString());
        assertEquals("SAEW", in.flagLetters());
        assertEquals(4, in.segmentLength());
        bytes[bytes.length - 1] ^= 1;
        assertThrows(AssertionError.class, () -> TcpPacket.parse(bytes, bytes.length));
    }

    @Test
    void theObserverNoticesBreaches() {
        breach("checksum", p -> {}, true);
        breach("beyond the peer's window", p -> p.payload = new byte[101], false, 100);
        breach("above MSS", p -> p.payload = new byte[1001], false, 5000);
        breach("without ACK", p -> p.flags = 0, false);
        breach("never arrived", p -> p.acknowledgment = 502, false);
        breach(
                "gap",
                p -> {
                    p.sequence++;
                    p.payload = new byte[1];
                },
                false);
        breach("timestamp that was not agreed", p -> p.timestamps = true, false);
        breach("SACK that was not agreed", p -> p.sack = new int[] {600, 700}, false);
        TcpInvariants observer = opened(1000);
        TcpPacket first = data(101);
        first.window = 100;
        observe(observer, true, first);
        first.window = 99;
        AssertionError shrunk =
                assertThrows(AssertionError.class, () -> observe(observer, true, first));
        assertTrue(shrunk.getMessage().contains("shrank by 1"), shrunk.getMessage());
        TcpInvariants afterReset = opened(1000);
        TcpPacket reset = data(101);
        reset.flags = TcpPacket.flags("RA");
        observe(afterReset, true, reset);
        AssertionError late =
                assertThrows(AssertionError.class, () -> observe(afterReset, true, data(101)));
        assertTrue(late.getMessage().contains("after RST"), late.getMessage());
        assertEquals(1, opened(1000).checked());
    }

    private interface Change {
        void make(TcpPacket packet);
    }

    private static void breach(String message, Change change, boolean corrupt) {
        breach(message, change, corrupt, 1000);
    }

    private static void breach(String message, Change change, boolean corrupt, int window) {
        TcpInvariants observer = opened(window);
        observe(observer, true, data(101)); // as it should be
        TcpPacket packet = data(101);
        change.make(packet);
        byte[] bytes = packet.toBytes();
        if (corrupt) {
            bytes[bytes.length - 1] ^= 1;
        }
        AssertionError error =
                assertThrows(
                        AssertionError.class,
                        () -> observer.sent(true, bytes, bytes.length, EmulatedLink.START_NS));
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    /** A connection that the left end opened: its SYN 100, the peer's SYN 500, MSS 1000. */
    private static TcpInvariants opened(int window) {
        TcpInvariants observer = new TcpInvariants();
        TcpPacket syn = data(100);
        syn.flags = TcpPacket.SYN;
        syn.acknowledgment = 0;
        observe(observer, true, syn);
        observe(observer, false, syn);
        TcpPacket answer = new TcpPacket();
        answer.source = syn.destination;
        answer.destination = syn.source;
        answer.sourcePort = 2;
        answer.destinationPort = 1;
        answer.flags = TcpPacket.flags("SA");
        answer.sequence = 500;
        answer.acknowledgment = 101;
        answer.window = window;
        answer.mss = 1000;
        byte[] bytes = answer.toBytes();
        observer.arrived(false, bytes, bytes.length, EmulatedLink.START_NS);
        assertFalse(observer.dataSegments() > 0);
        return observer;
    }

    private static TcpPacket data(int sequence) {
        TcpPacket packet = segment();
        packet.sequence = sequence;
        packet.acknowledgment = 501;
        return packet;
    }

    private static void observe(TcpInvariants observer, boolean sent, TcpPacket packet) {
        byte[] bytes = packet.toBytes();
        if (sent) {
            observer.sent(true, bytes, bytes.length, EmulatedLink.START_NS);
        } else {
            observer.arrived(true, bytes, bytes.length, EmulatedLink.START_NS);
        }
    }
}
