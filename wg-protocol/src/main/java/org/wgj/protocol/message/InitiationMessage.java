// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

/**
 * Handshake initiation, the first message of a handshake (whitepaper 5.4.2).
 *
 * <pre>
 *   0    type = 1                          4
 *   4    sender index                      4
 *   8    ephemeral public key, in clear   32
 *  40    static public key, sealed        48
 *  88    timestamp, sealed                28
 * 116    mac1                             16
 * 132    mac2                             16
 * </pre>
 */
public final class InitiationMessage extends HandshakeMessage {
    public static final int TYPE = 1;

    private static final int EPHEMERAL_OFFSET = SENDER_OFFSET + 4;
    private static final int STATIC_OFFSET = EPHEMERAL_OFFSET + KEY_LENGTH;
    private static final int SEALED_STATIC_LENGTH = KEY_LENGTH + TAG_LENGTH;
    private static final int TIMESTAMP_OFFSET = STATIC_OFFSET + SEALED_STATIC_LENGTH;
    private static final int SEALED_TIMESTAMP_LENGTH = 12 + TAG_LENGTH;

    public static final int LENGTH = TIMESTAMP_OFFSET + SEALED_TIMESTAMP_LENGTH + 2 * MAC_LENGTH;

    /** Wraps a datagram classified as an initiation. */
    public InitiationMessage(byte[] bytes) {
        super(bytes, TYPE, LENGTH);
    }

    /** A new message without its MACs. */
    public InitiationMessage(
            int senderIndex, byte[] ephemeral, byte[] sealedStatic, byte[] sealedTimestamp) {
        this(blank(TYPE, LENGTH));
        INT.set(bytes, SENDER_OFFSET, senderIndex);
        System.arraycopy(ephemeral, 0, bytes, EPHEMERAL_OFFSET, KEY_LENGTH);
        System.arraycopy(sealedStatic, 0, bytes, STATIC_OFFSET, SEALED_STATIC_LENGTH);
        System.arraycopy(sealedTimestamp, 0, bytes, TIMESTAMP_OFFSET, SEALED_TIMESTAMP_LENGTH);
    }

    public byte[] ephemeral() {
        return copy(EPHEMERAL_OFFSET, KEY_LENGTH);
    }

    public byte[] sealedStatic() {
        return copy(STATIC_OFFSET, SEALED_STATIC_LENGTH);
    }

    public byte[] sealedTimestamp() {
        return copy(TIMESTAMP_OFFSET, SEALED_TIMESTAMP_LENGTH);
    }
}
