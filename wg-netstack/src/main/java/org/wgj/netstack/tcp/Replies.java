// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.OutgoingBatch;

/**
 * Segments that belong to no connection and wait for the tunnel: RST, SYN cookies, answers of
 * TIME-WAIT. A bounded queue of reused objects; when it is full, new ones are dropped, as a network
 * would. Owned by the stack's thread.
 */
final class Replies {
    private static final int MAXIMUM = 4096;

    private Reply[] ring = new Reply[16];
    private int head;
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** Returns a reply to fill in, which is already queued; null if there are too many. */
    Reply add() {
        if (size == ring.length) {
            if (size == MAXIMUM) {
                return null;
            }
            Reply[] grown = new Reply[2 * size];
            for (int i = 0; i < size; i++) {
                grown[i] = ring[head + i & size - 1];
            }
            ring = grown;
            head = 0;
        }
        int index = head + size++ & ring.length - 1;
        if (ring[index] == null) {
            ring[index] = new Reply();
        }
        return ring[index];
    }

    /** Writes what waits; false if the batch is full before the end. */
    boolean emit(OutgoingBatch out) {
        while (size > 0) {
            if (!ring[head].write(out)) {
                return false;
            }
            head = head + 1 & ring.length - 1;
            size--;
        }
        return true;
    }
}
