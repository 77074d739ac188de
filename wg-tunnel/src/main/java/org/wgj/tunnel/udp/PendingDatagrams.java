// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.MemorySegment;

/**
 * Copies of the datagrams that the system did not take at once, in order; at most 1 MiB and 1024 of
 * them. They lie in a batch, so that they are sent like any others; those at its front have left
 * already. Owned by the event loop.
 */
final class PendingDatagrams {
    private static final int BYTES = 1 << 20;
    private static final int COUNT = 1024;

    private PacketBatch batch; // made when first needed: most sockets never wait
    private int first;
    private int endBytes;

    boolean isEmpty() {
        return batch == null || first == batch.count();
    }

    /** The datagrams that have not left, in bytes. */
    int bytes() {
        return isEmpty() ? 0 : endBytes - batch.offsets()[first];
    }

    /**
     * Returns the batch, in which datagrams wait from {@link #first} on; null if there never were
     * any.
     */
    PacketBatch batch() {
        return batch;
    }

    int first() {
        return first;
    }

    /** Returns the index of the first datagram that has not left. */
    void leaveUpTo(int index) {
        first = index;
        if (isEmpty()) {
            clear();
        }
    }

    /**
     * Copies the batch's datagrams of one family from an index on, while there is room.
     *
     * @return how many did not fit
     */
    int append(PacketBatch from, int index, boolean ipv6) {
        if (batch == null) {
            batch = new PacketBatch(BYTES, COUNT);
        }
        int lost = 0;
        for (int i = index; i < from.count(); i++) {
            // A shorter datagram must not overtake one that did not fit.
            if (from.endpoints()[i].ipv6() == ipv6 && (lost > 0 || !append(from, i))) {
                lost++;
            }
        }
        return lost;
    }

    private boolean append(PacketBatch from, int i) {
        int length = from.lengths()[i];
        if (!fits(length)) {
            moveToFront();
            if (!fits(length)) {
                return false;
            }
        }
        MemorySegment.copy(from.slab(), from.offsets()[i], batch.slab(), endBytes, length);
        int at = batch.count();
        set(at, endBytes, length, from.trafficClasses()[i], from.endpoints()[i]);
        batch.setCount(at + 1);
        endBytes += length;
        return true;
    }

    private boolean fits(int length) {
        return batch.count() < COUNT && length <= BYTES - endBytes;
    }

    /** Makes the room of those that left usable again. */
    private void moveToFront() {
        if (first == 0) {
            return;
        }
        int gone = batch.offsets()[first];
        MemorySegment.copy(batch.slab(), gone, batch.slab(), 0, endBytes - gone);
        int waiting = batch.count() - first;
        for (int i = 0; i < waiting; i++) {
            int old = first + i;
            set(
                    i,
                    batch.offsets()[old] - gone,
                    batch.lengths()[old],
                    batch.trafficClasses()[old],
                    batch.endpoints()[old]);
        }
        batch.setCount(waiting);
        first = 0;
        endBytes -= gone;
    }

    private void set(int i, int offset, int length, byte trafficClass, Endpoint endpoint) {
        batch.offsets()[i] = offset;
        batch.lengths()[i] = length;
        batch.trafficClasses()[i] = trafficClass;
        batch.endpoints()[i] = endpoint;
    }

    private void clear() {
        if (batch != null) {
            batch.setCount(0);
        }
        first = 0;
        endBytes = 0;
    }
}
