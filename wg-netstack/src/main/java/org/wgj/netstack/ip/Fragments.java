// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.IncomingPacket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The fragments of one datagram, sorted by offset and without overlap. */
final class Fragments {
    /** The result of adding a fragment. */
    enum Result {
        /** It was kept; others are missing. */
        KEPT,
        /** It is there already. */
        DUPLICATE,
        /** It was the last one that was missing. */
        COMPLETE,
        /** It contradicts the others: the datagram must never be delivered. */
        CONTRADICTION
    }

    /**
     * The number of fragments that a datagram may have: the longest one over links of 552 bytes has
     * 124. More are an attack on the time that sorting takes (CVE-2018-5391).
     */
    static final int MAX_PARTS = 256;

    /** The approximate cost of the objects of a datagram and of a fragment, in bytes. */
    static final int COST = 256;

    static final int PART_COST = 32;

    final boolean ipv6;
    final long sourceHigh;
    final long sourceLow;
    final long destinationHigh;
    final long destinationLow;
    final int id;
    final int protocol; // 0 for IPv6
    final long deadlineNs;

    /** The bytes before the first fragment's data; null until that came. */
    byte[] head;

    /** The offset in the head of the number that names the next header; IPv6 only. IPv6 only. */
    int nextHeaderField;

    /** True after a contradiction: nothing more is kept. */
    boolean dropped;

    int memory = COST;

    private byte[][] parts = new byte[4][];
    private int[] starts = new int[4];
    private int count;
    private int received;
    private int total = -1;

    Fragments(IncomingPacket fragment, int id, int protocol, long deadlineNs) {
        ipv6 = fragment.ipv6;
        sourceHigh = fragment.sourceHigh;
        sourceLow = fragment.sourceLow;
        destinationHigh = fragment.destinationHigh;
        destinationLow = fragment.destinationLow;
        this.id = id;
        this.protocol = protocol;
        this.deadlineNs = deadlineNs;
    }

    boolean isOf(IncomingPacket fragment, int otherId, int otherProtocol) {
        return id == otherId
                && protocol == otherProtocol
                && ipv6 == fragment.ipv6
                && sourceLow == fragment.sourceLow
                && sourceHigh == fragment.sourceHigh
                && destinationLow == fragment.destinationLow
                && destinationHigh == fragment.destinationHigh;
    }

    Result add(MemorySegment from, long at, int length, int start, boolean more) {
        int end = start + length;
        if (total >= 0 && (more ? end >= total : end != total)) {
            return Result.CONTRADICTION;
        }
        int place = Arrays.binarySearch(starts, 0, count, start);
        if (place >= 0) {
            return same(parts[place], from, at, length) ? Result.DUPLICATE : Result.CONTRADICTION;
        }
        place = -place - 1;
        boolean overlaps =
                place > 0 && starts[place - 1] + parts[place - 1].length > start
                        || place < count && starts[place] < end;
        boolean behindTheEnd = !more && place < count;
        if (overlaps || behindTheEnd || count == MAX_PARTS) {
            return Result.CONTRADICTION;
        }
        if (!more) {
            total = end;
        }
        insert(place, start, from.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
        received += length;
        memory += length + PART_COST;
        return received == total ? Result.COMPLETE : Result.KEPT;
    }

    private static boolean same(byte[] part, MemorySegment from, long at, int length) {
        return part.length == length
                && MemorySegment.mismatch(
                                MemorySegment.ofArray(part), 0, length, from, at, at + length)
                        < 0;
    }

    private void insert(int place, int start, byte[] part) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            parts = Arrays.copyOf(parts, 2 * count);
        }
        System.arraycopy(starts, place, starts, place + 1, count - place);
        System.arraycopy(parts, place, parts, place + 1, count - place);
        starts[place] = start;
        parts[place] = part;
        count++;
    }

    /** Forgets the data, but not that the datagram exists, so that later fragments are dropped. */
    void drop() {
        dropped = true;
        head = null;
        parts = null;
        starts = null;
        count = 0;
        memory = COST;
    }

    /** Returns the length of the whole payload; all fragments must be there. */
    int total() {
        return total;
    }

    /** Returns the payload of the first fragment; {@link #head} must not be null. */
    byte[] firstPart() {
        return parts[0];
    }

    /** Copies the payload of all fragments. */
    void copyTo(MemorySegment to, long at) {
        for (int i = 0; i < count; i++) {
            byte[] part = parts[i];
            MemorySegment.copy(part, 0, to, ValueLayout.JAVA_BYTE, at + starts[i], part.length);
        }
    }
}
