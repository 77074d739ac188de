// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get8;
import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set32;
import static org.wgj.tun.offload.BigEndian.set8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Holds what one read of a TUN with virtio headers returned, and splits it into the packets that a
 * system without offloads would have sent.
 *
 * <pre>
 *   | virtio_net_hdr | IP header | TCP or UDP header | payload 1 | payload 2 | ... | payload n |
 *                    | IP header | TCP or UDP header | payload 1 |
 *                    | IP header | TCP or UDP header | payload 2 |  ...
 * </pre>
 *
 * Each packet gets the superpacket's headers with its own lengths, checksums, IPv4 identification
 * and TCP sequence number. FIN and PSH stay with the last packet, CWR with the first, as in the
 * kernel's tcp_gso_segment and inet_gso_segment. All packets get the other flags, also SYN and RST:
 * another program's packet socket may send such superpackets.
 *
 * <p>The virtio header is believed only where the packet's own headers confirm it; its hdr_len
 * never, because kernels set it wrong. Contradictory data is dropped and counted. Owned by the
 * thread that reads.
 */
public final class Splitter {
    private static final int PACKET = VirtioHeader.LENGTH;
    private static final int CAPACITY = PACKET + Ip.MAX_PACKET + Ip.V6_HEADER;

    private final MemorySegment buffer = Arena.ofAuto().allocate(CAPACITY, Long.BYTES);

    /** Read by any thread. */
    private volatile long dropped;

    /* The buffer's content: a whole packet, or payload that remains to be split; or nothing. */
    private int wholeLength;
    private int version;
    private int protocol;
    private int transport;
    private int headerLength;
    private int segmentSize;
    private int remaining;
    private int segment;

    /** The sum of the pseudo-header without the transport length. */
    private long pseudoHeader;

    /**
     * Returns the memory for the virtio header and the packet behind it.
     *
     * @return native memory of this object
     */
    public MemorySegment buffer() {
        return buffer;
    }

    /**
     * Counts the reads that could not be made into packets.
     *
     * @return the number of such reads
     */
    public long dropped() {
        return dropped;
    }

    /**
     * Takes what was read into the buffer. Called only while {@link #hasNext} is false.
     *
     * @param length how many bytes were read
     */
    public void accept(long length) {
        int packetLength = (int) length - PACKET;
        if (packetLength <= 0 || !(isSuperpacket() ? split(packetLength) : keep(packetLength))) {
            dropped++;
        }
    }

    private boolean isSuperpacket() {
        return VirtioHeader.gsoType(buffer) != VirtioHeader.GSO_NONE;
    }

    /**
     * Returns whether packets are left.
     *
     * @return true if {@link #next} can be called
     */
    public boolean hasNext() {
        return wholeLength > 0 || remaining > 0;
    }

    /**
     * Copies the next packet to the slab.
     *
     * @param slab the memory for the packet
     * @param offset where to put it; the slab has room for the longest packet there
     * @return the packet's length
     */
    public int next(MemorySegment slab, long offset) {
        if (wholeLength > 0) {
            int length = wholeLength;
            MemorySegment.copy(buffer, PACKET, slab, offset, length);
            wholeLength = 0;
            return length;
        }
        return nextSegment(slab, offset);
    }

    /** Keeps one whole packet, and completes its checksum if necessary. */
    private boolean keep(int length) {
        if (length > Ip.MAX_PACKET) {
            return false;
        }
        if (VirtioHeader.needsChecksum(buffer)) {
            int start = VirtioHeader.checksumStart(buffer);
            int field = start + VirtioHeader.checksumOffset(buffer);
            int header = Ip.version(buffer, PACKET) == 6 ? Ip.V6_HEADER : Ip.V4_HEADER;
            if (start < header || field + Short.BYTES > length) {
                return false;
            }
            // The field holds the sum of the pseudo-header.
            int sum = Checksum.sum(buffer, PACKET + start, length - start);
            set16(buffer, PACKET + field, Checksum.ofNeverZero(sum));
        }
        wholeLength = length;
        return true;
    }

    private boolean split(int length) {
        int type = VirtioHeader.gsoType(buffer);
        version = Ip.version(buffer, PACKET);
        switch (type) {
            case VirtioHeader.GSO_TCPV4, VirtioHeader.GSO_TCPV6 -> {
                protocol = Ip.TCP;
                if (version != (type == VirtioHeader.GSO_TCPV4 ? 4 : 6)) {
                    return false;
                }
            }
            case VirtioHeader.GSO_UDP_L4 -> protocol = Ip.UDP;
            default -> {
                return false;
            }
        }
        transport = Ip.transportOffset(buffer, PACKET, length, protocol);
        if (transport < 0) {
            return false;
        }
        headerLength = transport + transportHeaderLength(length);
        segmentSize = VirtioHeader.gsoSize(buffer);
        int payload = length - headerLength;
        if (headerLength == transport
                || payload <= 0
                || segmentSize == 0
                || headerLength + Math.min(payload, segmentSize) > Ip.MAX_PACKET
                || !preparePseudoHeader(length)) {
            return false;
        }
        remaining = payload;
        segment = 0;
        return true;
    }

    /** Returns 0 if a superpacket cannot have this transport header. */
    private int transportHeaderLength(int length) {
        long at = PACKET + transport;
        int available = length - transport;
        if (protocol == Ip.UDP) {
            boolean sound =
                    available >= Ip.UDP_HEADER && get16(buffer, at + Ip.UDP_LENGTH) == available;
            return sound ? Ip.UDP_HEADER : 0;
        }
        if (available < Ip.TCP_HEADER) {
            return 0;
        }
        int header = (get8(buffer, at + Ip.TCP_DATA_OFFSET) >> 4) * 4;
        return header >= Ip.TCP_HEADER && header <= available ? header : 0;
    }

    private boolean preparePseudoHeader(int length) {
        int field = checksumField();
        if (!VirtioHeader.needsChecksum(buffer)) {
            pseudoHeader = Ip.pseudoHeader(buffer, PACKET, version, protocol, 0);
            return true;
        }
        if (VirtioHeader.checksumStart(buffer) != transport
                || VirtioHeader.checksumOffset(buffer) != field) {
            return false;
        }
        // Take the kernel's own sum: with a routing header, the final destination is not the one in
        // the IPv6 header. Subtract the superpacket's length by adding its complement.
        pseudoHeader = get16(buffer, PACKET + transport + field) + (~(length - transport) & 0xffff);
        return true;
    }

    private int checksumField() {
        return protocol == Ip.TCP ? Ip.TCP_CHECKSUM : Ip.UDP_CHECKSUM;
    }

    private int nextSegment(MemorySegment slab, long offset) {
        int size = Math.min(segmentSize, remaining);
        int length = headerLength + size;
        long payload = PACKET + headerLength + (long) segment * segmentSize;
        MemorySegment.copy(buffer, PACKET, slab, offset, headerLength);
        MemorySegment.copy(buffer, payload, slab, offset + headerLength, size);
        remaining -= size;
        if (version == 4) {
            set16(slab, offset + Ip.V4_ID, get16(buffer, PACKET + Ip.V4_ID) + segment);
        }
        Ip.setLength(slab, offset, version, length);
        long header = offset + transport;
        if (protocol == Ip.TCP) {
            patchTcp(slab, header);
        } else {
            set16(slab, header + Ip.UDP_LENGTH, length - transport);
        }
        setChecksum(slab, header, length - transport);
        segment++;
        return length;
    }

    private void patchTcp(MemorySegment slab, long header) {
        int sequence = get32(slab, header + Ip.TCP_SEQUENCE);
        set32(slab, header + Ip.TCP_SEQUENCE, sequence + segment * segmentSize);
        int flags = get8(slab, header + Ip.TCP_FLAGS);
        if (segment > 0) {
            flags &= ~Ip.CWR;
        }
        if (remaining > 0) {
            flags &= ~(Ip.FIN | Ip.PSH);
        }
        set8(slab, header + Ip.TCP_FLAGS, flags);
    }

    private void setChecksum(MemorySegment slab, long header, int length) {
        int field = checksumField();
        set16(slab, header + field, 0);
        long sum = pseudoHeader + length + Checksum.sum(slab, header, length);
        // In TCP, zero is a checksum like 0xffff; in UDP it means "no checksum".
        int checksum = protocol == Ip.TCP ? Checksum.of(sum) : Checksum.ofNeverZero(sum);
        set16(slab, header + field, checksum);
    }
}
