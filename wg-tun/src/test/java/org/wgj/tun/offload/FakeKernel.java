// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;

import org.wgj.tun.linux.ErrnoException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's end of a TUN: takes what is written, checks superpackets as virtio_net_hdr_to_skb
 * does and more strictly, and splits them into packets again.
 */
final class FakeKernel implements GatherWriter {
    /** The packets in the order of writing. */
    final List<byte[]> packets = new ArrayList<>();

    /** The number of packets in each write. */
    final List<Integer> runs = new ArrayList<>();

    /** The errno for superpackets, if not 0. */
    int refusal;

    int refused;

    /** The exception for every write, if not null. */
    ErrnoException failure;

    void clear() {
        packets.clear();
        runs.clear();
    }

    @Override
    public int writev(long iovec, int count) throws ErrnoException {
        if (failure != null) {
            throw failure;
        }
        ByteBuffer written = gather(iovec, count).order(ByteOrder.nativeOrder());
        byte[] packet = new byte[written.capacity() - 10];
        written.get(10, packet);
        if (written.getShort(0) == 0) {
            assertEquals(0, written.getLong(2));
            packets.add(packet);
            runs.add(1);
            return 0;
        }
        if (refusal != 0) {
            refused++;
            return refusal;
        }
        takeSuperpacket(written, packet);
        return 0;
    }

    private static ByteBuffer gather(long iovec, int count) {
        long[] pairs = new Pointer(iovec).getLongArray(0, 2 * count);
        ByteBuffer bytes = ByteBuffer.allocate(100_000);
        for (int i = 0; i < count; i++) {
            bytes.put(new Pointer(pairs[2 * i]).getByteArray(0, (int) pairs[2 * i + 1]));
        }
        return bytes.flip().slice();
    }

    private void takeSuperpacket(ByteBuffer header, byte[] packet) {
        boolean v4 = packet[0] >> 4 == 4;
        boolean tcp = TestPacket.protocol(packet) == 6;
        int transport = v4 ? 20 : 40;
        int headers = transport + (tcp ? (packet[transport + 12] & 0xf0) >> 2 : 8);
        int size = header.getShort(4);
        ByteBuffer fields = ByteBuffer.wrap(packet);
        assertEquals(1, header.get(0));
        assertEquals(!tcp ? 5 : v4 ? 1 : 4, header.get(1));
        assertEquals(headers, header.getShort(2));
        assertEquals(transport, header.getShort(6));
        assertEquals(tcp ? 16 : 6, header.getShort(8));
        assertTrue(packet.length <= 65535 && packet.length - headers > size);
        if (v4) {
            assertEquals(packet.length, fields.getShort(2) & 0xffff);
            assertEquals(0xffff, TestPacket.slowSum(packet, 0, 20));
        } else {
            assertEquals(packet.length - 40, fields.getShort(4) & 0xffff);
        }
        int behind = packet.length - transport;
        if (tcp) {
            assertEquals(0, packet[transport + 13] & 0x80); // CWR would need 0x80 in gso_type
        } else {
            assertEquals(behind, fields.getShort(transport + 4) & 0xffff);
        }
        int sum = fields.getShort(transport + (tcp ? 16 : 6)) & 0xffff;
        assertEquals(TestPacket.slowPseudoSum(packet, behind), sum);
        List<byte[]> split = SlowSplitter.split(packet, transport, size);
        packets.addAll(split);
        runs.add(split.size());
    }

    /** Writes packets from a slab, which must be unchanged afterwards. */
    static int write(Coalescer coalescer, List<byte[]> packets) throws ErrnoException {
        int size = packets.stream().mapToInt(packet -> packet.length + 3).sum();
        return write(coalescer, packets, size);
    }

    /** Does the same with a slab that may be too small. */
    static int write(Coalescer coalescer, List<byte[]> packets, int slabSize)
            throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(slabSize + 100_000L);
            int[] offsets = new int[packets.size() + 1];
            int[] lengths = new int[packets.size() + 1];
            int at = 0;
            for (int i = 0; i < packets.size(); i++) {
                byte[] packet = packets.get(i);
                offsets[i + 1] = at;
                lengths[i + 1] = packet.length;
                MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, at, packet.length);
                at += packet.length + 3;
            }
            byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
            MemorySegment slab = memory.asSlice(0, slabSize);
            int taken = coalescer.write(slab, offsets, lengths, 1, packets.size());
            assertEquals(-1, MemorySegment.ofArray(before).mismatch(memory));
            return taken;
        }
    }
}
