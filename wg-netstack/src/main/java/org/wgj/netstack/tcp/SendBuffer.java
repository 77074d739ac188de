// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.lang.foreign.MemorySegment;

/**
 * The data that the application wrote and the peer has not acknowledged. Positions are those of the
 * stream: the first byte is at 1, behind the SYN.
 *
 * <pre>
 *     acknowledged        end
 *          |  kept bytes   |  room  | limit
 * </pre>
 *
 * <p>One application thread writes, the stack's thread does the rest. The writer copies without a
 * lock; {@link #writing} keeps the stack from taking the memory away meanwhile.
 */
final class SendBuffer {
    /** The first size of a connection's buffer if the application chose no size. */
    static final int INITIAL = 64 * 1024;

    /** Room for so many bytes is worth waking a writer. */
    private static final int WORTH_WAKING = 128 * 1024;

    private final ChunkRing ring;
    private volatile int limit;
    private volatile long acknowledged = 1;
    private volatile long end = 1;
    private volatile boolean wanted;
    private volatile boolean closed;
    private boolean writing;
    private boolean discarded;

    SendBuffer(BufferPool pool, int limit) {
        ring = new ChunkRing(pool);
        this.limit = limit;
    }

    /** Any thread: takes bytes for the peer; returns how many, 0 if full or closed. */
    int write(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        long begin = end;
        int taken;
        synchronized (this) {
            int room = room();
            if (room < length) {
                wanted = true; // before the room is read again: the stack looks in the other order
                room = room();
            }
            taken = Math.min(room, length);
            if (closed || taken <= 0) {
                return 0;
            }
            long there = ring.ensure(acknowledged, begin, begin + taken, false);
            if (there == begin && begin == acknowledged) {
                // Without any memory of its own a connection would wait for ever: nothing wakes it.
                int least = Math.min(taken, BufferPool.CHUNK);
                there = ring.ensure(acknowledged, begin, begin + least, true);
            }
            if (there < begin + taken) {
                wanted = true;
                taken = (int) (there - begin);
                if (taken == 0) {
                    return 0;
                }
            }
            writing = true;
        }
        ring.put(begin, bytes, offset, taken);
        synchronized (this) {
            writing = false;
            if (closed) { // meanwhile; the FIN has its place already
                if (discarded || acknowledged == begin) {
                    ring.releaseAll();
                }
                return 0;
            }
            end = begin + taken;
        }
        return taken;
    }

    /** Any thread: returns how many bytes {@link #write} would take. */
    int room() {
        return closed ? 0 : (int) Math.max(0, limit - (end - acknowledged));
    }

    /** Returns the position behind the last byte written. */
    long end() {
        return end;
    }

    /** Returns how many bytes are not acknowledged. */
    int queued() {
        return (int) (end - acknowledged);
    }

    /** The stack: refuses further writes; the present data stays. Returns the final end. */
    synchronized long close() {
        closed = true; // a writer that copies right now finds its bytes refused
        return end;
    }

    boolean isClosed() {
        return closed;
    }

    /** The stack: copies bytes into a segment. */
    void copy(long from, MemorySegment target, long at, int length) {
        ring.get(from, target, at, length);
    }

    /** The stack: the peer has everything below a position. */
    void acknowledge(long position) {
        long before = acknowledged;
        long upTo = Math.min(position, end);
        if (upTo <= before) {
            return;
        }
        acknowledged = upTo;
        if (upTo == end) {
            synchronized (this) {
                if (!writing && upTo == end) {
                    ring.releaseAll(); // an idle connection holds no memory
                }
            }
        }
        if (before >>> BufferPool.CHUNK_SHIFT != upTo >>> BufferPool.CHUNK_SHIFT) {
            ring.releaseBelow(upTo);
        }
    }

    /**
     * The stack: returns whether the application waits for room and there is enough to be worth a
     * wake-up, and forgets that it waits. A third of a large buffer would be too much: on a long
     * path the rest is less than a window.
     */
    boolean takeWanted() {
        if (!wanted || closed || room() < Math.max(1, Math.min(limit / 3, WORTH_WAKING))) {
            return false;
        }
        wanted = false;
        return true;
    }

    int limit() {
        return limit;
    }

    /** The stack: sets the size; less than what is queued only stops new writes. */
    void setLimit(int bytes) {
        limit = bytes;
    }

    /** The stack: drops everything; the connection is over. */
    synchronized void discard() {
        closed = true;
        discarded = true;
        if (!writing) {
            ring.releaseAll();
        }
    }

    long heldBytes() {
        return ring.heldBytes();
    }
}
