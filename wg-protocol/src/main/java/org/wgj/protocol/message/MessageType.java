// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The four message types (whitepaper 5.4), told apart by a datagram's first word and length. Other
 * classes look at neither.
 *
 * <p>The type is one byte followed by three reserved zero bytes. Read as one little-endian word,
 * the type covers the zeros too. Handshake messages have exact lengths.
 */
public enum MessageType {
    /** An {@link InitiationMessage}. */
    INITIATION,
    /** A {@link ResponseMessage}. */
    RESPONSE,
    /** A {@link CookieReplyMessage}. */
    COOKIE_REPLY,
    /** Transport data, see {@link TransportMessage}. */
    TRANSPORT_DATA,
    /** Not a message of this protocol. */
    INVALID;

    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * Classifies a datagram.
     *
     * @param slab where it is
     * @param offset where it begins
     * @param length its length in bytes, 0 or more
     * @return its type; {@link #INVALID} if the type is unknown or the length is wrong
     */
    public static MessageType of(MemorySegment slab, int offset, int length) {
        if (length < TransportMessage.MIN_LENGTH) {
            return INVALID; // shorter than the shortest message
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

    /**
     * Reads the receiver index of a datagram of this type.
     *
     * @param slab where it is
     * @param offset where it begins
     * @return the index
     * @throws IllegalStateException if messages of this type have no receiver index
     */
    public int receiverIndex(MemorySegment slab, int offset) {
        return switch (this) {
            case RESPONSE -> slab.get(LE_INT, offset + (long) ResponseMessage.RECEIVER_OFFSET);
            case COOKIE_REPLY ->
                    slab.get(LE_INT, offset + (long) CookieReplyMessage.RECEIVER_OFFSET);
            case TRANSPORT_DATA -> TransportMessage.receiverIndex(slab, offset);
            case INITIATION, INVALID -> throw new IllegalStateException(this + " has no receiver");
        };
    }
}
