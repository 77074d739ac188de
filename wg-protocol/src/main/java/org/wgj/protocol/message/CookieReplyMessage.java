// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Cookie reply, sent under load instead of doing a handshake's work (whitepaper 5.4.7).
 *
 * <pre>
 *   0    type = 3           4
 *   4    receiver index     4
 *   8    nonce             24
 *  32    cookie, sealed    32
 * </pre>
 *
 * @param bytes exactly {@link #LENGTH} of them; not copied
 */
public record CookieReplyMessage(byte[] bytes) {
    public static final int TYPE = 3;

    private static final int RECEIVER_OFFSET = 4;
    private static final int NONCE_OFFSET = RECEIVER_OFFSET + 4;
    private static final int COOKIE_OFFSET = NONCE_OFFSET + 24;

    public static final int LENGTH = COOKIE_OFFSET + 32;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    public CookieReplyMessage {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a cookie reply has " + LENGTH + " bytes");
        }
    }

    public CookieReplyMessage(int receiverIndex, byte[] nonce, byte[] sealedCookie) {
        this(new byte[LENGTH]);
        INT.set(bytes, 0, TYPE);
        INT.set(bytes, RECEIVER_OFFSET, receiverIndex);
        System.arraycopy(nonce, 0, bytes, NONCE_OFFSET, COOKIE_OFFSET - NONCE_OFFSET);
        System.arraycopy(sealedCookie, 0, bytes, COOKIE_OFFSET, LENGTH - COOKIE_OFFSET);
    }

    /** The sender index of the message that is answered. */
    public int receiverIndex() {
        return (int) INT.get(bytes, RECEIVER_OFFSET);
    }

    public byte[] nonce() {
        return Arrays.copyOfRange(bytes, NONCE_OFFSET, COOKIE_OFFSET);
    }

    public byte[] sealedCookie() {
        return Arrays.copyOfRange(bytes, COOKIE_OFFSET, LENGTH);
    }
}
