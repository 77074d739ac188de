// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.tun.offload.BigEndian;

import java.lang.foreign.MemorySegment;

/**
 * Packets that wait for the tunnel to take them: a ring of bytes that grows up to a limit. A packet
 * that does not fit is refused, so a slow tunnel costs packets and no memory. Owned by the stack's
 * thread.
 *
 * <pre>{@code
 * long at = queue.begin(length);
 * if (at >= 0) {
 *     // write the packet to queue.memory() from at on
 *     queue.commit(length);
 * }
 * }</pre>
 */
public final class OutgoingQueue {
    private static final int FIRST_SIZE = 2 << 10;
    private static final int LENGTH_FIELD = 4;

    private final int limit;
    private MemorySegment ring = MemorySegment.ofArray(new byte[0]);
    private int capacity;
    private int head; // the first record
    private int tail; // where the next record goes
    private int end; // where the upper part ends, if the tail is below the head
    private int count;

    // The state that rollback restores.
    private int markedTail;
    private int markedEnd;
    private int markedCount;

    /**
     * Makes an empty queue without memory.
     *
     * @param limit how many bytes may wait, at least 128 KiB so that the longest packet fits
     */
    public OutgoingQueue(int limit) {
        this.limit = limit;
    }

    /**
     * Returns whether nothing waits.
     *
     * @return true if there is no packet
     */
    public boolean isEmpty() {
        return count == 0;
    }

    /**
     * Returns how many packets wait.
     *
     * @return their number
     */
    public int count() {
        return count;
    }

    /** Returns how many bytes of memory the ring has. */
    int capacity() {
        return capacity;
    }

    /**
     * Returns the ring's memory, which changes when the ring grows.
     *
     * @return what the offset of the last {@link #begin} refers to
     */
    public MemorySegment memory() {
        return ring;
    }

    /**
     * Makes room for a packet.
     *
     * @param length its length in bytes
     * @return where to write it; -1 if the queue is full
     */
    public long begin(int length) {
        int need = record(length);
        while (!place(need)) {
            if (capacity >= limit) {
                return -1;
            }
            grow();
        }
        return tail + LENGTH_FIELD;
    }

    /** Moves the tail to a place with room for a record; false if no place has room. */
    private boolean place(int need) {
        if (count == 0) {
            head = 0;
            tail = 0;
        }
        if (count > 0 && tail <= head) {
            return head - tail >= need;
        }
        if (capacity - tail >= need) {
            return true;
        }
        if (count == 0 || head < need) {
            return false;
        }
        end = tail;
        tail = 0;
        return true;
    }

    /**
     * Adds the packet that was written where the last {@link #begin} said.
     *
     * @param length as there
     */
    public void commit(int length) {
        BigEndian.set32(ring, tail, length);
        tail += record(length);
        count++;
    }

    /** Remembers the queue's end, for {@link #rollback}. */
    void mark() {
        markedTail = tail;
        markedEnd = end;
        markedCount = count;
    }

    /**
     * Takes back what was added since {@link #mark}. The caller must have taken nothing meanwhile.
     */
    void rollback() {
        tail = markedTail;
        end = markedEnd;
        count = markedCount;
    }

    private void grow() {
        int larger = Math.min(limit, Math.max(FIRST_SIZE, 2 * capacity));
        MemorySegment copy = MemorySegment.ofArray(new byte[larger]);
        boolean wrapped = count > 0 && tail <= head;
        int upper = count == 0 ? 0 : (wrapped ? end : tail) - head;
        int lower = wrapped ? tail : 0;
        MemorySegment.copy(ring, head, copy, 0, upper);
        MemorySegment.copy(ring, 0, copy, upper, lower);
        markedTail = wrapped && markedTail <= head ? upper + markedTail : markedTail - head;
        ring = copy;
        capacity = larger;
        head = 0;
        tail = upper + lower;
    }

    /**
     * Moves the first packet into a batch.
     *
     * @param out the batch
     * @return false if the batch is full; then the packet stays
     */
    public boolean moveFirst(OutgoingBatch out) {
        int length = firstLength();
        long at = out.begin(length);
        if (at < 0) {
            return false;
        }
        MemorySegment.copy(ring, head + LENGTH_FIELD, out.memory(), at, length);
        out.commit(length);
        removeFirst();
        return true;
    }

    /**
     * Returns the length of the first packet; there must be one.
     *
     * @return in bytes
     */
    public int firstLength() {
        if (count > 0 && tail <= head && head == end) {
            head = 0;
        }
        return BigEndian.get32(ring, head);
    }

    /**
     * Returns where the first packet begins in {@link #memory}; there must be one.
     *
     * @return an offset
     */
    public long first() {
        firstLength();
        return head + LENGTH_FIELD;
    }

    /** Removes the first packet. */
    public void removeFirst() {
        head += record(firstLength());
        count--;
    }

    /** Removes all packets and gives the memory back. */
    public void clear() {
        ring = MemorySegment.ofArray(new byte[0]);
        capacity = 0;
        count = 0;
        head = 0;
        tail = 0;
    }

    private static int record(int length) {
        return LENGTH_FIELD + (length + 3 & -4);
    }
}
