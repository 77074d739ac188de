// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import java.util.random.RandomGenerator;

/**
 * The handshake initiation, the first message of a handshake (whitepaper 5.4.2).
 *
 * <pre>
 *   0    type = 1                          4
 *   4    sender index                      4
 *   8    ephemeral public key          32
 *  40    static public key, sealed        48
 *  88    timestamp, sealed                28
 * 116    mac1                             16
 * 132    mac2                             16
 * </pre>
 */
public final class InitiationMessage extends HandshakeMessage {
    /** The message type. */
    public static final int TYPE = 1;

    private static final int EPHEMERAL_OFFSET = SENDER_OFFSET + 4;
    private static final int STATIC_OFFSET = EPHEMERAL_OFFSET + KEY_LENGTH;
    private static final int SEALED_STATIC_LENGTH = KEY_LENGTH + TAG_LENGTH;
    private static final int TIMESTAMP_OFFSET = STATIC_OFFSET + SEALED_STATIC_LENGTH;
    private static final int SEALED_TIMESTAMP_LENGTH = 12 + TAG_LENGTH;

    /** The length of the message in bytes. */
    public static final int LENGTH = TIMESTAMP_OFFSET + SEALED_TIMESTAMP_LENGTH + 2 * MAC_LENGTH;

    /**
     * Wraps a datagram classified as an initiation.
     *
     * @param bytes the datagram; not copied
     * @throws IllegalArgumentException if the type or the length is wrong
     */
    public InitiationMessage(byte[] bytes) {
        super(bytes, TYPE, LENGTH);
    }

    /**
     * Creates a message without MACs.
     *
     * @param senderIndex by which the response addresses the sender
     * @param ephemeral the sender's ephemeral public key, 32 bytes
     * @param sealedStatic the sender's encrypted static public key and its tag, 48 bytes
     * @param sealedTimestamp the encrypted timestamp and its tag, 28 bytes
     */
    public InitiationMessage(
            int senderIndex, byte[] ephemeral, byte[] sealedStatic, byte[] sealedTimestamp) {
        this(blank(TYPE, LENGTH));
        INT.set(bytes, SENDER_OFFSET, senderIndex);
        System.arraycopy(ephemeral, 0, bytes, EPHEMERAL_OFFSET, KEY_LENGTH);
        System.arraycopy(sealedStatic, 0, bytes, STATIC_OFFSET, SEALED_STATIC_LENGTH);
        System.arraycopy(sealedTimestamp, 0, bytes, TIMESTAMP_OFFSET, SEALED_TIMESTAMP_LENGTH);
    }

    /**
     * Creates a message that has the right type and length, and nothing else right.
     *
     * @param random fills it
     * @return a message without MACs
     */
    public static InitiationMessage withRandomContents(RandomGenerator random) {
        byte[] bytes = new byte[LENGTH];
        random.nextBytes(bytes);
        INT.set(bytes, 0, TYPE);
        return new InitiationMessage(bytes);
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
     * Returns the encrypted static public key.
     *
     * @return a copy
     */
    public byte[] sealedStatic() {
        return copy(STATIC_OFFSET, SEALED_STATIC_LENGTH);
    }

    /**
     * Returns the encrypted timestamp.
     *
     * @return a copy
     */
    public byte[] sealedTimestamp() {
        return copy(TIMESTAMP_OFFSET, SEALED_TIMESTAMP_LENGTH);
    }
}
