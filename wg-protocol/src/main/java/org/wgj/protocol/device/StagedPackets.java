// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

/**
 * Copies of packets of one peer that wait for a session: at most as many as the device's settings
 * allow, at most {@link #MAX_BYTES}, and no more bytes than the device's share of the {@link
 * StagingBudget}. A new packet displaces the oldest, which is the least likely to be still wanted.
 */
final class StagedPackets {
    /** As many as Linux keeps. */
    static final int DEFAULT_PACKETS = 128;

    /**
     * What the packets of one peer may cost: more than 4,096 SYNs do, and a fraction of the budget,
     * so that a few silent peers with large packets leave room for those that answer.
     */
    static final int MAX_BYTES = 1 << 20;

    private final DeviceSettings settings;
    private final StagingBudget.Share share;
    private final ArrayDeque<byte[]> packets = new ArrayDeque<>(0);
    private int bytes; // their cost

    StagedPackets(DeviceSettings settings, StagingBudget.Share share) {
        this.settings = settings;
        this.share = share;
    }

    /**
     * Adds a copy of a packet.
     *
     * @return how many packets were lost: those it displaced, or itself if there is no room at all
     */
    int add(MemorySegment slab, int offset, int length) {
        int lost = 0;
        int cost = StagingBudget.cost(length);
        while (packets.size() >= settings.stagedPackets
                || !packets.isEmpty() && bytes + cost > MAX_BYTES) {
            poll();
            lost++;
        }
        while (!share.take(length)) {
            lost++;
            if (poll() == null) {
                return lost;
            }
        }
        byte[] copy = new byte[length];
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
        packets.addLast(copy);
        bytes += cost;
        return lost;
    }

    /** Takes the oldest packet; returns null if there is none. */
    byte[] poll() {
        byte[] packet = packets.pollFirst();
        if (packet != null) {
            share.giveBack(packet.length);
            bytes -= StagingBudget.cost(packet.length);
        }
        return packet;
    }

    int size() {
        return packets.size();
    }

    boolean isEmpty() {
        return packets.isEmpty();
    }

    /** Drops all packets; returns how many. */
    int clear() {
        int lost = packets.size();
        while (poll() != null) {
            // taking it gives its room back
        }
        return lost;
    }
}
