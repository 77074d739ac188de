// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Reading and writing of segments, with hostile headers and options. */
class TcpSegmentTest {
    private final TcpSegment segment = new TcpSegment();

    private static IncomingPacket packet(byte[] bytes, boolean checksum) {
        IncomingPacket packet = new IncomingPacket();
        packet.memory = MemorySegment.ofArray(bytes);
        packet.protocol = 6;
        packet.sourceLow = 0x0a000001L;
        packet.destinationLow = 0x0a000002L;
        packet.transportLength = bytes.length;
        if (checksum && bytes.length >= 20) {
            bytes[16] = 0;
            bytes[17] = 0;
            TcpSegment.writeChecksum(
                    packet.memory, 0, bytes.length, IpHeader.pseudoHeaderSum(packet));
        }
        return packet;
    }

    /** A segment from port 1 to port 2 with these options and no data. */
    private static byte[] bytes(int flags, int... options) {
        int padded = (options.length + 3) / 4 * 4;
        byte[] bytes = new byte[20 + padded];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        TcpSegment.writeHeader(memory, 0, 1, 2, 3, 4, flags, 5, padded);
        for (int i = 0; i < options.length; i++) {
            bytes[20 + i] = (byte) options[i];
        }
        return bytes;
    }

    private boolean read(int flags, int... options) {
        return segment.read(packet(bytes(flags, options), true));
    }

    @Test
    void readsWhatWasWritten() {
        byte[] bytes = new byte[20 + 4 + 4 + 12 + 4 + 9];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        TcpSegment.writeHeader(
                memory, 0, 65535, 443, -2, 0x80000000, TcpSegment.SYN | TcpSegment.PSH, 65535, 24);
        int at = 20;
        at += TcpSegment.writeMss(memory, at, 1380);
        at += TcpSegment.writeSackPermitted(memory, at);
        at += TcpSegment.writeTimestamps(memory, at, -5, 7);
        at += TcpSegment.writeWindowScale(memory, at, 14);
        assertEquals(44, at);
        assertTrue(segment.read(packet(bytes, true)));
        assertEquals(65535, segment.sourcePort);
        assertEquals(443, segment.destinationPort);
        assertEquals(-2, segment.sequence);
        assertEquals(0x80000000, segment.acknowledgment);
        assertTrue(segment.has(TcpSegment.SYN));
        assertFalse(segment.has(TcpSegment.FIN));
        assertEquals(65535, segment.window);
        assertEquals(1380, segment.mss);
        assertTrue(segment.sackPermitted);
        assertTrue(segment.timestamps);
        assertEquals(-5, segment.timestamp);
        assertEquals(7, segment.timestampEcho);
        assertEquals(14, segment.windowScale);
        assertEquals(9, segment.dataLength);
        assertEquals(44, segment.data);
        assertEquals(10, segment.length(), "the SYN counts");
    }

    @Test
    void readsSackBlocksAsTheyAre() {
        byte[] bytes = new byte[20 + 12 + 28];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        TcpSegment.writeHeader(memory, 0, 1, 2, 3, 4, TcpSegment.ACK, 5, 40);
        int at = 20;
        at += TcpSegment.writeTimestamps(memory, at, 1, 2);
        at += TcpSegment.writeSackHead(memory, at, 3);
        at += TcpSegment.writeSackBlock(memory, at, 10, 20);
        at += TcpSegment.writeSackBlock(memory, at, 40, 30);
        at += TcpSegment.writeSackBlock(memory, at, -1, 1);
        assertEquals(60, at);
        assertEquals(28, TcpSegment.sackLength(3));
        assertEquals(0, TcpSegment.sackLength(0));
        assertTrue(segment.read(packet(bytes, true)));
        assertTrue(segment.timestamps);
        assertEquals(3, segment.sackBlocks);
        assertEquals(40, segment.sackLeft[1], "an inverted block is the reader's affair");
        assertEquals(30, segment.sackRight[1]);
        assertEquals(-1, segment.sackLeft[2]);
    }

    @Test
    void refusesBrokenHeaders() {
        for (int length = 0; length < 20; length++) {
            assertFalse(segment.read(packet(new byte[length], false)), length + " bytes");
        }
        for (int words = 0; words < 16; words++) {
            byte[] bytes = bytes(TcpSegment.ACK, 1, 1, 1, 1);
            bytes[12] = (byte) (words << 4);
            boolean good = words == 5 || words == 6;
            assertEquals(good, segment.read(packet(bytes, true)), words + " words");
        }
        byte[] noSource = bytes(TcpSegment.SYN);
        noSource[1] = 0;
        assertFalse(segment.read(packet(noSource, true)));
        byte[] noDestination = bytes(TcpSegment.SYN);
        noDestination[3] = 0;
        assertFalse(segment.read(packet(noDestination, true)));
    }

    @Test
    void anyFlippedBitIsNoticed() {
        byte[] bytes = bytes(TcpSegment.ACK, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8);
        IncomingPacket packet = packet(bytes, true);
        assertTrue(segment.read(packet));
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertFalse(segment.read(packet), "bit " + bit);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
        packet.sourceLow ^= 1;
        assertFalse(segment.read(packet), "the addresses count");
    }

    @Test
    void hostileOptionsAreIgnoredWithoutHarm() {
        assertTrue(read(TcpSegment.SYN, 2, 0, 5, 5));
        assertEquals(-1, segment.mss, "length 0");
        assertTrue(read(TcpSegment.SYN, 2, 1, 5, 5));
        assertEquals(-1, segment.mss, "length 1");
        assertTrue(read(TcpSegment.SYN, 2, 5, 5, 5));
        assertEquals(-1, segment.mss, "past the end");
        assertTrue(read(TcpSegment.SYN, 1, 1, 1, 2));
        assertEquals(-1, segment.mss, "no room for a length");
        assertTrue(read(TcpSegment.SYN, 2, 3, 5, 1));
        assertEquals(-1, segment.mss, "a wrong length");
        assertTrue(read(TcpSegment.SYN, 2, 4, 0, 0));
        assertEquals(-1, segment.mss, "MSS 0 says nothing");
        assertTrue(read(TcpSegment.SYN, 2, 4, 0, 1));
        assertEquals(1, segment.mss);
        assertTrue(read(TcpSegment.SYN, 0, 2, 4, 5, 5, 0, 0, 0));
        assertEquals(-1, segment.mss, "behind the end of options");
        assertTrue(read(TcpSegment.SYN, 99, 4, 0, 0, 2, 4, 5, 0));
        assertEquals(0x500, segment.mss, "an unknown option is skipped");
        assertTrue(read(TcpSegment.SYN, 3, 3, 255, 0));
        assertEquals(14, segment.windowScale, "RFC 7323 2.3");
        assertTrue(read(TcpSegment.ACK, 3, 3, 7, 0, 2, 4, 5, 0, 4, 2, 0, 0));
        assertEquals(-1, segment.windowScale, "only on a SYN");
        assertEquals(-1, segment.mss);
        assertFalse(segment.sackPermitted);
        assertTrue(read(TcpSegment.ACK, 5, 2, 1, 1));
        assertEquals(0, segment.sackBlocks, "SACK without a block");
        assertTrue(read(TcpSegment.ACK, 5, 9, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0));
        assertEquals(0, segment.sackBlocks, "a part of a block");
        assertTrue(read(TcpSegment.ACK, 8, 9, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0));
        assertFalse(segment.timestamps);
        assertTrue(read(TcpSegment.ACK, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1));
        assertTrue(segment.timestamps, "not aligned as we do it");
        assertEquals(2, segment.timestampEcho);
    }

    @Test
    void nothingIsLeftFromTheSegmentBefore() {
        read(TcpSegment.SYN, 2, 4, 5, 0, 4, 2, 1, 1, 3, 3, 7, 1);
        assertTrue(read(TcpSegment.SYN));
        assertEquals(-1, segment.mss);
        assertEquals(-1, segment.windowScale);
        assertFalse(segment.sackPermitted);
        assertFalse(segment.timestamps);
    }

    @Test
    void randomBytesNeverThrow() {
        SplittableRandom random = new SplittableRandom(11);
        int good = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(90)];
            random.nextBytes(bytes);
            if (bytes.length > 20 && random.nextBoolean()) {
                bytes[12] = (byte) (random.nextInt(5, 1 + bytes.length / 4) << 4);
            }
            if (segment.read(packet(bytes, true))) {
                good++;
                assertTrue(segment.data + segment.dataLength == bytes.length);
            }
        }
        assertTrue(good > 10_000, good + " were good");
    }
}
