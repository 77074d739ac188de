// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A simple, slow splitter of superpackets, to compare with. */
final class SlowSplitter {
    private SlowSplitter() {}

    /** Splits a superpacket whose TCP or UDP header is at that offset. */
    static List<byte[]> split(byte[] superpacket, int transport, int segmentSize) {
        boolean tcp = TestPacket.protocol(superpacket) == 6;
        int headers = transport + (tcp ? (superpacket[transport + 12] & 0xf0) >> 2 : 8);
        List<byte[]> packets = new ArrayList<>();
        int payload = superpacket.length - headers;
        for (int from = 0; from < payload; from += segmentSize) {
            int size = Math.min(segmentSize, payload - from);
            ByteBuffer packet = ByteBuffer.allocate(headers + size);
            packet.put(superpacket, 0, headers).put(superpacket, headers + from, size);
            if (superpacket[0] >> 4 == 4) {
                packet.putShort(2, (short) (headers + size));
                packet.putShort(4, (short) (packet.getShort(4) + packets.size()));
                packet.putShort(10, (short) 0);
                int length = (superpacket[0] & 0xf) * 4;
                packet.putShort(10, (short) ~TestPacket.slowSum(packet.array(), 0, length));
            } else {
                packet.putShort(4, (short) (headers + size - 40));
            }
            if (tcp) {
                packet.putInt(transport + 4, packet.getInt(transport + 4) + from);
                int flags = packet.get(transport + 13);
                if (from > 0) {
                    flags &= ~0x80; // CWR
                }
                if (from + size < payload) {
                    flags &= ~0x09; // PSH, FIN
                }
                packet.put(transport + 13, (byte) flags);
            } else {
                packet.putShort(transport + 4, (short) (8 + size));
            }
            TestPacket.setChecksum(packet.array(), transport);
            packets.add(packet.array());
        }
        return packets;
    }
}
