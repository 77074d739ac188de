// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * One netlink message to the kernel (RFC 3549 section 2.3, linux/netlink.h): a header, the fixed
 * part of its kind, then attributes.
 *
 * <pre>
 *    0  nlmsg_len    4     of the whole message
 *    4  nlmsg_type   2
 *    6  nlmsg_flags  2
 *    8  nlmsg_seq    4
 *   12  nlmsg_pid    4     0: to the kernel
 *   16  the fixed part, then attributes: nla_len 2, nla_type 2, value, zeros up to a multiple of 4
 * </pre>
 *
 * Numbers are in the machine's byte order, addresses in network order. Used by one thread.
 */
final class NetlinkRequest {
    static final int HEADER_LENGTH = 16;

    /* linux/netlink.h */
    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;
    private static final int NLA_F_NESTED = 0x8000;

    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int SEQUENCE = 8;
    private static final int ATTRIBUTE_HEADER_LENGTH = 4;

    /** The longest request, a route with every attribute, needs less than 200 bytes. */
    private static final int CAPACITY = 512;

    private final MemorySegment bytes = Arena.ofAuto().allocate(CAPACITY, Integer.BYTES);
    private int length = HEADER_LENGTH;

    NetlinkRequest(int type, int flags) {
        bytes.set(JAVA_SHORT_UNALIGNED, TYPE, (short) type);
        bytes.set(JAVA_SHORT_UNALIGNED, FLAGS, (short) (flags | NLM_F_REQUEST));
    }

    boolean isDump() {
        return (bytes.get(JAVA_SHORT_UNALIGNED, FLAGS) & NLM_F_DUMP) == NLM_F_DUMP;
    }

    NetlinkRequest putByte(int value) {
        bytes.set(JAVA_BYTE, length, (byte) value);
        length += Byte.BYTES;
        return this;
    }

    NetlinkRequest putShort(int value) {
        bytes.set(JAVA_SHORT_UNALIGNED, length, (short) value);
        length += Short.BYTES;
        return this;
    }

    NetlinkRequest putInt(int value) {
        bytes.set(JAVA_INT_UNALIGNED, length, value);
        length += Integer.BYTES;
        return this;
    }

    NetlinkRequest attribute(int type, int value) {
        int start = open(type);
        putInt(value);
        return close(start);
    }

    NetlinkRequest attribute(int type, byte[] value) {
        int start = open(type);
        MemorySegment.copy(value, 0, bytes, JAVA_BYTE, length, value.length);
        length += value.length;
        return close(start);
    }

    /** Adds a string with the zero that ends it. */
    NetlinkRequest attribute(int type, String value) {
        int start = open(type);
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(encoded, 0, bytes, JAVA_BYTE, length, encoded.length);
        length += encoded.length + 1;
        return close(start);
    }

    /** Begins an attribute that consists of attributes; returns the argument for {@link #close}. */
    int openNested(int type) {
        return open(type | NLA_F_NESTED);
    }

    private int open(int type) {
        int start = length;
        length += ATTRIBUTE_HEADER_LENGTH;
        bytes.set(JAVA_SHORT_UNALIGNED, start + Short.BYTES, (short) type);
        return start;
    }

    NetlinkRequest close(int start) {
        bytes.set(JAVA_SHORT_UNALIGNED, start, (short) (length - start));
        length = NetlinkMessage.align(length);
        return this;
    }

    /** Returns the message's bytes with that sequence number; valid until the next change. */
    MemorySegment finish(int sequence, int moreFlags) {
        bytes.set(JAVA_INT_UNALIGNED, 0, length);
        int flags = bytes.get(JAVA_SHORT_UNALIGNED, FLAGS);
        bytes.set(JAVA_SHORT_UNALIGNED, FLAGS, (short) (flags | moreFlags));
        bytes.set(JAVA_INT_UNALIGNED, SEQUENCE, sequence);
        return bytes.asSlice(0, length);
    }
}
