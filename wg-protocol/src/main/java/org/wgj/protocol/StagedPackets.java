package org.wgj.protocol;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

/**
 * Copies of packets that wait for a session: at most 128 of a peer, and of all peers together as
 * many bytes as the {@link Budget} has. The oldest gives way: what was sent last is most likely
 * still wanted.
 */
final class StagedPackets {
    static final int MAX_PACKETS = 128;

    /**
     * What all peers of a device may stage together: ten thousand silent peers must not take all
     * memory.
     */
    static final class Budget {
        static final int MAX_BYTES = 32 << 20;
        private int used;
    }

    private final Budget budget;
    private final ArrayDeque<byte[]> packets = new ArrayDeque<>(0);

    StagedPackets(Budget budget) {
        this.budget = budget;
    }

    /**
     * Adds a copy; returns how many packets were lost for it, itself included when there is no room
     * at all.
     */
    int add(MemorySegment slab, int offset, int length) {
        int lost = 0;
        while (!packets.isEmpty()
                && (packets.size() == MAX_PACKETS || budget.used + length > Budget.MAX_BYTES)) {
            poll();
            lost++;
        }
        if (budget.used + length > Budget.MAX_BYTES) {
            return lost + 1;
        }
        byte[] copy = new byte[length];
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
        packets.addLast(copy);
        budget.used += length;
        return lost;
    }

    /** Takes the oldest; null when there is none. */
    byte[] poll() {
        byte[] packet = packets.pollFirst();
        if (packet != null) {
            budget.used -= packet.length;
        }
        return packet;
    }

    int size() {
        return packets.size();
    }

    boolean isEmpty() {
        return packets.isEmpty();
    }

    /** Drops all; returns how many. */
    int clear() {
        int lost = packets.size();
        while (poll() != null) {
            // only the accounting matters
        }
        return lost;
    }
}
