// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Reads the types, indices and MACs of messages that lie in a slab (whitepaper 5.4). */
class MessageTypeTest {
    private static final int OFFSET = 5; // nothing is aligned in a slab
    private static final int SENDER = 0x8081_8283;
    private static final int RECEIVER = 0x9091_9293;

    private static MemorySegment slab(byte[] message) {
        MemorySegment slab = MemorySegment.ofArray(new byte[OFFSET + message.length]);
        slab.fill((byte) 0xa5);
        MemorySegment.copy(MemorySegment.ofArray(message), 0, slab, OFFSET, message.length);
        return slab;
    }

    private static MessageType typeOf(byte[] message) {
        return MessageType.of(slab(message), OFFSET, message.length);
    }

    @Test
    void anInitiationHasASenderAndNoReceiver() {
        byte[] bytes =
                new InitiationMessage(SENDER, new byte[32], new byte[48], new byte[28]).bytes();
        assertEquals(148, bytes.length);
        assertEquals(148, HandshakeMessage.MAX_LENGTH);
        assertEquals(116, HandshakeMessage.mac1Offset(bytes.length));
        assertEquals(MessageType.INITIATION, typeOf(bytes));
        assertEquals(SENDER, HandshakeMessage.senderIndex(slab(bytes), OFFSET));
        assertThrows(
                IllegalStateException.class,
                () -> MessageType.INITIATION.receiverIndex(slab(bytes), OFFSET));
    }

    @Test
    void aResponseHasASenderAndAReceiver() {
        byte[] bytes = new ResponseMessage(SENDER, RECEIVER, new byte[32], new byte[16]).bytes();
        assertEquals(92, bytes.length);
        assertEquals(60, HandshakeMessage.mac1Offset(bytes.length));
        assertEquals(MessageType.RESPONSE, typeOf(bytes));
        assertEquals(SENDER, HandshakeMessage.senderIndex(slab(bytes), OFFSET));
        assertEquals(RECEIVER, MessageType.RESPONSE.receiverIndex(slab(bytes), OFFSET));
    }

    @Test
    void aCookieReplyAndTransportDataHaveAReceiver() {
        byte[] reply = new CookieReplyMessage(RECEIVER, new byte[24], new byte[32]).bytes();
        assertEquals(64, reply.length);
        assertEquals(MessageType.COOKIE_REPLY, typeOf(reply));
        assertEquals(RECEIVER, MessageType.COOKIE_REPLY.receiverIndex(slab(reply), OFFSET));

        byte[] data = new byte[32];
        TransportMessage.writeHeader(MemorySegment.ofArray(data), 0, RECEIVER, 7);
        assertEquals(MessageType.TRANSPORT_DATA, typeOf(data));
        assertEquals(RECEIVER, MessageType.TRANSPORT_DATA.receiverIndex(slab(data), OFFSET));
    }

    @Test
    void aWrongLengthOrAReservedByteIsInvalid() {
        assertEquals(MessageType.INVALID, typeOf(new byte[0]));
        assertEquals(MessageType.INVALID, typeOf(new byte[31]));
        byte[] reply = new CookieReplyMessage(RECEIVER, new byte[24], new byte[32]).bytes();
        assertEquals(MessageType.INVALID, typeOf(Arrays.copyOf(reply, 65)));
        reply[3] = 1;
        assertEquals(MessageType.INVALID, typeOf(reply));
        assertThrows(
                IllegalStateException.class,
                () -> MessageType.INVALID.receiverIndex(slab(reply), OFFSET));
    }
}
