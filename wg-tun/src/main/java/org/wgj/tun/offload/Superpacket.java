// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.wgj.tun.offload.BigEndian.set16;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Makes packets and superpackets as the kernel could send them: the payload is all zeros, and the
 * checksum field holds the sum of the pseudo-header.
 */
public final class Superpacket {
    private static final int PACKET = VirtioHeader.LENGTH;

    private Superpacket() {}

    /**
     * Makes a TCP packet or superpacket.
     *
     * @param arena owns the memory
     * @param source the source address
     * @param destination the destination address, of the same family
     * @param mtu the length of each segment except the last
     * @param payload in bytes; more than one segment holds makes it a superpacket
     * @return virtio header and packet
     */
    public static MemorySegment tcp(
            Arena arena, InetAddress source, InetAddress destination, int mtu, int payload) {
        ByteBuffer header =
                ByteBuffer.allocate(Ip.TCP_HEADER)
                        // ports, numbers, header length, ACK and window
                        .putInt(0x0400_0400)
                        .putInt(1)
                        .putInt(1)
                        .putInt(0x5010_ffff);
        return make(arena, source, destination, Ip.TCP, header, Ip.TCP_CHECKSUM, mtu, payload);
    }

    /**
     * Makes a UDP packet or superpacket.
     *
     * @param arena owns the memory
     * @param source the source address
     * @param destination the destination address, of the same family
     * @param mtu the length of each segment except the last
     * @param payload in bytes; more than one segment holds makes it a superpacket
     * @return virtio header and packet
     */
    public static MemorySegment udp(
            Arena arena, InetAddress source, InetAddress destination, int mtu, int payload) {
        ByteBuffer header =
                ByteBuffer.allocate(Ip.UDP_HEADER)
                        .putInt(0x0400_0400)
                        .putShort((short) (Ip.UDP_HEADER + payload));
        return make(arena, source, destination, Ip.UDP, header, Ip.UDP_CHECKSUM, mtu, payload);
    }

    private static MemorySegment make(
            Arena arena,
            InetAddress source,
            InetAddress destination,
            int protocol,
            ByteBuffer transportHeader,
            int checksum,
            int mtu,
            int payload) {
        int version = source instanceof Inet4Address ? 4 : 6;
        int ipHeader = version == 4 ? Ip.V4_HEADER : Ip.V6_HEADER;
        int headers = ipHeader + transportHeader.capacity();
        int length = headers + payload;
        ByteBuffer bytes = ByteBuffer.allocate(headers);
        if (version == 4) {
            bytes.putInt(0x4500_0000 | length)
                    .putInt(Ip.DONT_FRAGMENT)
                    .putInt(0x4000_0000 | protocol << 16);
        } else {
            bytes.putInt(0x6000_0000).putInt(length - ipHeader << 16 | protocol << 8 | 0x40);
        }
        bytes.put(source.getAddress()).put(destination.getAddress()).put(transportHeader.rewind());

        MemorySegment memory = arena.allocate(PACKET + length);
        int segmentSize = mtu - headers;
        int type = payload <= segmentSize ? VirtioHeader.GSO_NONE : gsoType(protocol, version);
        VirtioHeader.set(memory, type, headers, segmentSize, ipHeader, checksum);
        MemorySegment.copy(MemorySegment.ofArray(bytes.array()), 0, memory, PACKET, headers);
        long sum = Ip.pseudoHeader(memory, PACKET, version, protocol, length - ipHeader);
        set16(memory, PACKET + ipHeader + checksum, Checksum.fold(sum));
        return memory;
    }

    private static int gsoType(int protocol, int version) {
        if (protocol == Ip.UDP) {
            return VirtioHeader.GSO_UDP_L4;
        }
        return version == 4 ? VirtioHeader.GSO_TCPV4 : VirtioHeader.GSO_TCPV6;
    }
}
