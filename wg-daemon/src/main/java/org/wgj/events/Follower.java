// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The events that wait for one follower: a bounded number. If more come, they are counted instead,
 * and the follower gets an event with their number in their place. Safe for use by several threads.
 */
public final class Follower {
    /** The limit for waiting events. */
    static final int MAX_WAITING = 256;

    private final String interfaceName;
    private final Runnable ready;
    private final Queue<Event> waiting = new ArrayDeque<>();
    private long missed; // after those that wait
    private Event last; // the end, which is never missed
    private boolean ended;

    Follower(String interfaceName, Runnable ready) {
        this.interfaceName = interfaceName;
        this.ready = ready;
    }

    void put(Event event) {
        synchronized (this) {
            if (event.kind() == Event.Kind.CLOSED) {
                last = event;
            } else if (missed > 0 || waiting.size() >= MAX_WAITING) {
                missed++;
            } else {
                waiting.add(event);
            }
        }
        ready.run();
    }

    /** Returns the next event; null if there is none now. */
    public synchronized Event poll() {
        Event next = waiting.poll();
        if (next != null) {
            return next;
        }
        if (missed > 0) {
            long count = missed;
            missed = 0;
            return new Event(
                    Instant.now(), interfaceName, Event.Kind.MISSED, null, null, null, count);
        }
        next = last;
        if (next != null) {
            last = null;
            ended = true;
        }
        return next;
    }

    /** Returns whether {@link #poll} has returned the last event of all. */
    public synchronized boolean isEnded() {
        return ended;
    }
}
