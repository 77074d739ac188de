// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a pcap file of nanoseconds strictly, in the byte order of this machine.
 *
 * @param snapLength from its header
 * @param packets its packets
 */
record PcapReader(int snapLength, List<Packet> packets) {
    record Packet(long seconds, int nanoseconds, int originalLength, byte[] bytes) {}

    static PcapReader read(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.nativeOrder());
        assertEquals(0xa1b23c4d, in.getInt());
        assertEquals(2, in.getShort());
        assertEquals(4, in.getShort());
        assertEquals(0, in.getInt());
        assertEquals(0, in.getInt());
        int snapLength = in.getInt();
        assertEquals(101, in.getInt());
        List<Packet> packets = new ArrayList<>();
        while (in.hasRemaining()) {
            long seconds = in.getInt() & 0xffffffffL;
            int nanoseconds = in.getInt();
            assertTrue(nanoseconds >= 0 && nanoseconds < 1_000_000_000, "nanoseconds");
            byte[] bytes = new byte[in.getInt()];
            int originalLength = in.getInt();
            assertEquals(Math.min(originalLength, snapLength), bytes.length);
            in.get(bytes);
            packets.add(new Packet(seconds, nanoseconds, originalLength, bytes));
        }
        return new PcapReader(snapLength, packets);
    }
}
