// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The attributes of a netlink message by type. If a type occurs twice, the last one counts. */
final class NetlinkAttributes {
    static final NetlinkAttributes NONE = new NetlinkAttributes(Map.of());

    private static final int HEADER_LENGTH = 4;

    /** The two highest bits say whether it is nested and in which byte order (linux/netlink.h). */
    private static final int NLA_TYPE_MASK = 0x3fff;

    private final Map<Integer, MemorySegment> values;

    private NetlinkAttributes(Map<Integer, MemorySegment> values) {
        this.values = values;
    }

    static NetlinkAttributes parse(MemorySegment bytes) throws IOException {
        Map<Integer, MemorySegment> values = new HashMap<>();
        long size = bytes.byteSize();
        long at = 0;
        while (size - at >= HEADER_LENGTH) {
            int length = Short.toUnsignedInt(bytes.get(JAVA_SHORT_UNALIGNED, at));
            if (length < HEADER_LENGTH || length > size - at) {
                throw new IOException("malformed netlink attribute of length " + length);
            }
            int type = bytes.get(JAVA_SHORT_UNALIGNED, at + Short.BYTES) & NLA_TYPE_MASK;
            values.put(type, bytes.asSlice(at + HEADER_LENGTH, length - HEADER_LENGTH));
            at += NetlinkMessage.align(length);
        }
        return new NetlinkAttributes(values);
    }

    /** Returns the attribute's bytes; null if it is missing. */
    MemorySegment segment(int type) {
        return values.get(type);
    }

    /** Returns a copy of the attribute's bytes; null if it is missing. */
    byte[] bytes(int type) {
        MemorySegment value = values.get(type);
        return value == null ? null : value.toArray(JAVA_BYTE);
    }

    /** Returns the attribute as an address; null if it is missing. */
    InetAddress address(int type) throws IOException {
        return addressBehind(type, 0);
    }

    /**
     * Returns the address behind the attribute's first {@code skipped} bytes; null if it is
     * missing.
     */
    InetAddress addressBehind(int type, int skipped) throws IOException {
        MemorySegment value = values.get(type);
        if (value == null) {
            return null;
        }
        long length = value.byteSize() - skipped;
        if (length != 4 && length != 16) {
            throw new IOException("netlink attribute " + type + " does not hold an address");
        }
        return Cidr.addressOf(value.asSlice(skipped).toArray(JAVA_BYTE));
    }

    /** Makes an address with a prefix; refuses a length that the address does not have. */
    static Cidr prefix(InetAddress address, int length) throws IOException {
        try {
            return new Cidr(address, length);
        } catch (IllegalArgumentException e) {
            throw new IOException("malformed netlink message: " + e.getMessage(), e);
        }
    }

    /** Returns the attribute as a number; {@code otherwise} if it is missing. */
    int number(int type, int otherwise) throws IOException {
        MemorySegment value = values.get(type);
        if (value == null) {
            return otherwise;
        }
        if (value.byteSize() < Integer.BYTES) {
            throw new IOException("netlink attribute " + type + " is shorter than a number");
        }
        return value.get(JAVA_INT_UNALIGNED, 0);
    }

    /** Returns the attribute as a string, without the zero at its end. */
    String string(int type, String otherwise) {
        byte[] value = bytes(type);
        if (value == null) {
            return otherwise;
        }
        int length = 0;
        while (length < value.length && value[length] != 0) {
            length++;
        }
        return new String(value, 0, length, StandardCharsets.UTF_8);
    }

    /** Returns the attributes within the attribute; none if it is missing. */
    NetlinkAttributes nested(int type) throws IOException {
        MemorySegment value = values.get(type);
        return value == null ? NONE : parse(value);
    }
}
