// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Compares the splitter with {@link SlowSplitter} on reads that are made here. */
class SplitterTest {
    private static final int NONE = 0;
    private static final int TCPV4 = 1;
    private static final int UFO = 3;
    private static final int TCPV6 = 4;
    private static final int UDP_L4 = 5;

    private final Splitter splitter = new Splitter();
    private final MemorySegment slab = Arena.ofAuto().allocate(65535 + 32).fill((byte) 0xa5);

    private static byte[] virtio(int flags, int type, int gsoSize, int start, int offset) {
        return ByteBuffer.allocate(10)
                .order(ByteOrder.nativeOrder())
                .put((byte) flags)
                .put((byte) type)
                .putShort((short) 0xbad) // hdr_len
                .putShort((short) gsoSize)
                .putShort((short) start)
                .putShort((short) offset)
                .array();
    }

    private void accept(byte[] header, byte[] packet, int length) {
        MemorySegment buffer = splitter.buffer().fill((byte) 0xa5);
        MemorySegment.copy(header, 0, buffer, ValueLayout.JAVA_BYTE, 0, header.length);
        MemorySegment.copy(packet, 0, buffer, ValueLayout.JAVA_BYTE, 10, packet.length);
        splitter.accept(length);
    }

    private void accept(byte[] header, byte[] packet) {
        accept(header, packet, 10 + packet.length);
    }

    private List<byte[]> drain() {
        List<byte[]> packets = new ArrayList<>();
        while (splitter.hasNext()) {
            int length = splitter.next(slab, 16);
            assertTrue(length > 0 && length <= 65535);
            packets.add(slab.asSlice(16, length).toArray(ValueLayout.JAVA_BYTE));
            assertEquals((byte) 0xa5, slab.get(ValueLayout.JAVA_BYTE, 15));
        }
        return packets;
    }

    private static int transport(TestPacket packet) {
        return packet.version == 4 ? 20 + packet.ipOptions.length : 40 + packet.extensions.length;
    }

    /** Puts the sum of the pseudo-header in place of the checksum, as the kernel does. */
    private static byte[] partial(byte[] packet, int transport) {
        byte[] partial = packet.clone();
        int sum = TestPacket.slowPseudoSum(packet, packet.length - transport);
        int field = transport + (TestPacket.protocol(packet) == 6 ? 16 : 6);
        ByteBuffer.wrap(partial).putShort(field, (short) sum);
        return partial;
    }

    private static int type(TestPacket packet) {
        return packet.protocol == 17 ? UDP_L4 : packet.version == 4 ? TCPV4 : TCPV6;
    }

    private static byte[] virtio(TestPacket packet, int gsoSize) {
        int offset = packet.protocol == 6 ? 16 : 6;
        return virtio(1, type(packet), gsoSize, transport(packet), offset);
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual, String message) {
        assertEquals(expected.size(), actual.size(), message);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), message + ", packet " + i);
        }
    }

    private static TestPacket randomSuperpacket(Random random) {
        TestPacket packet =
                TestPacket.of(random.nextBoolean() ? 4 : 6, random.nextBoolean() ? 6 : 17);
        packet.tos = random.nextInt(256);
        packet.id = random.nextInt(0x10000);
        packet.fragment = random.nextBoolean() ? 0x4000 : 0;
        packet.sequence = random.nextInt();
        packet.reserved = random.nextInt(16);
        packet.flags = random.nextInt(256);
        packet.urgent = random.nextInt(0x10000);
        packet.tcpOptions = TestPacket.random(random, 4 * random.nextInt(11));
        packet.ipOptions = TestPacket.random(random, 4 * random.nextInt(11));
        if (random.nextInt(3) == 0) {
            // Hop-by-hop options, then destination options of 16 bytes.
            packet.firstExtension = 0;
            packet.extensions = new byte[24];
            packet.extensions[0] = 60;
            packet.extensions[8] = (byte) packet.protocol;
            packet.extensions[9] = 1;
        }
        int most = random.nextInt(4) == 0 ? 65535 - 140 : 5000;
        return packet.payload(TestPacket.random(random, 1 + random.nextInt(most)));
    }

    @Test
    void theSplitterAgreesWithTheSlowOne() {
        Random random = new Random(2);
        for (int i = 0; i < 2000; i++) {
            TestPacket packet = randomSuperpacket(random);
            byte[] superpacket = packet.build();
            int transport = transport(packet);
            int size = 1 + random.nextInt(Math.max(1, packet.payload.length));
            if (random.nextInt(4) == 0) {
                size = Math.min(65000, packet.payload.length + random.nextInt(20));
            }
            byte[] header = virtio(packet, size);
            accept(header, partial(superpacket, transport));
            assertSame(SlowSplitter.split(superpacket, transport, size), drain(), "case " + i);
            // The same with a complete checksum.
            header[0] = 0;
            accept(header, superpacket);
            assertSame(SlowSplitter.split(superpacket, transport, size), drain(), "case " + i);
        }
        assertEquals(0, splitter.dropped());
    }

    @Test
    void cwrStaysWithTheFirstPacketAndPshAndFinWithTheLast() {
        TestPacket packet = TestPacket.tcp4().payload(new byte[300]);
        packet.flags = 0xd9; // CWR, ECE, ACK, PSH, FIN
        packet.sequence = -100;
        packet.id = 0xffff;
        accept(virtio(packet, 100), partial(packet.build(), 20));
        List<byte[]> packets = drain();
        assertEquals(3, packets.size());
        assertEquals(0xd0, packets.get(0)[33] & 0xff);
        assertEquals(0x50, packets.get(1)[33] & 0xff);
        assertEquals(0x59, packets.get(2)[33] & 0xff);
        assertEquals(-100, ByteBuffer.wrap(packets.get(0)).getInt(24));
        assertEquals(100, ByteBuffer.wrap(packets.get(2)).getInt(24));
        assertEquals(1, ByteBuffer.wrap(packets.get(2)).getShort(4));
    }

    /** AE and the other reserved bits, then CWR to FIN, with and without the type's bit for CWR. */
    @Test
    void everyPacketGetsTheOtherFlags() {
        for (int version : new int[] {4, 6}) {
            for (int bits = 0; bits < 0x1000; bits++) {
                TestPacket packet = TestPacket.of(version, 6).payload(new byte[300]);
                packet.reserved = bits >> 8;
                packet.flags = bits & 0xff;
                byte[] superpacket = packet.build();
                int transport = transport(packet);
                byte[] header = virtio(packet, 100);
                header[1] |= (byte) (bits & 0x80);
                accept(header, partial(superpacket, transport));
                List<byte[]> packets = drain();
                assertSame(SlowSplitter.split(superpacket, transport, 100), packets, "" + bits);
                int[] expected = {bits & ~0x009, bits & ~0x089, bits & ~0x080};
                for (int i = 0; i < expected.length; i++) {
                    int word = ByteBuffer.wrap(packets.get(i)).getShort(transport + 12);
                    assertEquals(expected[i], word & 0xfff, "bits " + bits + ", packet " + i);
                }
            }
        }
        assertEquals(0, splitter.dropped());
    }

    @Test
    void theGsoTypeMayHaveTheEcnBit() {
        TestPacket packet = TestPacket.tcp4().payload(new byte[300]);
        accept(virtio(1, TCPV4 | 0x80, 100, 20, 16), partial(packet.build(), 20));
        assertEquals(3, drain().size());
    }

    @Test
    void theKernelsSumIsUsedBehindARoutingHeader() {
        TestPacket packet = TestPacket.of(6, 6).payload(new byte[300]);
        packet.firstExtension = 43;
        packet.extensions = new byte[24];
        packet.extensions[0] = 6;
        packet.extensions[1] = 2;
        packet.extensions[3] = 1; // segments left
        byte[] superpacket = partial(packet.build(), 64);
        // The sum belongs to another destination: 7 instead of 2.
        ByteBuffer bytes = ByteBuffer.wrap(superpacket);
        int sum = TestPacket.add(bytes.getShort(64 + 16) & 0xffff, 5);
        bytes.putShort(64 + 16, (short) sum);
        accept(virtio(packet, 200), superpacket);
        for (byte[] split : drain()) {
            split[39] = 7;
            assertEquals(0xffff, TestPacket.slowTransportSum(split, 64));
        }
    }

    @Test
    void aPacketIsPassedOnUnchanged() {
        byte[] anything = {(byte) 0xff, 1, 2};
        accept(virtio(0, NONE, 1, 2, 3), anything);
        assertSame(List.of(anything), drain(), "");
        byte[] longest = TestPacket.tcp4().payload(new byte[65535 - 40]).build();
        accept(virtio(0, NONE, 0, 0, 0), longest);
        assertSame(List.of(longest), drain(), "");
        assertEquals(0, splitter.dropped());
    }

    @Test
    void aMissingChecksumIsFilledIn() {
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            TestPacket packet = randomSuperpacket(random);
            byte[] whole = packet.build();
            int transport = transport(packet);
            int offset = packet.protocol == 6 ? 16 : 6;
            accept(virtio(1, NONE, 0, transport, offset), partial(whole, transport));
            List<byte[]> packets = drain();
            int field = transport + offset;
            if (packets.get(0)[field] == -1 && packets.get(0)[field + 1] == -1) {
                whole[field] = whole[field + 1] = -1; // 0xffff, the other form of zero
            }
            assertSame(List.of(whole), packets, "case " + i);
        }
    }

    @Test
    void aUdpChecksumIsNeverZero() {
        TestPacket packet = TestPacket.of(4, 17).payload(new byte[2]);
        byte[] probe = packet.build();
        packet.payload(new byte[] {probe[26], probe[27]}); // makes the sum of the rest 0xffff
        accept(virtio(1, NONE, 0, 20, 6), partial(packet.build(), 20));
        assertEquals(-1, ByteBuffer.wrap(drain().get(0)).getShort(26));
    }

    private void assertDropped(byte[] header, byte[] packet) {
        long before = splitter.dropped();
        accept(header, packet);
        assertFalse(splitter.hasNext());
        assertEquals(before + 1, splitter.dropped());
    }

    @Test
    void contradictoryHeadersAreDroppedAndCounted() {
        TestPacket tcp = TestPacket.tcp4().payload(new byte[300]);
        byte[] packet = partial(tcp.build(), 20);
        assertDropped(virtio(1, UFO, 100, 20, 16), packet);
        assertDropped(virtio(1, 0x7f, 100, 20, 16), packet);
        assertDropped(virtio(1, TCPV6, 100, 20, 16), packet);
        assertDropped(virtio(1, UDP_L4, 100, 20, 6), packet);
        assertDropped(virtio(1, TCPV4, 0, 20, 16), packet);
        assertDropped(virtio(1, TCPV4, 100, 24, 16), packet);
        assertDropped(virtio(1, TCPV4, 100, 20, 6), packet);
        assertDropped(virtio(1, NONE, 0, 0, 16), packet);
        assertDropped(virtio(1, NONE, 0, 20, 300 + 19), packet);
        assertDropped(virtio(1, NONE, 0, 0xffff, 0xffff), packet);
        assertDropped(virtio(0, NONE, 0, 0, 0), new byte[0]);
        assertDropped(virtio(0, NONE, 0, 0, 0), new byte[65536]);
        tcp.fragment = 0x2000;
        assertDropped(virtio(tcp, 100), partial(tcp.build(), 20));
        tcp.fragment = 0;
        tcp.payload(new byte[0]);
        assertDropped(virtio(tcp, 100), partial(tcp.build(), 20));
        TestPacket udp = TestPacket.of(6, 17).payload(new byte[300]);
        byte[] lying = partial(udp.build(), 40);
        lying[45]++; // the length field
        assertDropped(virtio(udp, 100), lying);
        TestPacket extended = TestPacket.of(6, 6).payload(new byte[300]);
        extended.firstExtension = 44; // a fragment header
        extended.extensions = new byte[] {6, 0, 0, 0, 0, 0, 0, 0};
        assertDropped(virtio(extended, 100), partial(extended.build(), 48));
    }

    @Test
    void hostileHeadersNeverThrowAndTheNextPacketIsStillRight() {
        Random random = new Random(4);
        byte[] good = TestPacket.tcp4().payload(TestPacket.random(random, 999)).build();
        for (int i = 0; i < 20_000; i++) {
            TestPacket packet = randomSuperpacket(random);
            packet.payload(TestPacket.random(random, random.nextInt(400)));
            byte[] superpacket = packet.build();
            byte[] header = virtio(packet, 1 + random.nextInt(300));
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                int at = random.nextInt(10 + 60);
                byte[] bytes = at < 10 ? header : superpacket;
                at = at < 10 ? at : Math.min(at - 10, superpacket.length - 1);
                bytes[at] = (byte) random.nextInt();
            }
            int length = random.nextInt(5) == 0 ? random.nextInt(100) : 10 + superpacket.length;
            accept(header, superpacket, length);
            drain();
            accept(virtio(1, TCPV4, 500, 20, 16), partial(good, 20));
            assertSame(SlowSplitter.split(good, 20, 500), drain(), "after case " + i);
        }
        assertTrue(splitter.dropped() > 1000);
    }

    @Test
    void aTruncatedPacketIsDroppedAtEveryLength() {
        TestPacket packet = TestPacket.of(6, 6).payload(new byte[100]);
        packet.tcpOptions = new byte[12];
        byte[] whole = partial(packet.build(), 40);
        for (int length = 0; length < 10 + whole.length; length++) {
            long before = splitter.dropped();
            accept(virtio(packet, 10), whole, length);
            assertFalse(splitter.hasNext());
            assertEquals(before + 1, splitter.dropped());
        }
    }
}
