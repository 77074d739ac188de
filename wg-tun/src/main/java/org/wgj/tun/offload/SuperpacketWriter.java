// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.wgj.tun.offload.BigEndian.get8;
import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set8;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.wgj.tun.linux.ErrnoException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes packets to a TUN with virtio headers, one by one or a run of them at once. It builds the
 * headers in its own memory and gathers the payload from where the packets lie.
 *
 * <pre>
 *   iovec   0  virtio_net_hdr, headers of the first packet with the length of all
 *           1  payload of the first packet
 *           2  payload of the second packet ...
 * </pre>
 *
 * The packets themselves stay unchanged, so they can be written one by one if the kernel refuses
 * the superpacket.
 */
final class SuperpacketWriter {
    private static final int HEADERS = VirtioHeader.LENGTH;

    /** The length of an IPv6 header and the longest TCP header. */
    private static final int MAX_HEADERS = Ip.V6_HEADER + 60;

    private static final int IOVEC = 2 * Long.BYTES;

    private final GatherWriter writer;
    private final MemorySegment iovec =
            Arena.ofAuto().allocate((long) IOVEC * (1 + PacketRun.MAX_PACKETS), Long.BYTES);

    /** All zero: the kernel has nothing left to do. */
    private final MemorySegment bareHeader = Arena.ofAuto().allocate(HEADERS, Long.BYTES);

    private final MemorySegment header = Arena.ofAuto().allocate(HEADERS + MAX_HEADERS, Long.BYTES);

    SuperpacketWriter(GatherWriter writer) {
        this.writer = writer;
    }

    /** Writes one packet as it is; returns 0 or the errno. */
    int writeOne(MemorySegment slab, long offset, int length) throws ErrnoException {
        piece(0, bareHeader.address(), HEADERS);
        piece(1, slab.address() + offset, length);
        return writer.writev(iovec.address(), 2);
    }

    /** Writes a run of at least two packets; returns 0 or the errno. */
    int write(PacketRun run, MemorySegment slab, int[] offsets, int[] lengths)
            throws ErrnoException {
        FlowPacket start = run.start;
        int headerLength = start.headerLength;
        makeHeader(run);
        piece(0, header.address(), HEADERS + headerLength);
        for (int i = 0; i < run.count; i++) {
            int index = run.indices[i];
            piece(
                    i + 1,
                    slab.address() + offsets[index] + headerLength,
                    lengths[index] - headerLength);
        }
        return writer.writev(iovec.address(), run.count + 1);
    }

    private void piece(int index, long address, int length) {
        iovec.set(JAVA_LONG, (long) IOVEC * index, address);
        iovec.set(JAVA_LONG, (long) IOVEC * index + Long.BYTES, length);
    }

    private void makeHeader(PacketRun run) {
        FlowPacket start = run.start;
        boolean tcp = start.protocol == Ip.TCP;
        int gsoTcp = start.version == 4 ? VirtioHeader.GSO_TCPV4 : VirtioHeader.GSO_TCPV6;
        int checksumOffset = tcp ? Ip.TCP_CHECKSUM : Ip.UDP_CHECKSUM;
        VirtioHeader.set(
                header,
                tcp ? gsoTcp : VirtioHeader.GSO_UDP_L4,
                start.headerLength,
                start.payloadLength,
                start.transport,
                checksumOffset);

        int length = start.headerLength + run.payloadLength;
        int transportLength = length - start.transport;
        MemorySegment.copy(start.slab, start.at, header, HEADERS, start.headerLength);
        Ip.setLength(header, HEADERS, start.version, length);
        int transport = HEADERS + start.transport;
        if (!tcp) {
            set16(header, transport + Ip.UDP_LENGTH, transportLength);
        } else if (run.pushed) {
            int flags = get8(header, transport + Ip.TCP_FLAGS);
            set8(header, transport + Ip.TCP_FLAGS, flags | Ip.PSH);
        }
        long pseudoHeader =
                Ip.pseudoHeader(header, HEADERS, start.version, start.protocol, transportLength);
        set16(header, transport + checksumOffset, Checksum.fold(pseudoHeader));
    }
}
