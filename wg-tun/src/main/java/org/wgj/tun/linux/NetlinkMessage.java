// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One netlink message from the kernel; {@link NetlinkRequest} shows the layout. A view of bytes
 * that do not change any more.
 */
final class NetlinkMessage {
    /* linux/netlink.h */
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    private static final int NLM_F_DUMP_INTR = 0x10;
    private static final int NLM_F_CAPPED = 0x100;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;

    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int SEQUENCE = 8;
    private static final int HEADER_LENGTH = NetlinkRequest.HEADER_LENGTH;

    private final MemorySegment bytes;

    private NetlinkMessage(MemorySegment bytes) {
        this.bytes = bytes;
    }

    static int align(int length) {
        return (length + 3) & -4;
    }

    /** Splits a datagram into messages, which use its memory. */
    static List<NetlinkMessage> split(MemorySegment datagram) throws IOException {
        List<NetlinkMessage> messages = new ArrayList<>();
        long size = datagram.byteSize();
        long at = 0;
        while (size - at >= HEADER_LENGTH) {
            int length = datagram.get(JAVA_INT_UNALIGNED, at);
            if (length < HEADER_LENGTH || length > size - at) {
                throw new IOException("malformed netlink message of length " + length);
            }
            messages.add(new NetlinkMessage(datagram.asSlice(at, length)));
            at += align(length);
        }
        return messages;
    }

    int type() {
        return Short.toUnsignedInt(bytes.get(JAVA_SHORT_UNALIGNED, TYPE));
    }

    int sequence() {
        return bytes.get(JAVA_INT_UNALIGNED, SEQUENCE);
    }

    /** Returns whether the listed objects changed during the listing. */
    boolean isInterrupted() {
        return (flags() & NLM_F_DUMP_INTR) != 0;
    }

    private int flags() {
        return bytes.get(JAVA_SHORT_UNALIGNED, FLAGS);
    }

    /**
     * Returns the positive errno of an NLMSG_ERROR or NLMSG_DONE; 0 for success, which is an
     * acknowledgement.
     */
    int errno() {
        // Old kernels end a listing without a result.
        return payloadLength() < Integer.BYTES ? 0 : -intAt(0);
    }

    /** Returns the kernel's explanation of the error (NETLINK_EXT_ACK); "" if there is none. */
    String explanation() throws IOException {
        if ((flags() & NLM_F_ACK_TLVS) == 0) {
            return "";
        }
        int at = Integer.BYTES;
        if (type() == NLMSG_ERROR) {
            // The whole request follows, or only its header.
            boolean capped = (flags() & NLM_F_CAPPED) != 0;
            int request = requirePayload(at + HEADER_LENGTH).intAt(at);
            if (!capped && (request < HEADER_LENGTH || request > payloadLength() - at)) {
                throw new IOException("netlink error about a request of length " + request);
            }
            at += capped ? HEADER_LENGTH : align(request);
        }
        return attributes(at).string(NLMSGERR_ATTR_MSG, "");
    }

    private int payloadLength() {
        return (int) bytes.byteSize() - HEADER_LENGTH;
    }

    /** Refuses a message whose payload is shorter than that. */
    NetlinkMessage requirePayload(int length) throws IOException {
        if (payloadLength() < length) {
            throw new IOException(
                    "netlink message of type " + type() + " has a payload of " + payloadLength());
        }
        return this;
    }

    int byteAt(int offset) {
        return Byte.toUnsignedInt(bytes.get(JAVA_BYTE, HEADER_LENGTH + offset));
    }

    int intAt(int offset) {
        return bytes.get(JAVA_INT_UNALIGNED, HEADER_LENGTH + offset);
    }

    /** Returns the attributes behind a fixed part of that length. */
    NetlinkAttributes attributes(int fixedLength) throws IOException {
        int at = HEADER_LENGTH + align(fixedLength);
        return at >= bytes.byteSize()
                ? NetlinkAttributes.NONE
                : NetlinkAttributes.parse(bytes.asSlice(at));
    }
}
