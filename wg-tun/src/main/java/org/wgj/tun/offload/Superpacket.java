package org.wgj.tun.offload;

import static org.wgj.tun.offload.Bytes.set16;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.nio.ByteBuffer;

/** A superpacket of TCP over IPv4 that the kernel could have given, its payload all zeros. */
public final class Superpacket {
    private static final int PACKET = VirtioHeader.LENGTH;
    private static final int TCP = PACKET + Ip.V4_HEADER;
    private static final int HEADERS = Ip.V4_HEADER + Ip.TCP_HEADER;

    private Superpacket() {}

    /**
     * @param mtu that each of the segments fills
     * @return virtio header and packet, in memory of the arena
     */
    public static MemorySegment make(
            Arena arena, Inet4Address source, Inet4Address destination, int mtu, int segments) {
        int segmentSize = mtu - HEADERS;
        int length = HEADERS + segments * segmentSize;
        ByteBuffer headers =
                ByteBuffer.allocate(HEADERS)
                        .putInt(0x4500_0000 | length)
                        .putInt(Ip.DONT_FRAGMENT)
                        .putInt(0x4000_0000 | Ip.TCP << 16)
                        .put(source.getAddress())
                        .put(destination.getAddress())
                        // ports, numbers, header length, ACK and window
                        .putInt(0x0400_0400)
                        .putInt(1)
                        .putInt(1)
                        .putInt(0x5010_ffff);
        MemorySegment memory = arena.allocate(PACKET + length);
        VirtioHeader.set(
                memory,
                VirtioHeader.GSO_TCPV4,
                HEADERS,
                segmentSize,
                Ip.V4_HEADER,
                Ip.TCP_CHECKSUM);
        MemorySegment.copy(MemorySegment.ofArray(headers.array()), 0, memory, PACKET, HEADERS);
        long sum = Ip.pseudoHeader(memory, PACKET, 4, Ip.TCP, length - Ip.V4_HEADER);
        set16(memory, TCP + Ip.TCP_CHECKSUM, Checksum.fold(sum));
        return memory;
    }
}
