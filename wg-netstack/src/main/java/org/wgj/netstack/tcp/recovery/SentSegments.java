// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import java.util.Arrays;

/**
 * The sent and unacknowledged data, one entry a segment, in a ring of primitive arrays: the
 * retransmission queue and the selective acknowledgement scoreboard in one (RFC 6675 section 3, RFC
 * 8985 section 5).
 *
 * <p>Entries touch each other, so an entry keeps only its end. Each entry is in one of three sets:
 *
 * <ul>
 *   <li>in flight: in the list {@link #oldest()} orders by the time of the last transmission;
 *   <li>lost and to be sent again: in the list {@link #firstLost()} orders by position;
 *   <li>selectively acknowledged: in no list; a run of such entries is skipped in amortised
 *       constant time by pointers that get shortened.
 * </ul>
 *
 * <p>So an acknowledgement, a selective block and a transmission cost O(log n) at most, amortised,
 * whatever the peer sends. Memory is allocated only if the ring grows or a segment is split.
 * Entries are named by their slot; {@link #append}, {@link #splitAt} and {@link #splitAll} change
 * slots. Small segments are merged when there are more than {@value #MERGE_ABOVE} entries, so the
 * ring holds at most that many and two per full segment in flight. Owner thread only.
 */
final class SentSegments {
    /** Stands for no entry. */
    static final int NONE = -1;

    /** From this number of entries on, a small new segment joins its predecessor. */
    static final int MERGE_ABOVE = 4096;

    /** Ring size of a connection that never had much in flight. */
    static final int SMALL = 16;

    private static final byte SACKED = 1;
    private static final byte LOST = 2;
    private static final byte AGAIN = 4;
    private static final byte EVER_AGAIN = 8;

    private long[] end = new long[SMALL];
    private long[] sentNs = new long[SMALL];
    private byte[] flags = new byte[SMALL];
    private int[] previous = new int[SMALL];
    private int[] following = new int[SMALL];
    private int mask = SMALL - 1;

    private int head;
    private int count;
    private long base;
    private long top;

    private int oldest = NONE;
    private int newest = NONE;
    private int firstLost = NONE;
    private int lastLost = NONE;

    private long sackedBytes;
    private int sackedCount;
    private long lostBytes;
    private long everLostBytes;
    private long againBytes;

    /**
     * Makes an empty ring.
     *
     * @param position the next position to send
     */
    SentSegments(long position) {
        base = position;
        top = position;
    }

    long base() {
        return base;
    }

    long top() {
        return top;
    }

    int count() {
        return count;
    }

    int capacity() {
        return mask + 1;
    }

    /** Bytes selectively acknowledged. */
    long sackedBytes() {
        return sackedBytes;
    }

    /** Entries selectively acknowledged. */
    int sackedCount() {
        return sackedCount;
    }

    /** Bytes declared lost, whether sent again or not. */
    long lostBytes() {
        return lostBytes;
    }

    /** Bytes ever declared lost, each time they were. */
    long everLostBytes() {
        return everLostBytes;
    }

    /** Bytes sent again and not known to have arrived or to be lost again. */
    long againBytes() {
        return againBytes;
    }

    /** Bytes in the network: RFC 6675 section 4 calls it the pipe. */
    long inFlight() {
        return top - base - sackedBytes - lostBytes + againBytes;
    }

    /** Slot of the entry that begins at {@link #base()}. */
    int first() {
        return count == 0 ? NONE : head;
    }

    /** Slot of the entry that ends at {@link #top()}. */
    int last() {
        return count == 0 ? NONE : (head + count - 1) & mask;
    }

    /** In-flight entry with the oldest last transmission. */
    int oldest() {
        return oldest;
    }

    /** In-flight entry transmitted next after {@code slot}, or {@link #NONE}. */
    int transmittedAfter(int slot) {
        return following[slot];
    }

    /** The lowest entry to send again. */
    int firstLost() {
        return firstLost;
    }

    long from(int slot) {
        return slot == head ? base : end[(slot - 1) & mask];
    }

    long to(int slot) {
        return end[slot];
    }

    long length(int slot) {
        return end[slot] - from(slot);
    }

    long sentNs(int slot) {
        return sentNs[slot];
    }

    boolean isSacked(int slot) {
        return (flags[slot] & SACKED) != 0;
    }

    boolean isLost(int slot) {
        return (flags[slot] & LOST) != 0;
    }

    /** Returns whether the entry was sent more than once. */
    boolean wasSentAgain(int slot) {
        return (flags[slot] & EVER_AGAIN) != 0;
    }

    private boolean isAgain(int slot) {
        return (flags[slot] & AGAIN) != 0;
    }

    /**
     * Notes new data at {@link #top()}.
     *
     * @param to position after the last
     * @param mss the largest entry to make
     * @param nowNs the time
     */
    void append(long to, int mss, long nowNs) {
        while (top < to) {
            long stop = Math.min(to, top + mss);
            if (count >= MERGE_ABOVE && joinLast(stop, mss, nowNs)) {
                continue;
            }
            if (count == mask) {
                rebuild((mask + 1) * 2, Long.MIN_VALUE, Integer.MAX_VALUE);
            }
            int slot = (head + count) & mask;
            end[slot] = stop;
            sentNs[slot] = nowNs;
            flags[slot] = 0;
            count++;
            top = stop;
            linkNewest(slot);
        }
    }

    private boolean joinLast(long stop, int mss, long nowNs) {
        int slot = last();
        if (flags[slot] != 0 || slot != newest || stop - from(slot) > mss) {
            return false;
        }
        end[slot] = stop;
        sentNs[slot] = nowNs;
        top = stop;
        return true;
    }

    /** Removes the first entry, which is acknowledged. */
    void removeFirst() {
        int slot = head;
        clear(slot, length(slot));
        base = end[slot];
        head = (head + 1) & mask;
        count--;
    }

    /** Shortens the first entry, part of which is acknowledged. */
    void trimFirst(long position) {
        if (count == 0 || position <= base) {
            return;
        }
        long gone = Math.min(position, end[head]) - base;
        if (isSacked(head)) {
            sackedBytes -= gone;
        }
        if (isLost(head)) {
            lostBytes -= gone;
        }
        if (isAgain(head)) {
            againBytes -= gone;
        }
        base += gone;
    }

    /** Moves an empty ring to a position. */
    void moveTo(long position) {
        if (count == 0) {
            base = position;
            top = position;
        }
    }

    /** Takes an entry out of its set. */
    private void clear(int slot, long length) {
        byte flag = flags[slot];
        if ((flag & SACKED) != 0) {
            sackedBytes -= length;
            sackedCount--;
        } else if (isWaiting(flag)) {
            unlinkLost(slot);
        } else {
            unlinkTime(slot);
        }
        if ((flag & LOST) != 0) {
            lostBytes -= length;
        }
        if ((flag & AGAIN) != 0) {
            againBytes -= length;
        }
        flags[slot] = (byte) (flag & EVER_AGAIN);
    }

    private static boolean isWaiting(byte flag) {
        return (flag & (LOST | AGAIN)) == LOST;
    }

    /** Marks an entry as selectively acknowledged. */
    void markSacked(int slot) {
        long length = length(slot);
        clear(slot, length);
        flags[slot] |= SACKED;
        following[slot] = (slot + 1) & mask;
        sackedBytes += length;
        sackedCount++;
    }

    /** Declares an entry in flight, or its last retransmission, lost. */
    void markLost(int slot) {
        byte flag = flags[slot];
        if ((flag & SACKED) != 0 || isWaiting(flag)) {
            return;
        }
        long length = length(slot);
        unlinkTime(slot);
        if ((flag & AGAIN) != 0) {
            againBytes -= length;
        }
        if ((flag & LOST) == 0) {
            lostBytes += length;
        }
        everLostBytes += length;
        flags[slot] = (byte) ((flag & EVER_AGAIN) | LOST);
        linkLost(slot);
    }

    /** Notes that an entry was sent again. */
    void markSentAgain(int slot, long nowNs) {
        byte flag = flags[slot];
        if ((flag & SACKED) != 0) {
            return;
        }
        if (isWaiting(flag)) {
            unlinkLost(slot);
        } else {
            unlinkTime(slot);
        }
        if ((flag & AGAIN) == 0) {
            againBytes += length(slot);
        }
        flags[slot] = (byte) (flag | AGAIN | EVER_AGAIN);
        sentNs[slot] = nowNs;
        linkNewest(slot);
    }

    /** Puts everything that was declared lost back in flight. */
    void unmarkLost() {
        int cursor = NONE;
        for (int slot = firstLost; slot != NONE; ) {
            int next = following[slot];
            cursor = linkByTime(slot, cursor);
            slot = next;
        }
        firstLost = NONE;
        lastLost = NONE;
        for (int i = 0; i < count; i++) {
            flags[(head + i) & mask] &= ~LOST;
        }
        lostBytes = 0;
    }

    /**
     * Forgets every selective acknowledgement: the receiver may have dropped the data (RFC 2018
     * section 8). All such entries count as lost.
     */
    void forgetSacked() {
        // The list is built anew in order of position: single insertions would cost O(n) each.
        firstLost = NONE;
        lastLost = NONE;
        for (int i = 0; i < count; i++) {
            int slot = (head + i) & mask;
            if (isSacked(slot)) {
                flags[slot] = (byte) ((flags[slot] & EVER_AGAIN) | LOST);
                lostBytes += length(slot);
            }
            if (isWaiting(flags[slot])) {
                linkLost(slot);
            }
        }
        sackedBytes = 0;
        sackedCount = 0;
    }

    /**
     * Returns the first entry that begins at a position or above it.
     *
     * @return its slot, {@link #NONE} if there is none
     */
    int atOrAbove(long position) {
        if (position <= base) {
            return first();
        }
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end[(head + middle) & mask] < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        // The entry at low is the first that ends at or above the position; the next one begins
        // there.
        return low + 1 < count ? (head + low + 1) & mask : NONE;
    }

    /** Returns the entry a position lies in, {@link #NONE} if it is not in flight. */
    int containing(long position) {
        if (position < base || position >= top) {
            return NONE;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end[(head + middle) & mask] <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return (head + low) & mask;
    }

    /**
     * Returns {@code slot} or the first entry above it that is not selectively acknowledged, {@link
     * #NONE} if all are.
     */
    int notSacked(int slot) {
        int tail = (head + count) & mask;
        int at = slot;
        while (at != tail && isSacked(at)) {
            int next = following[at];
            if (next != tail && isSacked(next)) {
                following[at] = following[next];
            }
            at = next;
        }
        return at == tail ? NONE : at;
    }

    /** Returns the entry after {@code slot} in the stream, or {@link #NONE}. */
    int after(int slot) {
        int next = (slot + 1) & mask;
        return next == ((head + count) & mask) ? NONE : next;
    }

    /**
     * Splits the entry a position lies inside of, so that one ends there. Costs O(n): it happens
     * only if the segment size shrank.
     */
    void splitAt(long position) {
        int slot = containing(position);
        if (slot != NONE && from(slot) < position) {
            rebuild(count + 1 > mask ? (mask + 1) * 2 : mask + 1, position, Integer.MAX_VALUE);
        }
    }

    /** Splits every entry that is longer than a segment may be. */
    void splitAll(int mss) {
        long pieces = 0;
        for (int i = 0; i < count; i++) {
            pieces += (length((head + i) & mask) + mss - 1) / mss;
        }
        if (pieces > count) {
            rebuild(capacityFor(pieces), Long.MIN_VALUE, mss);
        }
    }

    /** Gives a large empty ring back. */
    void trim() {
        if (count == 0 && mask + 1 > SMALL) {
            rebuild(SMALL, Long.MIN_VALUE, Integer.MAX_VALUE);
        }
    }

    private int capacityFor(long entries) {
        int capacity = mask + 1;
        while (capacity <= entries) {
            capacity *= 2;
        }
        return capacity;
    }

    private void rebuild(int capacity, long splitPosition, int longest) {
        long[] newEnd = new long[capacity];
        long[] newSent = new long[capacity];
        byte[] newFlags = new byte[capacity];
        int[] firstPiece = new int[count + 1];
        int made = 0;
        long start = base;
        for (int i = 0; i < count; i++) {
            int slot = (head + i) & mask;
            firstPiece[i] = made;
            while (start < end[slot]) {
                long stop =
                        Math.min(
                                end[slot],
                                longest == Integer.MAX_VALUE ? Long.MAX_VALUE : start + longest);
                if (start < splitPosition && splitPosition < stop) {
                    stop = splitPosition;
                }
                newEnd[made] = stop;
                newSent[made] = sentNs[slot];
                newFlags[made] = flags[slot];
                made++;
                start = stop;
            }
        }
        firstPiece[count] = made;
        int[] timeOrder = collect(oldest, firstPiece);
        int[] lostOrder = collect(firstLost, firstPiece);
        end = newEnd;
        sentNs = newSent;
        flags = newFlags;
        previous = new int[capacity];
        following = new int[capacity];
        mask = capacity - 1;
        head = 0;
        count = made;
        oldest = NONE;
        newest = NONE;
        firstLost = NONE;
        lastLost = NONE;
        for (int slot : timeOrder) {
            linkNewest(slot);
        }
        for (int slot : lostOrder) {
            linkLost(slot);
        }
        sackedCount = 0;
        for (int i = 0; i < count; i++) {
            if (isSacked(i)) {
                following[i] = i + 1 & mask;
                sackedCount++;
            }
        }
    }

    private int[] collect(int first, int[] firstPiece) {
        int[] found = new int[firstPiece[count]];
        int n = 0;
        for (int slot = first; slot != NONE; slot = following[slot]) {
            int index = (slot - head) & mask;
            for (int piece = firstPiece[index]; piece < firstPiece[index + 1]; piece++) {
                found[n++] = piece;
            }
        }
        return Arrays.copyOf(found, n);
    }

    private void linkNewest(int slot) {
        previous[slot] = newest;
        following[slot] = NONE;
        if (newest == NONE) {
            oldest = slot;
        } else {
            following[newest] = slot;
        }
        newest = slot;
    }

    /**
     * Inserts by time, searching from {@code cursor} if it is older, and returns the slot as the
     * next cursor.
     */
    private int linkByTime(int slot, int cursor) {
        long time = sentNs[slot];
        int before = cursor != NONE && sentNs[cursor] <= time ? cursor : NONE;
        int next = before == NONE ? oldest : following[before];
        while (next != NONE && sentNs[next] <= time) {
            before = next;
            next = following[next];
        }
        previous[slot] = before;
        following[slot] = next;
        if (before == NONE) {
            oldest = slot;
        } else {
            following[before] = slot;
        }
        if (next == NONE) {
            newest = slot;
        } else {
            previous[next] = slot;
        }
        return slot;
    }

    private void unlinkTime(int slot) {
        int before = previous[slot];
        int next = following[slot];
        if (before == NONE) {
            oldest = next;
        } else {
            following[before] = next;
        }
        if (next == NONE) {
            newest = before;
        } else {
            previous[next] = before;
        }
    }

    /**
     * Inserts by position. Losses are found in order, or far below the others when a retransmission
     * is lost, so both ends are tried first.
     */
    private void linkLost(int slot) {
        long position = end[slot];
        int before = lastLost;
        if (firstLost != NONE && position < end[firstLost]) {
            before = NONE;
        }
        while (before != NONE && end[before] > position) {
            before = previous[before];
        }
        int next = before == NONE ? firstLost : following[before];
        previous[slot] = before;
        following[slot] = next;
        if (before == NONE) {
            firstLost = slot;
        } else {
            following[before] = slot;
        }
        if (next == NONE) {
            lastLost = slot;
        } else {
            previous[next] = slot;
        }
    }

    private void unlinkLost(int slot) {
        int before = previous[slot];
        int next = following[slot];
        if (before == NONE) {
            firstLost = next;
        } else {
            following[before] = next;
        }
        if (next == NONE) {
            lastLost = before;
        } else {
            previous[next] = before;
        }
    }
}
