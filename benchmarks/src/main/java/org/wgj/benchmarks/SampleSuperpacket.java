// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.wgj.tun.offload.VirtioHeader;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Random;

/** Makes what one read of a TUN with offloads gives: many segments' payload behind one header. */
public final class SampleSuperpacket {
    private static final int TCP = 6;
    private static final int UDP = 17;

    private SampleSuperpacket() {}

    /**
     * Writes the virtio header and the packet behind it.
     *
     * @param flow tcp4, tcp6, udp4 or udp6
     * @param connection flows with another number are others
     * @param size bytes of payload of each segment
     * @return how many bytes were written
     */
    public static int write(
            MemorySegment buffer, String flow, int connection, int size, int segments) {
        boolean tcp = flow.startsWith("tcp");
        boolean ipv6 = flow.endsWith("6");
        int transport = ipv6 ? 40 : 20;
        int headers = transport + (tcp ? 20 : 8);
        byte[] packet = new byte[headers + size * segments];
        new Random(connection).nextBytes(packet);
        int behind = packet.length - transport;
        ByteBuffer fields = ByteBuffer.wrap(packet);
        int protocol = tcp ? TCP : UDP;
        int pseudoHeader = ipv6 ? ipv6(fields, protocol, behind) : ipv4(fields, protocol);
        pseudoHeader += protocol + behind;
        fields.putShort((short) (5_000 + connection)).putShort((short) 5_201);
        if (tcp) {
            fields.putLong(0)
                    .putInt(0x5010_0200)
                    .putShort((short) fold(pseudoHeader))
                    .putShort((short) 0);
        } else {
            fields.putShort((short) behind).putShort((short) fold(pseudoHeader));
        }
        virtioHeader(buffer, tcp ? ipv6 ? 4 : 1 : 5, headers, size, transport, tcp ? 16 : 6);
        MemorySegment.copy(
                packet, 0, buffer, ValueLayout.JAVA_BYTE, VirtioHeader.LENGTH, packet.length);
        return VirtioHeader.LENGTH + packet.length;
    }

    /** Returns the sum of the addresses. */
    private static int ipv4(ByteBuffer packet, int protocol) {
        packet.putInt(0x4500_0000 | packet.capacity()).putInt(0x0001_4000);
        packet.putInt(64 << 24 | protocol << 16).putInt(0x0a00_0001).putInt(0x0a00_0002);
        packet.putShort(10, (short) ~fold(sum(packet, 0, 20)));
        return sum(packet, 12, 20);
    }

    private static int ipv6(ByteBuffer packet, int protocol, int behind) {
        packet.putInt(6 << 28).putShort((short) behind).put((byte) protocol).put((byte) 64);
        packet.putLong(0xfd00L << 48).putLong(1).putLong(0xfd00L << 48).putLong(2);
        return sum(packet, 8, 40);
    }

    private static int sum(ByteBuffer packet, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += Short.BYTES) {
            sum += packet.getShort(i) & 0xffff;
        }
        return sum;
    }

    private static int fold(int sum) {
        int folded = (sum & 0xffff) + (sum >>> 16);
        return (folded & 0xffff) + (folded >>> 16);
    }

    /** {@code struct virtio_net_hdr} of linux/virtio_net.h, with a checksum left to be made. */
    private static void virtioHeader(
            MemorySegment to, int gsoType, int headers, int size, int transport, int checksum) {
        to.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        to.set(ValueLayout.JAVA_BYTE, 1, (byte) gsoType);
        int[] rest = {headers, size, transport, checksum};
        for (int i = 0; i < rest.length; i++) {
            to.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 + 2L * i, (short) rest[i]);
        }
    }
}
