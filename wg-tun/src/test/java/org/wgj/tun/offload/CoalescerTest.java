// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Checks which packets are written together, and that they come out unchanged. */
class CoalescerTest {
    private final FakeKernel kernel = new FakeKernel();
    private Coalescer coalescer = new Coalescer(kernel, true, true);

    private int write(List<byte[]> packets) throws ErrnoException {
        return FakeKernel.write(coalescer, packets);
    }

    /** Makes segments of one stream; the consumer may change each before it is built. */
    private static List<byte[]> stream(
            int version, int protocol, int count, int size, Change change) {
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TestPacket packet = TestPacket.of(version, protocol);
            packet.payload = new byte[size];
            packet.payload[0] = (byte) i;
            packet.sequence = 0xffffff00 + i * size;
            packet.id = 0xfff0 + i;
            packet.tcpOptions = new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
            change.apply(i, packet);
            packets.add(packet.build());
        }
        return packets;
    }

    private interface Change {
        void apply(int index, TestPacket packet);
    }

    private static final Change NONE = (i, packet) -> {};

    private void assertRuns(List<byte[]> packets, int... runs) throws ErrnoException {
        kernel.clear();
        assertEquals(packets.size(), write(packets));
        assertEquals(java.util.Arrays.stream(runs).boxed().toList(), kernel.runs);
        assertEquals(packets.size(), kernel.packets.size());
        for (int i = 0; i < packets.size(); i++) {
            assertArrayEquals(packets.get(i), kernel.packets.get(i), "packet " + i);
        }
    }

    @Test
    void aStreamIsWrittenAsOneSuperpacket() throws Exception {
        for (int version : new int[] {4, 6}) {
            for (int protocol : new int[] {6, 17}) {
                assertRuns(stream(version, protocol, 40, 1400, NONE), 40);
                assertRuns(stream(version, protocol, 2, 1, NONE), 2);
                assertRuns(stream(version, protocol, 1, 1400, NONE), 1);
            }
        }
    }

    @Test
    void aSuperpacketIsAtMost65535BytesLong() throws Exception {
        assertRuns(stream(4, 6, 50, 1400, NONE), 46, 4); // 52 + 46 * 1400 = 64452
        assertRuns(stream(6, 17, 50, 1400, NONE), 46, 4);
        // Exactly 65535: 52 + 31 * 2112 + 11; one more byte does not fit.
        assertRuns(stream(4, 6, 32, 2112, (i, p) -> p.payload = new byte[i == 31 ? 11 : 2112]), 32);
        assertRuns(
                stream(4, 6, 32, 2112, (i, p) -> p.payload = new byte[i == 31 ? 12 : 2112]), 31, 1);
    }

    @Test
    void aSuperpacketHasAtMost64Packets() throws Exception {
        assertRuns(stream(4, 17, 130, 10, NONE), 64, 64, 2);
    }

    @Test
    void aSmallerPacketEndsARunAndALargerOneBeginsTheNext() throws Exception {
        assertRuns(stream(4, 17, 6, 100, (i, p) -> p.payload = new byte[i == 2 ? 60 : 100]), 3, 3);
        assertRuns(stream(4, 17, 6, 100, (i, p) -> p.payload = new byte[i >= 2 ? 101 : 100]), 2, 4);
    }

    @Test
    void aPacketWithPshEndsARun() throws Exception {
        assertRuns(stream(4, 6, 6, 100, (i, p) -> p.flags = i == 2 ? 0x18 : 0x10), 3, 3);
        assertRuns(stream(6, 6, 3, 100, (i, p) -> p.flags = 0x18), 1, 1, 1);
    }

    /** Each of these changes the third of six packets. */
    private void assertBreaks(int version, int protocol, Consumer<TestPacket> change)
            throws ErrnoException {
        List<byte[]> packets =
                stream(
                        version,
                        protocol,
                        6,
                        100,
                        (i, packet) -> {
                            if (i == 2) {
                                change.accept(packet);
                            }
                        });
        assertRuns(packets, 2, 1, 3);
    }

    @Test
    void aDifferentHeaderEndsTheRun() throws Exception {
        for (int version : new int[] {4, 6}) {
            for (int protocol : new int[] {6, 17}) {
                assertBreaks(version, protocol, packet -> packet.tos = 1);
                assertBreaks(version, protocol, packet -> packet.tos = 0x80);
                assertBreaks(version, protocol, packet -> packet.ttl = 63);
            }
            assertBreaks(version, 6, packet -> packet.acknowledgement++);
            assertBreaks(version, 6, packet -> packet.window++);
            assertBreaks(version, 6, packet -> packet.urgent++);
            assertBreaks(version, 6, packet -> packet.tcpOptions[7]++);
            assertBreaks(version, 6, packet -> packet.tcpOptions = new byte[8]);
            assertBreaks(version, 6, packet -> packet.sequence++);
            assertBreaks(version, 6, packet -> packet.sequence--);
            assertBreaks(version, 6, packet -> packet.reserved = 1);
            for (int flag : new int[] {0x01, 0x02, 0x04, 0x20, 0x40, 0x80}) {
                assertBreaks(version, 6, packet -> packet.flags |= flag);
            }
            assertBreaks(version, 6, packet -> packet.flags = 0);
            assertBreaks(version, 6, packet -> packet.payload = new byte[0]);
            assertBreaks(version, 17, packet -> packet.payload = new byte[0]);
        }
        assertBreaks(4, 6, packet -> packet.fragment = 0);
        assertBreaks(4, 6, packet -> packet.fragment = 0xc000);
        assertBreaks(4, 6, packet -> packet.fragment = 0x2000);
        assertBreaks(4, 6, packet -> packet.fragment = 1);
        assertBreaks(4, 6, packet -> packet.ipOptions = new byte[4]);
        assertBreaks(6, 6, packet -> packet.flowLabel = 1);
        assertBreaks(
                6,
                6,
                packet -> {
                    packet.firstExtension = 60;
                    packet.extensions = new byte[] {6, 0, 1, 4, 0, 0, 0, 0};
                });
    }

    @Test
    void equalAccEcnBitsAreMergedUnlessCwrIsSet() throws Exception {
        for (int version : new int[] {4, 6}) {
            for (int first = 0; first < 8; first++) {
                for (int then = 0; then < 8; then++) {
                    int before = first;
                    int after = then;
                    List<byte[]> packets =
                            stream(
                                    version,
                                    6,
                                    4,
                                    100,
                                    (i, packet) -> {
                                        int bits = i < 2 ? before : after;
                                        packet.reserved = bits >> 2; // AE
                                        packet.flags |= (bits & 3) << 6; // CWR, ECE
                                    });
                    assertRuns(packets, accEcnRuns(before, after));
                }
            }
        }
    }

    private static int[] accEcnRuns(int first, int then) {
        boolean firstAlone = (first & 2) != 0;
        boolean thenAlone = (then & 2) != 0;
        if (firstAlone) {
            return thenAlone ? new int[] {1, 1, 1, 1} : new int[] {1, 1, 2};
        }
        if (thenAlone) {
            return new int[] {2, 1, 1};
        }
        return first == then ? new int[] {4} : new int[] {2, 2};
    }

    @Test
    void aPacketWithPshAndAccEcnBitsEndsARun() throws Exception {
        for (int version : new int[] {4, 6}) {
            assertRuns(
                    stream(
                            version,
                            6,
                            5,
                            100,
                            (i, packet) -> {
                                packet.reserved = 1;
                                packet.flags = i == 2 ? 0x58 : 0x50;
                            }),
                    3,
                    2);
        }
    }

    @Test
    void packetsWithOtherReservedBitsAreNotMerged() throws Exception {
        for (int bit : new int[] {2, 4, 8}) {
            assertRuns(stream(4, 6, 3, 100, (i, packet) -> packet.reserved = bit), 1, 1, 1);
        }
    }

    @Test
    void identificationMattersOnlyIfAPacketMayBeFragmented() throws Exception {
        List<byte[]> counting = stream(4, 17, 4, 100, (i, p) -> p.fragment = 0);
        assertRuns(counting, 4);
        List<byte[]> jumping =
                stream(
                        4,
                        17,
                        4,
                        100,
                        (i, p) -> {
                            p.fragment = 0;
                            p.id = 5 * i;
                        });
        assertRuns(jumping, 1, 1, 1, 1);
        kernel.clear();
        write(stream(4, 17, 4, 100, (i, p) -> p.id = 5 * i));
        assertEquals(List.of(4), kernel.runs);
    }

    @Test
    void aDamagedPacketIsWrittenAloneAndStaysDamaged() throws Exception {
        for (int version : new int[] {4, 6}) {
            for (int protocol : new int[] {6, 17}) {
                for (int damaged = 0; damaged < 3; damaged++) {
                    List<byte[]> packets = stream(version, protocol, 3, 101, NONE);
                    byte[] packet = packets.get(damaged);
                    packets.set(damaged, TestPacket.damaged(packet, packet.length - 1));
                    int[][] runs = {{1, 2}, {1, 1, 1}, {2, 1}};
                    assertRuns(packets, runs[damaged]);
                }
            }
        }
        List<byte[]> packets = stream(4, 6, 3, 100, NONE);
        packets.set(1, TestPacket.damaged(packets.get(1), 10)); // the IP header's checksum
        assertRuns(packets, 1, 1, 1);
    }

    @Test
    void aUdpPacketWithoutChecksumIsWrittenAlone() throws Exception {
        List<byte[]> packets = stream(4, 17, 3, 100, NONE);
        packets.get(1)[26] = 0;
        packets.get(1)[27] = 0;
        assertRuns(packets, 1, 1, 1);
    }

    @Test
    void alternatingFlowsAreEachWrittenAsOneSuperpacket() throws Exception {
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            for (int flow = 0; flow < 16; flow++) {
                packets.add(stream(flow % 2 == 0 ? 4 : 6, 6, 10, 100, flow(flow)).get(i));
            }
        }
        write(packets);
        assertEquals(java.util.Collections.nCopies(16, 10), kernel.runs);
    }

    @Test
    void withTooManyFlowsTheOldestIsWritten() throws Exception {
        List<byte[]> packets = new ArrayList<>();
        for (int flow = 0; flow < 17; flow++) {
            packets.addAll(stream(4, 6, 2, 100, flow(flow)));
        }
        packets.add(stream(4, 6, 3, 100, flow(0)).get(2));
        packets.add(stream(4, 6, 3, 100, flow(16)).get(2));
        write(packets);
        List<Integer> runs = new ArrayList<>(java.util.Collections.nCopies(16, 2));
        runs.add(3);
        runs.add(1);
        assertEquals(runs, kernel.runs);
    }

    private static Change flow(int number) {
        return (i, packet) -> {
            switch (number % 4) {
                case 0 -> packet.sourcePort += number;
                case 1 -> packet.destinationPort += number;
                case 2 -> packet.source += number;
                default -> packet.destination += number;
            }
        };
    }

    @Test
    void aRefusedSuperpacketIsWrittenPacketByPacketAndIsTheLast() throws Exception {
        kernel.refusal = Errno.EINVAL;
        List<byte[]> packets = stream(4, 6, 5, 100, NONE);
        assertRuns(packets, 1, 1, 1, 1, 1);
        assertEquals(1, kernel.refused);
        assertFalse(coalescer.coalescesTcp());
        assertTrue(coalescer.coalescesUdp());
        assertRuns(packets, 1, 1, 1, 1, 1);
        assertEquals(1, kernel.refused);
        assertRuns(stream(4, 17, 3, 100, NONE), 1, 1, 1);
        assertEquals(2, kernel.refused);
        assertFalse(coalescer.coalescesUdp());
    }

    @Test
    void withoutBuffersPacketsAreWrittenOneByOneAndMergingStaysOn() throws Exception {
        kernel.refusal = Errno.ENOMEM;
        assertRuns(stream(4, 6, 3, 100, NONE), 1, 1, 1);
        kernel.refusal = 0;
        assertRuns(stream(4, 6, 3, 100, NONE), 3);
    }

    @Test
    void aSuperpacketIsLostWhileTheInterfaceIsDown() throws Exception {
        kernel.refusal = Errno.EIO;
        assertEquals(0, write(stream(4, 6, 3, 100, NONE)));
        assertEquals(1, kernel.refused);
    }

    @Test
    void aFailureLeavesNoRunOpenForTheNextCall() throws Exception {
        List<byte[]> packets = stream(4, 6, 3, 100, NONE);
        packets.addAll(stream(6, 6, 3, 100, NONE));
        kernel.failure = new ErrnoException("write", Errno.EBADFD);
        assertThrows(ErrnoException.class, () -> write(packets));
        kernel.failure = null;
        assertRuns(packets, 3, 3);
    }

    @Test
    void withMergingOffPacketsAreWrittenOneByOne() throws Exception {
        coalescer = new Coalescer(kernel, true, false);
        assertRuns(stream(4, 17, 3, 100, NONE), 1, 1, 1);
        assertRuns(stream(4, 6, 3, 100, NONE), 3);
        coalescer = new Coalescer(kernel, false, false);
        assertRuns(stream(4, 6, 3, 100, NONE), 1, 1, 1);
    }

    @Test
    void packetsOutsideTheSlabAreNotTouched() {
        List<byte[]> packets = stream(4, 6, 2, 100, NONE);
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> FakeKernel.write(coalescer, packets, packets.get(0).length + 50));
    }
}
