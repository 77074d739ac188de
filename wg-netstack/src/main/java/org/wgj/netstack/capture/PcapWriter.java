// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Writes packets to a pcap file: link type RAW (the packet begins with its IP header), times in
 * nanoseconds (draft-ietf-opsawg-pcap). The stack's thread copies each packet into memory and never
 * waits for the disk; a thread of the writer's own saves it. If the disk is slower than the
 * packets, or the file has its full size, packets are left out and counted.
 *
 * <pre>
 * packet() ──► chunk being filled ──► full chunks ──► writer thread ──► file
 *                     ▲                                    │
 *                     └──────────── empty chunks ◄─────────┘
 * </pre>
 */
public final class PcapWriter implements AutoCloseable {
    /** Enough for every packet that fits a datagram. */
    public static final int WHOLE_PACKETS = 65_535;

    /** The size at which a file gets no more packets, unless another is given: 4 GiB. */
    public static final long DEFAULT_MAX_FILE_BYTES = 4L << 30;

    static final int CHUNK_BYTES = 1 << 18;
    static final int CHUNKS = 16;
    static final int FILE_HEADER_BYTES = 24;
    static final int RECORD_HEADER_BYTES = 16;

    private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
    private static final int LINKTYPE_RAW = 101;

    /** A file that somebody reads while it grows is at most this old. */
    private static final long SAVE_MILLIS = 200;

    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A piece of the file. */
    private static final class Chunk {
        final ByteBuffer bytes =
                ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.nativeOrder());
        final MemorySegment memory = MemorySegment.ofBuffer(bytes);
    }

    private final int snapLength;
    private final long maxFileBytes;
    private final WritableByteChannel out;
    private final Thread writer;

    /** Wall-clock nanoseconds since 1970 when {@code nowNs} is 0. */
    private final long epochNs;

    // All below is guarded by this object, which is held for memory only.
    private final Queue<Chunk> empty = new ArrayDeque<>();
    private final Queue<Chunk> full = new ArrayDeque<>();
    private Chunk filling = new Chunk();
    private long fileBytes = FILE_HEADER_BYTES;
    private long packets;
    private long dropped;
    private IOException failure;
    private boolean closed;

    /**
     * Begins a capture of whole packets.
     *
     * @param path the file: it is made readable and writable for its owner only. An old file of
     *     this name is replaced; a FIFO or device is written to
     * @param nowNs the time of the stack now, to which wall-clock time is joined
     * @return the writer
     * @throws IOException if the file cannot be made
     */
    public static PcapWriter open(Path path, long nowNs) throws IOException {
        return open(path, WHOLE_PACKETS, DEFAULT_MAX_FILE_BYTES, nowNs);
    }

    /**
     * Begins a capture.
     *
     * @param path the file
     * @param snapLength how many bytes of each packet are kept, 1 to 65,535
     * @param maxFileBytes the size at which the file gets no more packets
     * @param nowNs the time of the stack now
     * @return the writer
     * @throws IOException if the file cannot be made
     * @throws IllegalArgumentException if the snap length is out of its range
     */
    public static PcapWriter open(Path path, int snapLength, long maxFileBytes, long nowNs)
            throws IOException {
        if (snapLength < 1 || snapLength > WHOLE_PACKETS) {
            throw new IllegalArgumentException("snap length " + snapLength);
        }
        return new PcapWriter(
                PrivateFile.create(path), snapLength, maxFileBytes, nowNs, Clock.systemUTC());
    }

    /** Owns the channel from now on. */
    PcapWriter(
            WritableByteChannel out, int snapLength, long maxFileBytes, long nowNs, Clock clock) {
        this.out = out;
        this.snapLength = snapLength;
        this.maxFileBytes = maxFileBytes;
        Instant now = clock.instant();
        epochNs = now.getEpochSecond() * NANOS + now.getNano() - nowNs;
        for (int i = 0; i < CHUNKS - 1; i++) {
            empty.add(new Chunk());
        }
        putFileHeader(filling.bytes);
        writer = Thread.ofPlatform().daemon().name("pcap").start(this::save);
    }

    private void putFileHeader(ByteBuffer to) {
        to.putInt(MAGIC_NANOSECONDS);
        to.putShort((short) 2).putShort((short) 4); // the version
        to.putInt(0).putInt(0); // times are UTC; their accuracy is unknown
        to.putInt(snapLength).putInt(LINKTYPE_RAW);
    }

    /**
     * Takes a packet. Any thread; it copies memory and does not wait for the disk. After the end of
     * the capture it does nothing.
     *
     * @param outgoing true if this stack sends it; the format has no place for that
     * @param memory holds the packet, until this method returns
     * @param at where it begins
     * @param length its length in bytes
     * @param nowNs the stack's time
     */
    public synchronized void packet(
            boolean outgoing, MemorySegment memory, long at, int length, long nowNs) {
        if (closed) {
            return;
        }
        int kept = Math.min(length, snapLength);
        int recordBytes = RECORD_HEADER_BYTES + kept;
        if (failure != null || fileBytes + recordBytes > maxFileBytes || !makeRoom(recordBytes)) {
            dropped++;
            return;
        }
        long timeNs = epochNs + nowNs;
        ByteBuffer to = filling.bytes;
        to.putInt((int) (timeNs / NANOS)).putInt((int) (timeNs % NANOS));
        to.putInt(kept).putInt(length);
        MemorySegment.copy(memory, at, filling.memory, to.position(), kept);
        to.position(to.position() + kept);
        fileBytes += recordBytes;
        packets++;
    }

    /** False if every chunk waits for the disk. */
    private boolean makeRoom(int bytes) {
        if (filling.bytes.remaining() >= bytes) {
            return true;
        }
        if (empty.isEmpty()) {
            return false;
        }
        full.add(filling);
        filling = empty.remove();
        notifyAll();
        return true;
    }

    private void save() {
        try (out) {
            for (Chunk chunk; (chunk = nextChunk()) != null; ) {
                chunk.bytes.flip();
                while (chunk.bytes.hasRemaining()) {
                    out.write(chunk.bytes);
                }
                chunk.bytes.clear();
                giveBack(chunk);
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    /** Waits for something to save; null at the end. */
    private synchronized Chunk nextChunk() {
        boolean isTime = false;
        while (full.isEmpty() && !closed && !isTime) {
            pause();
            isTime = filling.bytes.position() > 0;
        }
        if (!full.isEmpty()) {
            return full.remove();
        }
        if (filling.bytes.position() == 0) {
            return null; // closed
        }
        Chunk begun = filling;
        filling = empty.remove();
        return begun;
    }

    /** Until a chunk is full, the writer closes, or it is time to save what there is. */
    private void pause() {
        try {
            wait(SAVE_MILLIS);
        } catch (InterruptedException e) {
            closed = true; // only the end of the JVM interrupts this thread
        }
    }

    private synchronized void giveBack(Chunk chunk) {
        empty.add(chunk);
    }

    private synchronized void fail(IOException e) {
        failure = e;
        full.clear();
    }

    /**
     * Counts the packets taken.
     *
     * @return packets that are in the file or on their way there
     */
    public synchronized long packets() {
        return packets;
    }

    /**
     * Counts the packets left out, because the disk was too slow, failed, or the file was full.
     *
     * @return packets that are not in the file
     */
    public synchronized long dropped() {
        return dropped;
    }

    /**
     * Saves what was taken and closes the file. Waits for the disk. Later calls do nothing.
     *
     * @throws IOException if the file could not be written to its end
     */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (true) {
            try {
                writer.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (failure != null) {
                throw new IOException("the capture ended early: " + failure.getMessage(), failure);
            }
        }
    }
}
