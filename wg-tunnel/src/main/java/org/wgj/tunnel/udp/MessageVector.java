// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

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
 * family. Pointers that stay are set when it is made; a call patches only what differs. In memory,
 * one behind the other:
 *
 * <pre>
 *   messages x struct mmsghdr      sys/socket.h, 64-bit: the array the kernel is given
 *   pieces   x struct iovec        where the bytes lie: a message takes as many as its data has pieces
 *   messages x sockaddr_in[6]      linux/in.h, linux/in6.h
 * </pre>
 *
 * <p>and elsewhere the {@link ControlMessages}. A message is a datagram, or several of a kind that
 * the kernel cuts apart or has put together (UDP_SEGMENT, UDP_GRO).
 *
 * <p>Numbers are in the machine's order; only ports and addresses are in network order. Owned by
 * the event loop.
 */
final class MessageVector {
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

    private static final int MSG_TRUNC = 0x20;

    private final SocketFamily family;
    private final int messages;
    private final int pieces;
    private final MemorySegment memory;
    private final long iovs;
    private final long names;
    private final ControlMessages controls;
    private int usedPieces;

    // The endpoint of each message's last datagram and the length of its control messages: the next
    // datagram of a slot often goes to the same peer.
    private final Endpoint[] addressed;
    private final byte[] addressedClasses;
    private final int[] addressedBytes;

    /**
     * @param messages how many messages a call moves at most
     * @param pieces how many pieces of data they may have together
     */
    MessageVector(SocketFamily family, int messages, int pieces) {
        this.family = family;
        this.messages = messages;
        this.pieces = pieces;
        addressed = new Endpoint[messages];
        addressedClasses = new byte[messages];
        addressedBytes = new int[messages];
        controls = new ControlMessages(family, messages);
        iovs = messages * (long) HEADER_BYTES;
        names = iovs + pieces * (long) IOV_BYTES;
        memory = Arena.ofAuto().allocate(names + messages * (long) ADDRESS_BYTES, 64);
        for (int message = 0; message < messages; message++) {
            long header = header(message);
            memory.set(JAVA_LONG, header + NAME, memory.address() + name(message));
            memory.set(JAVA_LONG, header + CONTROL, controls.address(message));
            forget(message);
        }
    }

    int messages() {
        return messages;
    }

    /**
     * Returns the address of a message's struct mmsghdr; those of the following messages lie behind
     * it. Valid while this object is reachable.
     */
    long address(int message) {
        return memory.address() + header(message);
    }

    /** Makes a message ready to receive: the kernel has replaced its lengths by what it wrote. */
    void forget(int message) {
        memory.set(JAVA_INT, header(message) + NAME_LENGTH, family.addressBytes);
        memory.set(JAVA_LONG, header(message) + CONTROL_LENGTH, controls.capacityBytes());
    }

    /** Takes the data of all messages away; they are given new data from the first one on. */
    void clearData() {
        usedPieces = 0;
    }

    /** Returns the number of further pieces of data that fit. */
    int freePieces() {
        return pieces - usedPieces;
    }

    /**
     * Sets where a message's datagram lies or will be received. The caller keeps that memory alive.
     */
    void setData(int message, long address, long lengthBytes) {
        memory.set(JAVA_LONG, header(message) + IOV, memory.address() + iov(usedPieces));
        memory.set(JAVA_LONG, header(message) + IOV_COUNT, 1);
        setPiece(usedPieces++, address, lengthBytes);
    }

    /** Adds a datagram behind those of the message that was given data last. */
    void appendData(int message, long address, long lengthBytes) {
        long last = iov(usedPieces - 1);
        long lastLength = memory.get(JAVA_LONG, last + IOV_LENGTH);
        if (memory.get(JAVA_LONG, last + IOV_BASE) + lastLength == address) {
            memory.set(JAVA_LONG, last + IOV_LENGTH, lastLength + lengthBytes);
            return;
        }
        long count = header(message) + IOV_COUNT;
        memory.set(JAVA_LONG, count, memory.get(JAVA_LONG, count) + 1);
        setPiece(usedPieces++, address, lengthBytes);
    }

    private void setPiece(int piece, long address, long lengthBytes) {
        memory.set(JAVA_LONG, iov(piece) + IOV_BASE, address);
        memory.set(JAVA_LONG, iov(piece) + IOV_LENGTH, lengthBytes);
    }

    /**
     * Sets a message's destination, its local address and its traffic class.
     *
     * @param segmentBytes the length of each of its datagrams except the last; 0 if it is one
     *     datagram
     */
    void setAddress(int message, Endpoint to, byte trafficClass, int segmentBytes) {
        if (addressed[message] != to || addressedClasses[message] != trafficClass) {
            addressed[message] = to;
            addressedClasses[message] = trafficClass;
            addressedBytes[message] = controls.write(message, to, trafficClass);
            setName(message, to);
        }
        int bytes = addressedBytes[message];
        if (segmentBytes != 0) {
            bytes = controls.writeSegmentBytes(message, bytes, segmentBytes);
        }
        memory.set(JAVA_LONG, header(message) + CONTROL_LENGTH, bytes);
    }

    private void setName(int message, Endpoint to) {
        long name = name(message);
        memory.set(JAVA_SHORT, name + ADDRESS_FAMILY, (short) family.domain);
        memory.set(BE_SHORT, name + ADDRESS_PORT, (short) to.port());
        if (family == SocketFamily.IPV4) {
            memory.set(BE_INT, name + ADDRESS_V4, (int) to.low());
        } else {
            memory.set(JAVA_INT, name + ADDRESS_FLOW, 0);
            memory.set(BE_LONG, name + ADDRESS_V6, to.high());
            memory.set(BE_LONG, name + ADDRESS_V6 + 8, to.low());
            memory.set(JAVA_INT, name + ADDRESS_SCOPE, to.scopeId());
        }
    }

    /** Returns the number of bytes that a message received. */
    int receivedBytes(int message) {
        return memory.get(JAVA_INT, header(message) + LENGTH);
    }

    /** Returns whether a message was received whole and with its sender. */
    boolean receivedWhole(int message) {
        return (memory.get(JAVA_INT, header(message) + FLAGS) & MSG_TRUNC) == 0
                && memory.get(JAVA_INT, header(message) + NAME_LENGTH) == family.addressBytes;
    }

    /** Returns the traffic class of a message and of all its datagrams. */
    byte receivedTrafficClass(int message) {
        return controls.trafficClass(message, controlBytes(message));
    }

    /**
     * Returns the length of each datagram of a message except the last; 0 if it is one datagram.
     */
    int receivedSegmentBytes(int message) {
        return controls.segmentBytes(message, controlBytes(message));
    }

    /** Returns a message's sender together with the local address that it was sent to. */
    Endpoint receivedFrom(int message, EndpointCache cache) {
        long name = name(message);
        boolean ipv6 = family == SocketFamily.IPV6;
        int port = memory.get(BE_SHORT, name + ADDRESS_PORT) & 0xffff;
        long high = ipv6 ? memory.get(BE_LONG, name + ADDRESS_V6) : 0;
        long low =
                ipv6
                        ? memory.get(BE_LONG, name + ADDRESS_V6 + 8)
                        : memory.get(BE_INT, name + ADDRESS_V4) & 0xffff_ffffL;
        int scope = ipv6 ? memory.get(JAVA_INT, name + ADDRESS_SCOPE) : 0;
        long info = controls.findPacketInfo(message, controlBytes(message));
        return cache.get(
                ipv6,
                high,
                low,
                port,
                scope,
                controls.localHigh(info),
                controls.localLow(info),
                controls.localInterface(info));
    }

    private long controlBytes(int message) {
        return memory.get(JAVA_LONG, header(message) + CONTROL_LENGTH);
    }

    private static long header(int message) {
        return message * (long) HEADER_BYTES;
    }

    private long iov(int piece) {
        return iovs + piece * (long) IOV_BYTES;
    }

    private long name(int message) {
        return names + message * (long) ADDRESS_BYTES;
    }
}
