// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The four kinds of datagram (whitepaper 5.4), told apart by the first word and the length; nobody
 * else looks at either.
 *
 * <p>The type is one byte followed by three reserved zero bytes. Read as one little-endian word,
 * the type covers the zeros too. Handshake messages have exact lengths.
 */
public enum MessageType {
    INITIATION,
    RESPONSE,
    COOKIE_REPLY,
    TRANSPORT_DATA,
    /** Not of this protocol. */
    INVALID;

    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Classifies the datagram of {@code length} bytes, 0 and more, at {@code offset}. */
    public static MessageType of(MemorySegment slab, int offset, int length) {
        if (length < TransportMessage.MIN_LENGTH) {
            return INVALID; // the shortest of all
        }
        return switch (slab.get(LE_INT, offset)) {
            case InitiationMessage.TYPE ->
                    length == InitiationMessage.LENGTH ? INITIATION : INVALID;
            case ResponseMessage.TYPE -> length == ResponseMessage.LENGTH ? RESPONSE : INVALID;
            case CookieReplyMessage.TYPE ->
                    length == CookieReplyMessage.LENGTH ? COOKIE_REPLY : INVALID;
            case TransportMessage.TYPE -> TRANSPORT_DATA;
            default -> INVALID;
        };
    }
}
