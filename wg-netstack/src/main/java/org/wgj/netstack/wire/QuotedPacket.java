// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get64;
import static org.wgj.tun.offload.BigEndian.get8;

import java.lang.foreign.MemorySegment;

/**
 * The beginning of a packet that an ICMP error quotes. It is cut off somewhere, but shows its
 * addresses and the first eight bytes behind the IP headers. One object serves all errors. Owned by
 * the stack's thread.
 */
public final class QuotedPacket {
    /** The bytes of the transport header that must be there. */
    private static final int NEEDED = 8;

    private static final int MAX_HEADERS = 8;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION = 60;

    /** The memory that holds the quoted packet. */
    public MemorySegment memory;

    /** The source address. */
    public IpAddress source;

    /** The destination address. */
    public IpAddress destination;

    /** The length that the packet had, IP header included, in bytes. */
    public int totalLength;

    /** The protocol behind all IP headers. */
    public int protocol;

    /** The offset of the transport header in {@link #memory}; eight bytes of it are there. */
    public long transport;

    /** Makes an empty one. */
    public QuotedPacket() {}

    /**
     * Reads a quoted packet.
     *
     * @param from holds it
     * @param at where it begins
     * @param length how much of it is there
     * @param ipv6 true if ICMPv6 quotes it
     * @return false if it is not the beginning of such a packet, or is a later fragment
     */
    public boolean parse(MemorySegment from, long at, int length, boolean ipv6) {
        int least = IpHeader.length(ipv6) + NEEDED;
        if (length < least || get8(from, at) >> 4 != (ipv6 ? 6 : 4)) {
            return false;
        }
        memory = from;
        return ipv6 ? parse6(at, length) : parse4(at, length);
    }

    private boolean parse4(long at, int length) {
        int header = (get8(memory, at) & 0xf) * 4;
        boolean laterFragment = (get16(memory, at + 6) & 0x1fff) != 0;
        if (header < IpHeader.IPV4_LENGTH || header + NEEDED > length || laterFragment) {
            return false;
        }
        totalLength = get16(memory, at + 2);
        protocol = get8(memory, at + 9);
        source = new IpAddress(false, 0, get32(memory, at + 12) & 0xffff_ffffL);
        destination = new IpAddress(false, 0, get32(memory, at + 16) & 0xffff_ffffL);
        transport = at + header;
        return true;
    }

    private boolean parse6(long at, int length) {
        totalLength = IpHeader.IPV6_LENGTH + get16(memory, at + 4);
        protocol = get8(memory, at + 6);
        source = new IpAddress(true, get64(memory, at + 8), get64(memory, at + 16));
        destination = new IpAddress(true, get64(memory, at + 24), get64(memory, at + 32));
        transport = at + IpHeader.IPV6_LENGTH;
        long end = at + length;
        for (int headers = 0; transport + NEEDED <= end; headers++) {
            boolean extension =
                    protocol == HOP_BY_HOP
                            || protocol == ROUTING
                            || protocol == FRAGMENT
                            || protocol == DESTINATION;
            if (!extension) {
                return true;
            }
            if (headers == MAX_HEADERS
                    || protocol == FRAGMENT && (get16(memory, transport + 2) & 0xfff8) != 0) {
                return false;
            }
            int skipped = protocol == FRAGMENT ? 8 : 8 * (1 + get8(memory, transport + 1));
            protocol = get8(memory, transport);
            transport += skipped;
        }
        return false;
    }
}
