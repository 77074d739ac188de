// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import java.lang.foreign.MemorySegment;

/**
 * A received IP packet whose headers were checked: what the transport layers need to know of it.
 * One object serves all packets, one after the other; nothing keeps it. Owned by the stack's
 * thread.
 */
public final class IncomingPacket {
    /** The memory that holds the packet. */
    public MemorySegment memory;

    /** The offset of the IP header in {@link #memory}. */
    public long packet;

    /** The length of the whole packet in bytes, without anything behind it. */
    public int length;

    /** True for IPv6, false for IPv4. */
    public boolean ipv6;

    /** The source address, as in {@link IpAddress#high}. */
    public long sourceHigh;

    /** The source address, as in {@link IpAddress#low}. */
    public long sourceLow;

    /** The destination address, as in {@link IpAddress#high}. */
    public long destinationHigh;

    /** The destination address, as in {@link IpAddress#low}. */
    public long destinationLow;

    /** The protocol behind all IP headers: 6 for TCP, 17 for UDP, 1 or 58 for ICMP. */
    public int protocol;

    /** The offset of the transport header in {@link #memory}. */
    public long transport;

    /** The length of transport header and data in bytes. */
    public int transportLength;

    /** The traffic class (TOS): DSCP in the upper six bits, ECN in the lower two. */
    public int trafficClass;

    /** The hop limit or TTL. */
    public int hopLimit;

    /** Makes an empty one. */
    public IncomingPacket() {}

    /**
     * Returns the source address.
     *
     * @return a new object
     */
    public IpAddress source() {
        return new IpAddress(ipv6, sourceHigh, sourceLow);
    }

    /**
     * Returns the destination address.
     *
     * @return a new object
     */
    public IpAddress destination() {
        return new IpAddress(ipv6, destinationHigh, destinationLow);
    }
}
