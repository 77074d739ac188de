// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An initiation or a response: both have a sender index and end in two MACs (whitepaper 5.4.4).
 *
 * <pre>
 *   0         type                        4
 *   4         sender index                4
 *   ...
 *   n - 32    mac1                       16   over all bytes before it
 *   n - 16    mac2                       16   over all bytes before it; zeros without a cookie
 * </pre>
 *
 * All integers are little-endian. Wraps an array of exactly the message's length without copying
 * it.
 */
public abstract sealed class HandshakeMessage permits InitiationMessage, ResponseMessage {
    /** The length of each MAC in bytes. */
    public static final int MAC_LENGTH = 16;

    /** The length of the longest handshake message in bytes, an initiation's. */
    public static final int MAX_LENGTH = InitiationMessage.LENGTH;

    static final int SENDER_OFFSET = 4;
    static final int KEY_LENGTH = 32;
    static final int TAG_LENGTH = 16;

    static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    final byte[] bytes;

    HandshakeMessage(byte[] bytes, int type, int length) {
        if (bytes.length != length || (int) INT.get(bytes, 0) != type) {
            throw new IllegalArgumentException("not a message of type " + type);
        }
        this.bytes = bytes;
    }

    static byte[] blank(int type, int length) {
        byte[] bytes = new byte[length];
        INT.set(bytes, 0, type);
        return bytes;
    }

    /**
     * Reads the sender index of a message that was not wrapped.
     *
     * @param slab where the message is
     * @param offset where it begins
     * @return the index
     */
    public static int senderIndex(MemorySegment slab, int offset) {
        return slab.get(LE_INT, offset + (long) SENDER_OFFSET);
    }

    /**
     * Returns where mac1 begins, which covers all bytes before it.
     *
     * @param length of the message in bytes
     * @return the offset from the message's beginning
     */
    public static int mac1Offset(int length) {
        return length - 2 * MAC_LENGTH;
    }

    /**
     * Returns the message's bytes.
     *
     * @return the array itself: writing to it changes the message
     */
    public byte[] bytes() {
        return bytes;
    }

    /**
     * Returns the index by which the sender wants to be addressed.
     *
     * @return the sender index
     */
    public int senderIndex() {
        return (int) INT.get(bytes, SENDER_OFFSET);
    }

    /**
     * Returns where mac1 begins, which covers all bytes before it.
     *
     * @return the offset
     */
    public int mac1Offset() {
        return mac1Offset(bytes.length);
    }

    /**
     * Returns where mac2 begins, which covers all bytes before it.
     *
     * @return the offset
     */
    public int mac2Offset() {
        return bytes.length - MAC_LENGTH;
    }

    /**
     * Returns mac1.
     *
     * @return a copy
     */
    public byte[] mac1() {
        return copy(mac1Offset(), MAC_LENGTH);
    }

    /**
     * Returns mac2.
     *
     * @return a copy
     */
    public byte[] mac2() {
        return copy(mac2Offset(), MAC_LENGTH);
    }

    byte[] copy(int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }
}
