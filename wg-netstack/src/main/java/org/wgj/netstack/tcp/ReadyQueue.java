// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.OutgoingBatch;

/** The connections that may have something to send, which take turns. */
final class ReadyQueue {
    /** Segments of one connection in a row, before the next one has its turn. */
    static final int TRAIN = 64;

    private final DeadlineHeap deadlines;
    private TcpConnection first;
    private TcpConnection last;

    ReadyQueue(DeadlineHeap deadlines) {
        this.deadlines = deadlines;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** Queues a connection that may have something to say. */
    void add(TcpConnection connection) {
        if (connection.isReady) {
            return;
        }
        connection.isReady = true;
        if (last == null) {
            first = connection;
        } else {
            last.nextReady = connection;
        }
        last = connection;
    }

    /** Lets connections send until the batch is full or none has a packet. */
    void emit(OutgoingBatch out, long nowNs) {
        while (first != null) {
            TcpConnection connection = first;
            int before = out.count();
            boolean done = connection.emit(out, TRAIN, nowNs);
            deadlines.schedule(connection, connection.timers.deadlineNs());
            if (!done && out.count() == before) {
                return; // full: it is the first in the next batch
            }
            first = connection.nextReady;
            connection.nextReady = null;
            connection.isReady = false;
            if (first == null) {
                last = null;
            }
            if (!done) {
                add(connection);
            }
        }
    }
}
