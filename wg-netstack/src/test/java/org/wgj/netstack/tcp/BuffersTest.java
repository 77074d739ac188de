// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/** The memory of connections: pool, send buffer and receive buffer beside simple twins. */
class BuffersTest {
    private final BufferPool pool = new BufferPool(64 << 20, true);

    @Test
    void poolKeepsItsBudgetExceptByForce() {
        BufferPool small = new BufferPool(3 * BufferPool.CHUNK);
        byte[] first = small.take(false);
        assertEquals(BufferPool.CHUNK, first.length);
        small.take(false);
        assertFalse(small.isOverdrawn());
        small.take(false);
        assertTrue(small.isOverdrawn());
        assertNull(small.take(false));
        small.take(true);
        assertEquals(4L * BufferPool.CHUNK, small.used());
        small.give(first);
        assertTrue(small.isOverdrawn());
    }

    /** A connection that still used such memory would read nonsense, and is noticed in any test. */
    @Test
    void chunksThatAreGivenBackArePoisonedAndNotTakenTwice() {
        byte[] chunk = pool.take(false);
        pool.give(chunk);
        for (byte each : chunk) {
            assertEquals((byte) 0xa5, each);
        }
        assertThrows(IllegalStateException.class, () -> pool.give(chunk));
        assertThrows(IllegalStateException.class, () -> pool.give(new byte[BufferPool.CHUNK]));
        assertSame(chunk, pool.take(false));
        assertNotSame(chunk, pool.take(false));
        assertEquals(2L * BufferPool.CHUNK, pool.used());
    }

    /** Data that arrives in any order, with overlaps, comes out once and in order. */
    @Test
    void receiveBufferEqualsItsTwin() {
        SplittableRandom random = new SplittableRandom(42);
        for (int round = 0; round < 60; round++) {
            ReceiveBuffer buffer = new ReceiveBuffer(pool);
            byte[] stream = new byte[200_000];
            random.nextBytes(stream);
            BitSet known = new BitSet();
            byte[] out = new byte[stream.length];
            int read = 0;
            int window = 1 + random.nextInt(100_000);
            for (int step = 0; step < 4000 && read < stream.length; step++) {
                long end = buffer.end();
                assertEquals(known.nextClearBit(0) + 1, end);
                long begin =
                        random.nextInt(3) == 0
                                ? end
                                : end
                                        + random.nextInt(
                                                Math.max(1, window - (int) (end - 1 - read)));
                int length = 1 + random.nextInt(3000);
                length = (int) Math.min(length, Math.min(read + window, stream.length) + 1 - begin);
                if (length > 0) {
                    int from = (int) begin - 1;
                    boolean kept = buffer.store(begin, MemorySegment.ofArray(stream), from, length);
                    if (kept) {
                        known.set(from, from + length);
                    } else {
                        assertEquals(ReceiveBuffer.MAX_RANGES, buffer.ranges());
                    }
                }
                if (random.nextInt(4) == 0) {
                    int taken = buffer.read(out, read, random.nextInt(5000));
                    read += taken;
                    buffer.releaseIfIdle();
                }
                if (random.nextInt(500) == 0) {
                    buffer.dropBeyondGaps();
                    known.clear((int) buffer.end() - 1, stream.length);
                }
                assertEquals((int) buffer.end() - 1 - read, buffer.available());
                assertEquals(ranges(known, (int) buffer.end() - 1), buffer.ranges());
                assertTrue(
                        buffer.heldBytes() <= window + 2L * BufferPool.CHUNK,
                        "memory stays in the window");
            }
            assertArrayEquals(Arrays.copyOf(stream, read), Arrays.copyOf(out, read));
            buffer.discard();
            assertEquals(0, pool.used());
        }
    }

    private static int ranges(BitSet known, int from) {
        int count = 0;
        for (int i = known.nextSetBit(from); i >= 0; i = known.nextSetBit(known.nextClearBit(i))) {
            count++;
        }
        return count;
    }

    @Test
    void newestRangesComeFirst() {
        ReceiveBuffer buffer = new ReceiveBuffer(pool);
        MemorySegment bytes = MemorySegment.ofArray(new byte[10]);
        int[] order = {500, 100, 900, 300, 700};
        for (int from : order) {
            buffer.store(from, bytes, 0, 10);
        }
        int[] indexes = new int[4];
        assertEquals(3, buffer.newest(indexes, 3));
        assertEquals(700, buffer.rangeFrom(indexes[0]));
        assertEquals(300, buffer.rangeFrom(indexes[1]));
        assertEquals(900, buffer.rangeFrom(indexes[2]));
        buffer.store(110, bytes, 0, 5);
        assertEquals(4, buffer.newest(indexes, 4));
        assertEquals(100, buffer.rangeFrom(indexes[0]), "it grew last");
        assertEquals(0, buffer.newest(indexes, 0));
        assertEquals(-1, buffer.overlapping(115, 300));
        assertEquals(0, buffer.overlapping(114, 200));
    }

    @Test
    void overBudgetAReaderGetsOneChunkAtATime() {
        // Data in order gets memory beyond the budget, but no more than a reader needs to go on:
        // otherwise many readers that sleep would hold a whole window each.
        BufferPool none = new BufferPool(0);
        ReceiveBuffer buffer = new ReceiveBuffer(none);
        MemorySegment bytes = MemorySegment.ofArray(new byte[2 * BufferPool.CHUNK]);
        assertFalse(buffer.store(5, bytes, 0, 10));
        assertTrue(buffer.store(1, bytes, 0, 10));
        assertEquals(10, buffer.available());
        assertEquals(0, buffer.ranges());
        assertFalse(buffer.store(11, bytes, 0, BufferPool.CHUNK));
        assertEquals(BufferPool.CHUNK, buffer.end(), "what fits in the chunk is kept");
        assertFalse(buffer.store(BufferPool.CHUNK, bytes, 0, 10));
        assertEquals(BufferPool.CHUNK, none.used());
        byte[] out = new byte[2 * BufferPool.CHUNK];
        assertEquals(BufferPool.CHUNK - 2, buffer.read(out, 0, BufferPool.CHUNK - 2));
        assertFalse(buffer.store(BufferPool.CHUNK, bytes, 0, 10), "a byte waits");
        assertEquals(1, buffer.read(out, 0, 10));
        assertFalse(buffer.store(BufferPool.CHUNK, bytes, 0, 2 * BufferPool.CHUNK));
        assertEquals(2 * BufferPool.CHUNK, buffer.end(), "the next chunk and no more");
        assertEquals(BufferPool.CHUNK, none.used());
        buffer.discard();
        assertEquals(0, none.used());
    }

    @Test
    void sendBufferEqualsItsTwin() {
        SplittableRandom random = new SplittableRandom(4);
        byte[] stream = new byte[3_000_000];
        random.nextBytes(stream);
        SendBuffer buffer = new SendBuffer(pool, 50_000);
        int written = 0;
        long acknowledged = 1;
        byte[] segment = new byte[1500];
        while (acknowledged <= stream.length) {
            int length = Math.min(random.nextInt(30_000), stream.length - written);
            int room = buffer.room();
            int taken = buffer.write(stream, written, length);
            assertEquals(Math.min(length, room), taken);
            written += taken;
            if (buffer.queued() > 0) {
                long from = acknowledged + random.nextInt(buffer.queued());
                int part = (int) Math.min(segment.length, buffer.end() - from);
                buffer.copy(from, MemorySegment.ofArray(segment), 0, part);
                assertArrayEquals(
                        Arrays.copyOfRange(stream, (int) from - 1, (int) from - 1 + part),
                        Arrays.copyOf(segment, part));
                acknowledged += random.nextInt(buffer.queued() + 1);
                buffer.acknowledge(acknowledged);
            }
            assertTrue(buffer.heldBytes() <= buffer.queued() + 2L * BufferPool.CHUNK);
        }
        assertEquals(0, buffer.heldBytes());
        assertEquals(0, pool.used());
    }

    @Test
    void writerIsToldOnceThereIsRoom() {
        SendBuffer buffer = new SendBuffer(pool, 300);
        assertEquals(200, buffer.write(new byte[200], 0, 200));
        buffer.acknowledge(201);
        assertFalse(buffer.takeWanted(), "nobody waits");
        assertEquals(300, buffer.write(new byte[400], 0, 400));
        assertEquals(0, buffer.write(new byte[1], 0, 1));
        buffer.acknowledge(250);
        assertFalse(buffer.takeWanted(), "less than a third");
        buffer.acknowledge(301);
        assertTrue(buffer.takeWanted());
        assertFalse(buffer.takeWanted(), "told once");
    }

    @Test
    void withoutBudgetOneChunkCanStillBeWritten() {
        SendBuffer buffer = new SendBuffer(new BufferPool(0), 100_000);
        assertEquals(BufferPool.CHUNK, buffer.write(new byte[50_000], 0, 50_000));
        assertEquals(BufferPool.CHUNK - 1, buffer.write(new byte[50_000], 0, 50_000));
        assertEquals(0, buffer.write(new byte[50_000], 0, 50_000));
        buffer.acknowledge(buffer.end());
        assertTrue(buffer.takeWanted());
        assertEquals(BufferPool.CHUNK, buffer.write(new byte[50_000], 0, 50_000));
    }

    @Test
    void nothingIsTakenAfterTheEnd() {
        SendBuffer buffer = new SendBuffer(pool, 1000);
        buffer.write(new byte[10], 0, 10);
        assertEquals(11, buffer.close());
        assertEquals(0, buffer.write(new byte[10], 0, 10));
        assertEquals(0, buffer.room());
        buffer.acknowledge(11);
        assertEquals(0, pool.used());
    }

    /** A writer and a reader thread against the stack's thread, until the bytes are through. */
    @Test
    void threadsSeeTheSameBytes() throws InterruptedException {
        int total = 20_000_000;
        SendBuffer send = new SendBuffer(pool, 100_000);
        ReceiveBuffer receive = new ReceiveBuffer(pool);
        Thread writer =
                new Thread(
                        () -> {
                            byte[] bytes = new byte[7001];
                            int done = 0;
                            while (done < total) {
                                int length = Math.min(bytes.length, total - done);
                                for (int i = 0; i < length; i++) {
                                    bytes[i] = (byte) ((done + i) * 31 >> 3);
                                }
                                int taken = send.write(bytes, 0, length);
                                done += taken;
                                if (taken == 0) {
                                    Thread.yield();
                                }
                            }
                        });
        int[] wrong = {0};
        Thread reader =
                new Thread(
                        () -> {
                            byte[] bytes = new byte[5003];
                            int done = 0;
                            int taken;
                            while ((taken = receive.read(bytes, 0, bytes.length)) >= 0) {
                                for (int i = 0; i < taken; i++) {
                                    if (bytes[i] != (byte) ((done + i) * 31 >> 3)) {
                                        wrong[0]++;
                                    }
                                }
                                done += taken;
                                if (taken == 0) {
                                    Thread.yield();
                                }
                            }
                            wrong[0] += total - done;
                        });
        writer.start();
        reader.start();
        MemorySegment slab = MemorySegment.ofArray(new byte[1500]);
        long position = 1;
        while (position <= total) {
            int length = (int) Math.min(1400, send.end() - position);
            if (length == 0 || receive.available() > 200_000) {
                receive.releaseIfIdle();
                Thread.yield();
                continue;
            }
            send.copy(position, slab, 0, length);
            receive.store(position, slab, 0, length);
            position += length;
            send.acknowledge(position);
        }
        receive.finish();
        writer.join();
        reader.join();
        assertEquals(0, wrong[0]);
        receive.releaseIfIdle();
        assertEquals(0, pool.used());
        assertEquals(0, slab.get(ValueLayout.JAVA_BYTE, 1499), "never written so far");
    }
}
