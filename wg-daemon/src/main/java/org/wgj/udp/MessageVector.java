package org.wgj.udp;

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
 * The vector of messages that recvmmsg fills and sendmmsg reads, in native memory, for one address
 * family. All pointers are set when it is made; a call patches only what differs. In memory, one
 * behind the other:
 *
 * <pre>
 *   CAPACITY x struct mmsghdr      sys/socket.h, 64-bit: the array the kernel is given
 *   CAPACITY x struct iovec        one a message; a received message may hold several segments later (UDP_GRO)
 *   CAPACITY x sockaddr_in[6]      linux/in.h, linux/in6.h
 *   CAPACITY x control             struct cmsghdr and value: packet info, then traffic class
 * </pre>
 *
 * <p>Numbers are in the machine's order but for ports and addresses, which are in network order.
 * Owned by the event loop.
 */
final class MessageVector {
    /** Messages a call moves at most. */
    static final int CAPACITY = 64;

    private static final ValueLayout.OfLong BE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE_INT = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort BE_SHORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    // struct mmsghdr: a struct msghdr and the length of what was received. Ints before pointers are
    // padded to 8 bytes.
    private static final int NAME = 0;
    private static final int NAME_LENGTH = NAME + 8;
    private static final int IOV = NAME_LENGTH + 8;
    private static final int IOV_COUNT = IOV + 8;
    private static final int CONTROL = IOV_COUNT + 8;
    private static final int CONTROL_LENGTH = CONTROL + 8;
    private static final int FLAGS = CONTROL_LENGTH + 8;
    private static final int LENGTH = FLAGS + 8;
    private static final int HEADER_BYTES = LENGTH + 8;

    // struct iovec
    private static final int IOV_BASE = 0;
    private static final int IOV_LENGTH = IOV_BASE + 8;
    private static final int IOV_BYTES = IOV_LENGTH + 8;

    // struct sockaddr_in and sockaddr_in6 begin alike
    private static final int ADDRESS_FAMILY = 0;
    private static final int ADDRESS_PORT = ADDRESS_FAMILY + 2;
    private static final int ADDRESS_V4 = ADDRESS_PORT + 2;
    private static final int ADDRESS_FLOW = ADDRESS_PORT + 2;
    private static final int ADDRESS_V6 = ADDRESS_FLOW + 4;
    private static final int ADDRESS_SCOPE = ADDRESS_V6 + 16;
    private static final int ADDRESS_BYTES = 32;

    // struct cmsghdr
    private static final int CMSG_LENGTH = 0;
    private static final int CMSG_LEVEL = CMSG_LENGTH + 8;
    private static final int CMSG_TYPE = CMSG_LEVEL + 4;
    private static final int CMSG_VALUE = CMSG_TYPE + 4;

    // struct in_pktinfo: the interface, the local address to answer from, the address in the header
    private static final int INFO4_INTERFACE = 0;
    private static final int INFO4_LOCAL = INFO4_INTERFACE + 4;
    private static final int INFO4_HEADER = INFO4_LOCAL + 4;

    // struct in6_pktinfo: the other way round
    private static final int INFO6_LOCAL = 0;
    private static final int INFO6_INTERFACE = INFO6_LOCAL + 16;

    private static final int MSG_TRUNC = 0x20;

    private final Family family;
    private final MemorySegment memory;
    private final long iovs;
    private final long names;
    private final long controls;
    private final int controlBytes;

    // What the slots were last addressed with: the next datagram of a slot often goes to the same
    // peer.
    private final Endpoint[] addressed = new Endpoint[CAPACITY];
    private final byte[] addressedClasses = new byte[CAPACITY];

    MessageVector(Family family) {
        this.family = family;
        controlBytes = space(family.packetInfoBytes) + space(4);
        iovs = CAPACITY * (long) HEADER_BYTES;
        names = iovs + CAPACITY * IOV_BYTES;
        controls = names + CAPACITY * ADDRESS_BYTES;
        memory = Arena.ofAuto().allocate(controls + CAPACITY * (long) controlBytes, 64);
        for (int slot = 0; slot < CAPACITY; slot++) {
            long header = header(slot);
            memory.set(JAVA_LONG, header + NAME, memory.address() + name(slot));
            memory.set(JAVA_LONG, header + IOV, memory.address() + iov(slot));
            memory.set(JAVA_LONG, header + IOV_COUNT, 1);
            memory.set(JAVA_LONG, header + CONTROL, memory.address() + control(slot));
            forget(slot);
        }
    }

    /**
     * The struct mmsghdr of a slot; those of the following slots come behind it. Valid while this
     * object is reachable.
     */
    long address(int slot) {
        return memory.address() + header(slot);
    }

    /** Makes a slot ready to receive: the kernel replaces these lengths by what it wrote. */
    void forget(int slot) {
        memory.set(JAVA_INT, header(slot) + NAME_LENGTH, family.addressBytes);
        memory.set(JAVA_LONG, header(slot) + CONTROL_LENGTH, controlBytes);
    }

    /** Where a slot's datagram lies, or may be received to. The caller keeps that memory alive. */
    void setData(int slot, long address, long lengthBytes) {
        memory.set(JAVA_LONG, iov(slot) + IOV_BASE, address);
        memory.set(JAVA_LONG, iov(slot) + IOV_LENGTH, lengthBytes);
    }

    /** Where a slot's datagram goes to, from which local address, and its traffic class. */
    void setAddress(int slot, Endpoint to, byte trafficClass) {
        if (addressed[slot] == to && addressedClasses[slot] == trafficClass) {
            return;
        }
        addressed[slot] = to;
        addressedClasses[slot] = trafficClass;
        long name = name(slot);
        memory.set(JAVA_SHORT, name + ADDRESS_FAMILY, (short) family.domain);
        memory.set(BE_SHORT, name + ADDRESS_PORT, (short) to.port());
        if (family == Family.IPV4) {
            memory.set(BE_INT, name + ADDRESS_V4, (int) to.low());
        } else {
            memory.set(JAVA_INT, name + ADDRESS_FLOW, 0);
            memory.set(BE_LONG, name + ADDRESS_V6, to.high());
            memory.set(BE_LONG, name + ADDRESS_V6 + 8, to.low());
            memory.set(JAVA_INT, name + ADDRESS_SCOPE, to.scopeId());
        }
        long end = control(slot);
        if (to.hasSource()) {
            end = setSource(end, to);
        }
        if (trafficClass != 0) {
            setControl(end, family.trafficClass, 4);
            memory.set(JAVA_INT, end + CMSG_VALUE, trafficClass & 0xff);
            end += space(4);
        }
        memory.set(JAVA_LONG, header(slot) + CONTROL_LENGTH, end - control(slot));
    }

    /**
     * The local address alone, without the interface: with one, the kernel would send through that
     * interface even after the route moved to another. Only a link-local address means nothing
     * without it (the kernel says EINVAL then).
     */
    private long setSource(long at, Endpoint to) {
        setControl(at, family.packetInfo, family.packetInfoBytes);
        long info = at + CMSG_VALUE;
        if (family == Family.IPV4) {
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

    private void setControl(long at, int type, int valueBytes) {
        memory.set(JAVA_LONG, at + CMSG_LENGTH, CMSG_VALUE + valueBytes);
        memory.set(JAVA_INT, at + CMSG_LEVEL, family.level);
        memory.set(JAVA_INT, at + CMSG_TYPE, type);
    }

    /** How many bytes a slot received. */
    int receivedBytes(int slot) {
        return memory.get(JAVA_INT, header(slot) + LENGTH);
    }

    /** Whether a slot received a whole datagram and was told its sender. */
    boolean receivedWhole(int slot) {
        return (memory.get(JAVA_INT, header(slot) + FLAGS) & MSG_TRUNC) == 0
                && memory.get(JAVA_INT, header(slot) + NAME_LENGTH) == family.addressBytes;
    }

    /** The traffic class a slot's datagram came with. */
    byte receivedTrafficClass(int slot) {
        long value = findControl(slot, family.trafficClass);
        // IPv4 has it as a byte, IPv6 as an int, whose other bytes are zero: which byte it is
        // depends on the machine.
        if (value < 0) {
            return 0;
        }
        return family == Family.IPV4
                ? memory.get(JAVA_BYTE, value)
                : (byte) memory.get(JAVA_INT, value);
    }

    /** Where a slot's datagram came from and which local address it was sent to. */
    Endpoint receivedFrom(int slot, EndpointCache cache) {
        long name = name(slot);
        int port = memory.get(BE_SHORT, name + ADDRESS_PORT) & 0xffff;
        long info = findControl(slot, family.packetInfo);
        if (family == Family.IPV4) {
            long from = memory.get(BE_INT, name + ADDRESS_V4) & 0xffff_ffffL;
            long local = info < 0 ? 0 : memory.get(BE_INT, info + INFO4_LOCAL) & 0xffff_ffffL;
            int in = info < 0 ? 0 : memory.get(JAVA_INT, info + INFO4_INTERFACE);
            return cache.get(false, 0, from, port, 0, 0, local, in);
        }
        long fromHigh = memory.get(BE_LONG, name + ADDRESS_V6);
        long fromLow = memory.get(BE_LONG, name + ADDRESS_V6 + 8);
        int scope = memory.get(JAVA_INT, name + ADDRESS_SCOPE);
        // One cannot answer from a multicast address, ff00::/8, that a datagram was sent to.
        if (info < 0 || memory.get(JAVA_BYTE, info + INFO6_LOCAL) == (byte) 0xff) {
            return cache.get(true, fromHigh, fromLow, port, scope, 0, 0, 0);
        }
        long localHigh = memory.get(BE_LONG, info + INFO6_LOCAL);
        long localLow = memory.get(BE_LONG, info + INFO6_LOCAL + 8);
        int in = memory.get(JAVA_INT, info + INFO6_INTERFACE);
        return cache.get(true, fromHigh, fromLow, port, scope, localHigh, localLow, in);
    }

    /** The offset of the value of the control message of that type, negative when there is none. */
    private long findControl(int slot, int type) {
        long at = control(slot);
        long end = at + memory.get(JAVA_LONG, header(slot) + CONTROL_LENGTH);
        while (at + CMSG_VALUE <= end) {
            long length = memory.get(JAVA_LONG, at + CMSG_LENGTH);
            if (length < CMSG_VALUE || length > end - at) {
                return -1; // cut off
            }
            if (memory.get(JAVA_INT, at + CMSG_LEVEL) == family.level
                    && memory.get(JAVA_INT, at + CMSG_TYPE) == type) {
                return at + CMSG_VALUE;
            }
            at += align(length);
        }
        return -1;
    }

    private static long header(int slot) {
        return slot * (long) HEADER_BYTES;
    }

    private long iov(int slot) {
        return iovs + slot * (long) IOV_BYTES;
    }

    private long name(int slot) {
        return names + slot * (long) ADDRESS_BYTES;
    }

    private long control(int slot) {
        return controls + slot * (long) controlBytes;
    }

    /** CMSG_SPACE. */
    private static int space(int valueBytes) {
        return (int) align(CMSG_VALUE + valueBytes);
    }

    /** CMSG_ALIGN. */
    private static long align(long bytes) {
        return (bytes + 7) & -8;
    }
}
