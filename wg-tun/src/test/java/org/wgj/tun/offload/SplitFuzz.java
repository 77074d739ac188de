// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.wgj.fuzz.FuzzInput;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits what one read of a TUN may return: random virtio headers before random packets, and a
 * kernel's with something changed. A packet is never written outside its room, every packet has the
 * length that it states, and superpackets come out as {@link SlowSplitter} splits them.
 */
public final class SplitFuzz {
    private static final int GUARD = 64;
    private static final byte GUARD_BYTE = (byte) 0xa5;

    private static final MemorySegment SLAB =
            Arena.global().allocate(2 * GUARD + Ip.MAX_PACKET + Ip.V6_HEADER);

    private SplitFuzz() {}

    /** The entry point for Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        Splitter splitter = new Splitter();
        for (int read = 0; read < 3 && in.hasMore(); read++) {
            byte[] bytes = in.flag() ? plausible(in) : in.longBytes();
            if (bytes.length <= splitter.buffer().byteSize()) {
                check(splitter, bytes);
            }
        }
    }

    /** Makes a packet with right lengths and sum of the pseudo-header, then changes it. */
    private static byte[] plausible(FuzzInput in) {
        TestPacket packet = TestPacket.of(in.flag() ? 4 : 6, in.flag() ? 6 : 17);
        packet.flags = in.number();
        packet.id = in.longNumber();
        packet.sequence = in.number() << 24 | in.longNumber();
        packet.tcpOptions = new byte[4 * in.below(11)];
        if (in.below(4) == 0) {
            packet.ipOptions = new byte[4 * in.below(11)];
            packet.firstExtension = 60;
            packet.extensions = new byte[8 * (1 + in.below(3))];
            packet.extensions[0] = (byte) packet.protocol;
            packet.extensions[1] = (byte) (packet.extensions.length / 8 - 1);
        }
        int type = in.below(8);
        int segmentSize = in.longNumber();
        int payloadLength = in.longNumber() % 60_000;
        byte[] payload = Arrays.copyOf(in.shortBytes(), payloadLength);
        byte[] built = packet.payload(payload).build();
        int transport = transportOf(built);
        int field = packet.protocol == 6 ? 16 : 6;
        ByteBuffer.wrap(built)
                .putShort(
                        transport + field,
                        (short) TestPacket.slowPseudoSum(built, built.length - transport));
        int tcp = packet.version == 4 ? 1 : 4;
        ByteBuffer read =
                ByteBuffer.allocate(10 + built.length)
                        .order(ByteOrder.nativeOrder())
                        .put((byte) (in.below(8) > 0 ? 1 : 0))
                        .put((byte) (type == 0 ? 0 : packet.protocol == 6 ? tcp : 5))
                        .putShort((short) in.number())
                        .putShort((short) segmentSize)
                        .putShort((short) transport)
                        .putShort((short) field)
                        .put(built);
        for (int changes = in.below(4); changes > 0; changes--) {
            read.array()[in.longNumber() % Math.min(110, read.capacity())] ^= (byte) in.number();
        }
        return read.array();
    }

    /** Returns where the extension headers end that the other tests' packets have. */
    private static int transportOf(byte[] packet) {
        if (packet[0] >> 4 == 4) {
            return (packet[0] & 0xf) * 4;
        }
        int next = packet[6];
        int at = 40;
        for (; next != 6 && next != 17; at += 8 + 8 * (packet[at + 1] & 0xff)) {
            next = packet[at];
        }
        return at;
    }

    private static void check(Splitter splitter, byte[] bytes) {
        MemorySegment.copy(bytes, 0, splitter.buffer(), JAVA_BYTE, 0, bytes.length);
        long dropped = splitter.dropped();
        splitter.accept(bytes.length);
        List<byte[]> packets = new ArrayList<>();
        while (splitter.hasNext()) {
            packets.add(next(splitter));
        }
        require(packets.isEmpty() == (splitter.dropped() == dropped + 1), "dropped and not");
        if (packets.isEmpty()) {
            return;
        }
        byte[] packet = Arrays.copyOfRange(bytes, 10, bytes.length);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        boolean partial = (bytes[0] & 1) != 0;
        if ((bytes[1] & 0x7f) == 0) {
            if (partial) {
                int start = header.getShort(6) & 0xffff;
                int field = start + (header.getShort(8) & 0xffff);
                int sum = ~TestPacket.slowSum(packet, start, packet.length) & 0xffff;
                ByteBuffer.wrap(packet).putShort(field, (short) (sum == 0 ? 0xffff : sum));
            }
            requireSame(List.of(packet), packets);
            return;
        }
        int transport = transportOf(packet);
        int field = transport + (TestPacket.protocol(packet) == 6 ? 16 : 6);
        int pseudo = TestPacket.slowPseudoSum(packet, packet.length - transport);
        int stated = ByteBuffer.wrap(packet).getShort(field) & 0xffff;
        // Another sum is the kernel's, for a destination that the headers do not show.
        if (!partial || stated == pseudo) {
            int segmentSize = header.getShort(4) & 0xffff;
            requireSame(SlowSplitter.split(packet, transport, segmentSize), packets);
        }
    }

    private static byte[] next(Splitter splitter) {
        SLAB.fill(GUARD_BYTE);
        int length = splitter.next(SLAB, GUARD);
        require(length > 0 && length <= Ip.MAX_PACKET, "a packet of " + length);
        for (int i = 0; i < GUARD; i++) {
            boolean intact =
                    SLAB.get(JAVA_BYTE, i) == GUARD_BYTE
                            && SLAB.get(JAVA_BYTE, GUARD + length + i) == GUARD_BYTE;
            require(intact, "written outside of the packet's room");
        }
        return SLAB.asSlice(GUARD, length).toArray(JAVA_BYTE);
    }

    private static void requireSame(List<byte[]> expected, List<byte[]> actual) {
        require(expected.size() == actual.size(), expected.size() + " as " + actual.size());
        for (int i = 0; i < expected.size(); i++) {
            require(Arrays.equals(expected.get(i), actual.get(i)), "packet " + i + " differs");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
