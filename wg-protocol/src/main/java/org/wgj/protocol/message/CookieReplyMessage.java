// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The cookie reply, sent under load instead of working on a handshake message (whitepaper 5.4.7).
 *
 * <pre>
 *   0    type = 3           4
 *   4    receiver index     4
 *   8    nonce             24
 *  32    cookie, sealed    32
 * </pre>
 *
 * @param bytes the message, of {@link #LENGTH} bytes; not copied
 */
public record CookieReplyMessage(byte[] bytes) {
    /** The message type. */
    public static final int TYPE = 3;

    static final int RECEIVER_OFFSET = 4;
    private static final int NONCE_OFFSET = RECEIVER_OFFSET + 4;
    private static final int COOKIE_OFFSET = NONCE_OFFSET + 24;

    /** The length of the message in bytes. */
    public static final int LENGTH = COOKIE_OFFSET + 32;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /**
     * Wraps a datagram classified as a cookie reply.
     *
     * @throws IllegalArgumentException if the length is wrong
     */
    public CookieReplyMessage {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a cookie reply has " + LENGTH + " bytes");
        }
    }

    /**
     * Creates a message.
     *
     * @param receiverIndex the sender index of the message to answer
     * @param nonce 24 random bytes
     * @param sealedCookie the cookie and its tag, 32 bytes
     */
    public CookieReplyMessage(int receiverIndex, byte[] nonce, byte[] sealedCookie) {
        this(new byte[LENGTH]);
        INT.set(bytes, 0, TYPE);
        INT.set(bytes, RECEIVER_OFFSET, receiverIndex);
        System.arraycopy(nonce, 0, bytes, NONCE_OFFSET, COOKIE_OFFSET - NONCE_OFFSET);
        System.arraycopy(sealedCookie, 0, bytes, COOKIE_OFFSET, LENGTH - COOKIE_OFFSET);
    }

    /**
     * Returns the receiver index, which is the sender index of the answered message.
     *
     * @return the index
     */
    public int receiverIndex() {
        return (int) INT.get(bytes, RECEIVER_OFFSET);
    }

    /**
     * Returns the nonce.
     *
     * @return a copy
     */
    public byte[] nonce() {
        return Arrays.copyOfRange(bytes, NONCE_OFFSET, COOKIE_OFFSET);
    }

    /**
     * Returns the encrypted cookie.
     *
     * @return a copy
     */
    public byte[] sealedCookie() {
        return Arrays.copyOfRange(bytes, COOKIE_OFFSET, LENGTH);
    }
}
