// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.util.Arrays;

/**
 * The connections by the time at which their timers must be looked at: a binary heap with the place
 * of each connection kept in it. A connection whose deadline moves later keeps its place and is
 * looked at too early, which costs less than moving it with each acknowledgement. Owned by the
 * stack's thread.
 */
final class DeadlineHeap {
    private TcpConnection[] heap = new TcpConnection[16];
    private int size;

    /** Returns the earliest time; Long.MAX_VALUE if there is none. */
    long earliest() {
        return size == 0 ? Long.MAX_VALUE : heap[0].scheduledNs;
    }

    /** Returns the connection with the earliest time. */
    TcpConnection first() {
        return heap[0];
    }

    int size() {
        return size;
    }

    /** Lets a connection be looked at no later than at a time. */
    void schedule(TcpConnection connection, long timeNs) {
        if (connection.heapIndex < 0) {
            if (timeNs == Long.MAX_VALUE) {
                return;
            }
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            connection.scheduledNs = timeNs;
            up(size++, connection);
        } else if (timeNs < connection.scheduledNs) {
            connection.scheduledNs = timeNs;
            up(connection.heapIndex, connection);
        }
    }

    /** Forgets a connection. */
    void remove(TcpConnection connection) {
        int index = connection.heapIndex;
        if (index < 0) {
            return;
        }
        connection.heapIndex = -1;
        TcpConnection last = heap[--size];
        heap[size] = null;
        if (last != connection) {
            down(index, last);
            if (heap[index] == last) {
                up(index, last);
            }
        }
    }

    private void up(int index, TcpConnection connection) {
        while (index > 0) {
            int parent = (index - 1) / 2;
            if (heap[parent].scheduledNs <= connection.scheduledNs) {
                break;
            }
            put(index, heap[parent]);
            index = parent;
        }
        put(index, connection);
    }

    private void down(int index, TcpConnection connection) {
        int child;
        while ((child = 2 * index + 1) < size) {
            if (child + 1 < size && heap[child + 1].scheduledNs < heap[child].scheduledNs) {
                child++;
            }
            if (heap[child].scheduledNs >= connection.scheduledNs) {
                break;
            }
            put(index, heap[child]);
            index = child;
        }
        put(index, connection);
    }

    private void put(int index, TcpConnection connection) {
        heap[index] = connection;
        connection.heapIndex = index;
    }
}
