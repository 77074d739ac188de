// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

/**
 * The handshake response, the second and last message of a handshake (whitepaper 5.4.3).
 *
 * <pre>
 *   0    type = 2                          4
 *   4    sender index                      4
 *   8    receiver index                    4
 *  12    ephemeral public key          32
 *  44    nothing, sealed                  16
 *  60    mac1                             16
 *  76    mac2                             16
 * </pre>
 */
public final class ResponseMessage extends HandshakeMessage {
    /** The message type. */
    public static final int TYPE = 2;

    static final int RECEIVER_OFFSET = SENDER_OFFSET + 4;
    private static final int EPHEMERAL_OFFSET = RECEIVER_OFFSET + 4;
    private static final int NOTHING_OFFSET = EPHEMERAL_OFFSET + KEY_LENGTH;

    /** The length of the message in bytes. */
    public static final int LENGTH = NOTHING_OFFSET + TAG_LENGTH + 2 * MAC_LENGTH;

    /**
     * Wraps a datagram classified as a response.
     *
     * @param bytes the datagram; not copied
     * @throws IllegalArgumentException if the type or the length is wrong
     */
    public ResponseMessage(byte[] bytes) {
        super(bytes, TYPE, LENGTH);
    }

    /**
     * Creates a message without MACs.
     *
     * @param senderIndex by which transport data address the sender
     * @param receiverIndex the sender index of the initiation
     * @param ephemeral the sender's ephemeral public key, 32 bytes
     * @param sealedNothing the tag of an empty text, 16 bytes
     */
    public ResponseMessage(
            int senderIndex, int receiverIndex, byte[] ephemeral, byte[] sealedNothing) {
        this(blank(TYPE, LENGTH));
        INT.set(bytes, SENDER_OFFSET, senderIndex);
        INT.set(bytes, RECEIVER_OFFSET, receiverIndex);
        System.arraycopy(ephemeral, 0, bytes, EPHEMERAL_OFFSET, KEY_LENGTH);
        System.arraycopy(sealedNothing, 0, bytes, NOTHING_OFFSET, TAG_LENGTH);
    }

    /**
     * Returns the receiver index, which is the sender index of the initiation.
     *
     * @return the index
     */
    public int receiverIndex() {
        return (int) INT.get(bytes, RECEIVER_OFFSET);
    }

    /**
     * Returns the sender's ephemeral public key.
     *
     * @return a copy
     */
    public byte[] ephemeral() {
        return copy(EPHEMERAL_OFFSET, KEY_LENGTH);
    }

    /**
     * Returns the tag of the empty text.
     *
     * @return a copy
     */
    public byte[] sealedNothing() {
        return copy(NOTHING_OFFSET, TAG_LENGTH);
    }
}
