// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.util.Arrays;

/** Collects the connections to which something happened, and tells their handlers later. */
final class Events {
    private final ReadyQueue ready;
    private final DeadlineHeap deadlines;
    private TcpConnection[] touched = new TcpConnection[16];
    private int touchedCount;
    private boolean delivering;
    private RuntimeException handlerFailure;

    Events(ReadyQueue ready, DeadlineHeap deadlines) {
        this.ready = ready;
        this.deadlines = deadlines;
    }

    /** Notes a connection whose acknowledgments, events and deadline must be looked at. */
    void touch(TcpConnection connection) {
        if (connection.isTouched) {
            return;
        }
        connection.isTouched = true;
        if (touchedCount == touched.length) {
            touched = Arrays.copyOf(touched, 2 * touchedCount);
        }
        touched[touchedCount++] = connection;
    }

    /** Tells handlers what happened to the connections that were noted. */
    void flush(long nowNs) {
        if (delivering) {
            return; // the loop below sees what is added
        }
        delivering = true;
        for (int i = 0; i < touchedCount; i++) {
            TcpConnection connection = touched[i];
            touched[i] = null;
            connection.isTouched = false;
            TcpState state = connection.state();
            if (state != TcpState.CLOSED && state != TcpState.TIME_WAIT) {
                if (connection.receiver.endBatch(nowNs)) {
                    ready.add(connection);
                }
                deadlines.schedule(connection, connection.timers.deadlineNs());
            }
            try {
                connection.deliver();
            } catch (RuntimeException e) {
                failed(e);
            }
        }
        touchedCount = 0;
        delivering = false;
        RuntimeException failure = handlerFailure;
        if (failure != null) {
            handlerFailure = null;
            throw failure;
        }
    }

    /**
     * Keeps what a handler threw until all others have been told; it is thrown to the caller then.
     */
    void failed(RuntimeException e) {
        if (handlerFailure == null) {
            handlerFailure = e;
        }
    }
}
