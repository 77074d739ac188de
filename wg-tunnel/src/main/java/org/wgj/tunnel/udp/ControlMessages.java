// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.wgj.protocol.Endpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The control messages of the datagrams in a {@link MessageVector}. Each message has a buffer of
 * struct cmsghdr (sys/socket.h, 64-bit), each with its value behind it. There are three kinds, both
 * ways: packet info (the local address), the traffic class, and the segment size of a message that
 * holds several datagrams (linux/udp.h: UDP_SEGMENT when sending, UDP_GRO when receiving).
 *
 * <p>Numbers are in the machine's order, addresses in network order. Owned by the event loop.
 */
final class ControlMessages {
    static final int SOL_UDP = 17;
    static final int UDP_SEGMENT = 103;
    static final int UDP_GRO = 104;

    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);

    // struct cmsghdr
    private static final int LENGTH = 0;
    private static final int LEVEL = LENGTH + 8;
    private static final int TYPE = LEVEL + 4;
    private static final int VALUE = TYPE + 4;

    // struct in_pktinfo: the interface, the local address to answer from, the address in the header
    private static final int INFO4_INTERFACE = 0;
    private static final int INFO4_LOCAL = INFO4_INTERFACE + 4;
    private static final int INFO4_HEADER = INFO4_LOCAL + 4;

    // struct in6_pktinfo: the other way round
    private static final int INFO6_LOCAL = 0;
    private static final int INFO6_INTERFACE = INFO6_LOCAL + 16;

    private static final long NONE = -1;

    private final SocketFamily family;
    private final int bytes;
    private final MemorySegment memory;

    ControlMessages(SocketFamily family, int messages) {
        this.family = family;
        bytes = space(family.packetInfoBytes) + space(4) + space(4);
        memory = Arena.ofAuto().allocate(messages * (long) bytes, 8);
    }

    /** The size of one message's buffer in bytes. */
    int capacityBytes() {
        return bytes;
    }

    /** Returns the address of a message's buffer, valid while this object is reachable. */
    long address(int message) {
        return memory.address() + begin(message);
    }

    /**
     * Writes what a message to an endpoint needs, except its segment size.
     *
     * @return how many bytes of the buffer it takes
     */
    int write(int message, Endpoint to, byte trafficClass) {
        long end = begin(message);
        if (to.hasSource()) {
            end = writeSource(end, to);
        }
        if (trafficClass != 0) {
            writeHeader(end, family.level, family.trafficClass, 4);
            memory.set(JAVA_INT, end + VALUE, trafficClass & 0xff);
            end += space(4);
        }
        return (int) (end - begin(message));
    }

    /**
     * Adds the segment size behind what {@link #write} wrote.
     *
     * @return how many bytes of the buffer are used now
     */
    int writeSegmentBytes(int message, int writtenBytes, int segmentBytes) {
        long at = begin(message) + writtenBytes;
        writeHeader(at, SOL_UDP, UDP_SEGMENT, 2);
        memory.set(JAVA_SHORT, at + VALUE, (short) segmentBytes);
        return writtenBytes + space(2);
    }

    /**
     * Writes the local address without the interface. With an interface the kernel would send
     * through it even after the route moved to another one. Only a link-local address means nothing
     * without its interface (the kernel answers EINVAL).
     */
    private long writeSource(long at, Endpoint to) {
        writeHeader(at, family.level, family.packetInfo, family.packetInfoBytes);
        long info = at + VALUE;
        if (family == SocketFamily.IPV4) {
            memory.set(JAVA_INT, info + INFO4_INTERFACE, 0);
            memory.set(BE_INT, info + INFO4_LOCAL, (int) to.sourceLow());
            memory.set(JAVA_INT, info + INFO4_HEADER, 0);
        } else {
            boolean linkLocal = to.sourceHigh() >>> 54 == 0xfe80 >>> 6; // fe80::/10
            memory.set(BE_LONG, info + INFO6_LOCAL, to.sourceHigh());
            memory.set(BE_LONG, info + INFO6_LOCAL + 8, to.sourceLow());
            memory.set(JAVA_INT, info + INFO6_INTERFACE, linkLocal ? to.sourceInterface() : 0);
        }
        return at + space(family.packetInfoBytes);
    }

    private void writeHeader(long at, int level, int type, int valueBytes) {
        memory.set(JAVA_LONG, at + LENGTH, VALUE + valueBytes);
        memory.set(JAVA_INT, at + LEVEL, level);
        memory.set(JAVA_INT, at + TYPE, type);
    }

    /**
     * Returns the traffic class of a received message.
     *
     * @param writtenBytes how many bytes of the buffer the kernel wrote
     */
    byte trafficClass(int message, long writtenBytes) {
        // IPv4 has it as a byte, IPv6 as an int whose other bytes are zero. Which byte it is
        // depends on the machine's byte order.
        int valueBytes = family == SocketFamily.IPV4 ? 1 : 4;
        long value = find(message, writtenBytes, family.level, family.trafficClass, valueBytes);
        if (value == NONE) {
            return 0;
        }
        return family == SocketFamily.IPV4
                ? memory.get(JAVA_BYTE, value)
                : (byte) memory.get(JAVA_INT, value);
    }

    /**
     * Returns the length of each datagram of a message except the last; 0 if it is one datagram.
     */
    int segmentBytes(int message, long writtenBytes) {
        long value = find(message, writtenBytes, SOL_UDP, UDP_GRO, 4);
        return value == NONE ? 0 : Math.max(0, memory.get(JAVA_INT, value));
    }

    /**
     * Finds a message's packet info for {@link #localHigh}, {@link #localLow} and {@link
     * #localInterface}; negative if there is no address to answer from.
     */
    long findPacketInfo(int message, long writtenBytes) {
        long info =
                find(
                        message,
                        writtenBytes,
                        family.level,
                        family.packetInfo,
                        family.packetInfoBytes);
        // A datagram may have been sent to a multicast address, ff00::/8, which cannot answer.
        boolean multicast =
                info != NONE
                        && family == SocketFamily.IPV6
                        && memory.get(JAVA_BYTE, info + INFO6_LOCAL) == (byte) 0xff;
        return multicast ? NONE : info;
    }

    long localHigh(long info) {
        return info == NONE || family == SocketFamily.IPV4
                ? 0
                : memory.get(BE_LONG, info + INFO6_LOCAL);
    }

    long localLow(long info) {
        if (info == NONE) {
            return 0;
        }
        return family == SocketFamily.IPV4
                ? memory.get(BE_INT, info + INFO4_LOCAL) & 0xffff_ffffL
                : memory.get(BE_LONG, info + INFO6_LOCAL + 8);
    }

    int localInterface(long info) {
        if (info == NONE) {
            return 0;
        }
        int at = family == SocketFamily.IPV4 ? INFO4_INTERFACE : INFO6_INTERFACE;
        return memory.get(JAVA_INT, info + at);
    }

    /** Finds a value of at least so many bytes; {@link #NONE} if there is none. */
    private long find(int message, long writtenBytes, int level, int type, int valueBytes) {
        long at = begin(message);
        long end = at + writtenBytes;
        while (at + VALUE <= end) {
            long length = memory.get(JAVA_LONG, at + LENGTH);
            if (length < VALUE || length > end - at) {
                return NONE; // cut off
            }
            if (memory.get(JAVA_INT, at + LEVEL) == level
                    && memory.get(JAVA_INT, at + TYPE) == type) {
                return length < VALUE + valueBytes ? NONE : at + VALUE;
            }
            at += align(length);
        }
        return NONE;
    }

    private long begin(int message) {
        return message * (long) bytes;
    }

    /** CMSG_SPACE. */
    private static int space(int valueBytes) {
        return (int) align(VALUE + valueBytes);
    }

    /** CMSG_ALIGN. */
    private static long align(long bytes) {
        return (bytes + 7) & -8;
    }
}
