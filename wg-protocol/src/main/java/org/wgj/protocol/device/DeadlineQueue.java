// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import java.util.Arrays;

/**
 * Orders the peers by their next deadline: a binary heap in which each peer knows its place, so
 * that moving one of ten thousand takes a few steps. Owned by the device's thread.
 */
final class DeadlineQueue {
    /** The place of a peer that is not in the heap. */
    static final int ABSENT = -1;

    private Peer[] heap = new Peer[8];
    private int size;

    /** Returns the earliest deadline; {@link PeerTimers#NEVER} if there is none. */
    long nextDeadlineNs() {
        return size == 0 ? PeerTimers.NEVER : heap[0].queuedDeadlineNs;
    }

    /** Returns the peer with the earliest deadline; null if there is none. */
    Peer first() {
        return size == 0 ? null : heap[0];
    }

    /** Sets the deadline of a peer; {@link PeerTimers#NEVER} removes it. */
    void update(Peer peer, long deadlineNs) {
        if (deadlineNs == peer.queuedDeadlineNs && peer.queuePlace != ABSENT) {
            return;
        }
        peer.queuedDeadlineNs = deadlineNs;
        if (deadlineNs == PeerTimers.NEVER) {
            remove(peer);
        } else if (peer.queuePlace == ABSENT) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
            }
            siftUp(peer, size++);
        } else {
            resettle(peer);
        }
    }

    private void remove(Peer peer) {
        int place = peer.queuePlace;
        if (place == ABSENT) {
            return;
        }
        peer.queuePlace = ABSENT;
        Peer last = heap[--size];
        heap[size] = null;
        if (last != peer) {
            put(last, place);
            resettle(last);
        }
    }

    private void resettle(Peer peer) {
        siftUp(peer, peer.queuePlace);
        siftDown(peer, peer.queuePlace);
    }

    private void siftUp(Peer peer, int place) {
        while (place > 0) {
            int parent = place - 1 >>> 1;
            if (heap[parent].queuedDeadlineNs <= peer.queuedDeadlineNs) {
                break;
            }
            put(heap[parent], place);
            place = parent;
        }
        put(peer, place);
    }

    private void siftDown(Peer peer, int place) {
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size
                    && heap[child + 1].queuedDeadlineNs < heap[child].queuedDeadlineNs) {
                child++;
            }
            if (peer.queuedDeadlineNs <= heap[child].queuedDeadlineNs) {
                break;
            }
            put(heap[child], place);
            place = child;
        }
        put(peer, place);
    }

    private void put(Peer peer, int place) {
        heap[place] = peer;
        peer.queuePlace = place;
    }
}
