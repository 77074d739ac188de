// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The data from the peer that the application has not read, with the data behind gaps already in
 * its place, so that closing a gap moves nothing. Positions are those of the peer's stream: its
 * first byte is at 1, behind the SYN.
 *
 * <pre>
 *      read      end            ranges beyond a gap
 *       |  ready  |   gap  [=====]   gap  [==]        | end of the window
 * </pre>
 *
 * <p>Memory is bounded by the window, however small the segments are: 16 KiB for each 16 KiB of
 * window. The number of ranges is bounded by {@link #MAX_RANGES}.
 *
 * <p>One application thread reads, the stack's thread does the rest.
 */
final class ReceiveBuffer {
    /** The most ranges beyond gaps; segments that would make another one are dropped. */
    static final int MAX_RANGES = 256;

    private final ChunkRing ring;
    private volatile long read = 1;
    private volatile long end = 1;
    private volatile boolean finished;
    private volatile boolean peerFinished;
    private volatile boolean discarding;
    private boolean reading;
    private boolean discarded;

    /** null while there are no gaps. */
    private long[] from;

    private long[] to;

    /** When each range got its latest segment, as a running number. */
    private int[] stamp;

    private int ranges;
    private int latestStamp;

    ReceiveBuffer(BufferPool pool) {
        ring = new ChunkRing(pool);
    }

    /**
     * Any thread: takes bytes in order.
     *
     * @return how many; 0 if there is nothing yet; -1 at the end of the stream
     */
    int read(byte[] bytes, int offset, int length) {
        long begin;
        int taken;
        synchronized (this) {
            boolean last = finished; // before end: what came before the FIN is seen
            begin = read;
            taken = (int) Math.min(length, end - begin);
            if (discarded || discarding) {
                return -1;
            }
            if (taken == 0) {
                return last && length > 0 ? -1 : 0;
            }
            reading = true;
        }
        ring.get(begin, bytes, offset, taken);
        synchronized (this) {
            reading = false;
            if (discarded) {
                ring.releaseAll();
                return taken;
            }
            read = Math.max(read, begin + taken);
            if (begin >>> BufferPool.CHUNK_SHIFT != read >>> BufferPool.CHUNK_SHIFT) {
                ring.releaseBelow(read);
            }
        }
        return taken;
    }

    /** Any thread: returns how many bytes can be read now. */
    int available() {
        return discarding ? 0 : (int) (end - read);
    }

    /** Any thread: returns whether {@link #read} would return something else than 0. */
    boolean isReadable() {
        return finished || discarding || end > read;
    }

    /** The stack: returns the position behind the last byte in order. */
    long end() {
        return end;
    }

    /** Returns the position that the application reads next. */
    long readPosition() {
        return read;
    }

    /** The stack: returns whether there is data beyond a gap. */
    boolean hasGap() {
        return ranges > 0;
    }

    int ranges() {
        return ranges;
    }

    long rangeFrom(int index) {
        return from[index];
    }

    long rangeTo(int index) {
        return to[index];
    }

    /** The stack: returns the position behind all data, in order or not. */
    long highest() {
        return ranges > 0 ? to[ranges - 1] : end;
    }

    /** The stack: gives back the last chunk if everything was read. Call after the reader read. */
    void releaseIfIdle() {
        if (isReadWithMemory()) {
            synchronized (this) {
                if (!reading && read == end) {
                    ring.releaseAll();
                }
            }
        }
    }

    /**
     * The stack: the same for a connection that is idle, whose memory the pool need not keep.
     *
     * @return whether memory is still held, because there is something to read
     */
    boolean dropIfIdle() {
        if (isReadWithMemory()) {
            synchronized (this) {
                if (!reading && read == end) {
                    ring.dropAll();
                }
            }
        }
        return ring.holdsMemory();
    }

    private boolean isReadWithMemory() {
        return read == end && ranges == 0 && ring.holdsMemory();
    }

    /**
     * The stack: keeps data. Beyond the pool's budget a connection gets one chunk while its reader
     * has nothing left to read, so that each one goes on; the rest the peer must send again. Data
     * in order may be kept in part: {@link #end} tells how much.
     *
     * @param begin the position of the first byte, at or above {@link #end}
     * @param memory holds the bytes
     * @param at where they are
     * @param length their number, greater than 0
     * @return false if bytes were dropped: too many ranges, or no memory
     */
    boolean store(long begin, MemorySegment memory, long at, int length) {
        long behind = begin + length;
        if (begin == end) {
            if (discarding) {
                advance(behind);
                read = end;
                return true;
            }
            long there = ring.ensure(read, begin, behind, false);
            if (there == begin && read == begin) {
                long chunkEnd = (begin >>> BufferPool.CHUNK_SHIFT) + 1 << BufferPool.CHUNK_SHIFT;
                there = ring.ensure(begin, begin, Math.min(behind, chunkEnd), true);
            }
            if (there > begin) {
                ring.put(begin, memory, at, (int) (there - begin));
                advance(there);
            }
            return there == behind;
        }
        if (discarding) {
            return false; // only the order of the stream matters now
        }
        if (!addRange(begin, behind)) {
            return false;
        }
        ring.put(begin, memory, at, length);
        return true;
    }

    /** Moves the end, and over all ranges that it meets. */
    private void advance(long position) {
        int met = 0;
        while (met < ranges && from[met] <= position) {
            position = Math.max(position, to[met++]);
        }
        if (met > 0) {
            remove(0, met);
        }
        end = position;
    }

    private boolean addRange(long begin, long behind) {
        int first = firstEndingAtOrAbove(begin);
        int behindLast = first;
        while (behindLast < ranges && from[behindLast] <= behind) {
            behindLast++;
        }
        if (first == behindLast && ranges == MAX_RANGES) {
            return false;
        }
        if (ring.ensure(read, begin, behind, false) < behind) {
            return false; // a chunk that was taken is used by later segments, or given back then
        }
        latestStamp++;
        if (first < behindLast) {
            from[first] = Math.min(from[first], begin);
            to[first] = Math.max(to[behindLast - 1], behind);
            stamp[first] = latestStamp;
            remove(first + 1, behindLast);
        } else {
            insert(first, begin, behind);
        }
        return true;
    }

    private int firstEndingAtOrAbove(long position) {
        int low = 0;
        int high = ranges;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (to[middle] < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void insert(int index, long begin, long behind) {
        if (from == null) {
            from = new long[8];
            to = new long[8];
            stamp = new int[8];
        } else if (ranges == from.length) {
            from = Arrays.copyOf(from, 2 * ranges);
            to = Arrays.copyOf(to, 2 * ranges);
            stamp = Arrays.copyOf(stamp, 2 * ranges);
        }
        System.arraycopy(from, index, from, index + 1, ranges - index);
        System.arraycopy(to, index, to, index + 1, ranges - index);
        System.arraycopy(stamp, index, stamp, index + 1, ranges - index);
        from[index] = begin;
        to[index] = behind;
        stamp[index] = latestStamp;
        ranges++;
    }

    private void remove(int begin, int behind) {
        int rest = ranges - behind;
        if (begin < behind) {
            System.arraycopy(from, behind, from, begin, rest);
            System.arraycopy(to, behind, to, begin, rest);
            System.arraycopy(stamp, behind, stamp, begin, rest);
            ranges = begin + rest;
        }
        if (ranges == 0 && from != null && from.length > 8) {
            from = null; // an idle connection holds no memory
            to = null;
            stamp = null;
        }
    }

    /**
     * The stack: chooses the ranges for SACK, the latest first (RFC 2018 4).
     *
     * @param indexes receives their indexes
     * @param most how many are wanted
     * @return how many there are
     */
    int newest(int[] indexes, int most) {
        int count = 0;
        for (int i = 0; i < ranges; i++) {
            int place = count < most ? count++ : most;
            while (place > 0 && stamp[indexes[place - 1]] - stamp[i] < 0) {
                if (place < most) {
                    indexes[place] = indexes[place - 1];
                }
                place--;
            }
            if (place < most) {
                indexes[place] = i;
            }
        }
        return count;
    }

    /**
     * The stack: finds the part of a segment that is already here, for DSACK; -1 if there is none.
     */
    int overlapping(long begin, long behind) {
        int index = ranges == 0 ? 0 : firstEndingAtOrAbove(begin + 1);
        return index < ranges && from[index] < behind ? index : -1;
    }

    /** The stack: drops all data beyond gaps, which the peer must then send again. */
    void dropBeyondGaps() {
        if (ranges > 0) {
            remove(0, ranges);
            ring.releaseAbove(end);
        }
    }

    /** The stack: the peer's FIN came in order. */
    void peerFinished() {
        peerFinished = true;
        finished = true;
    }

    /** The stack: nothing more will come, because the connection is over. */
    void finish() {
        finished = true;
    }

    /** Any thread: returns whether the peer has finished its stream. */
    boolean isPeerFinished() {
        return peerFinished;
    }

    /** The stack: the application reads no more; what comes is taken and dropped. */
    void discardInput() {
        synchronized (this) {
            discarding = true;
            if (!reading) {
                ring.releaseAll();
            }
        }
        remove(0, ranges);
        read = end;
    }

    /**
     * The stack: gives all memory back; the connection is over and the application will not read.
     */
    void discard() {
        remove(0, ranges);
        synchronized (this) {
            discarded = true;
            if (!reading) {
                ring.releaseAll();
            }
        }
    }

    long heldBytes() {
        return ring.heldBytes();
    }
}
