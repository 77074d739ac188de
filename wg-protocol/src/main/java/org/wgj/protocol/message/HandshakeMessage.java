// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What initiation and response have in common (whitepaper 5.4.4): a sender index and two MACs at
 * the end.
 *
 * <pre>
 *   0         type                        4
 *   4         sender index                4
 *   ...
 *   n - 32    mac1                       16   over all bytes before it
 *   n - 16    mac2                       16   over all bytes before it, zeros without a cookie
 * </pre>
 *
 * All integers are little-endian. A view of an array of exactly the message's length, which it does
 * not copy.
 */
public abstract sealed class HandshakeMessage permits InitiationMessage, ResponseMessage {
    public static final int MAC_LENGTH = 16;
    static final int SENDER_OFFSET = 4;
    static final int KEY_LENGTH = 32;
    static final int TAG_LENGTH = 16;

    static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

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

    /** The message itself: writing changes it. */
    public byte[] bytes() {
        return bytes;
    }

    /** The index by which the sender wants to be answered. */
    public int senderIndex() {
        return (int) INT.get(bytes, SENDER_OFFSET);
    }

    /** Where mac1 begins: it covers everything before. */
    public int mac1Offset() {
        return bytes.length - 2 * MAC_LENGTH;
    }

    /** Where mac2 begins: it covers everything before. */
    public int mac2Offset() {
        return bytes.length - MAC_LENGTH;
    }

    public byte[] mac1() {
        return copy(mac1Offset(), MAC_LENGTH);
    }

    public byte[] mac2() {
        return copy(mac2Offset(), MAC_LENGTH);
    }

    byte[] copy(int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }
}
