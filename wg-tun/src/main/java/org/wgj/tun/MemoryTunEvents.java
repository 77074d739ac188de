// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.function.Consumer;

/**
 * Tells a listener what happened, in order and one call at a time, from a thread of its own. What
 * is added before the start waits for it.
 */
final class MemoryTunEvents {
    /** Wakes the thread for it to see that it is to end. */
    private static final Consumer<TunListener> STOP = listener -> {};

    private final String threadName;
    private final BlockingDeque<Consumer<TunListener>> waiting = new LinkedBlockingDeque<>();
    private volatile boolean stopping;
    private Thread thread;

    MemoryTunEvents(String threadName) {
        this.threadName = threadName;
    }

    void add(Consumer<TunListener> event) {
        waiting.addLast(event);
    }

    void addFirst(Consumer<TunListener> event) {
        waiting.addFirst(event);
    }

    synchronized void start(TunListener listener) {
        if (!stopping) {
            thread = Thread.ofPlatform().daemon().name(threadName).start(() -> run(listener));
        }
    }

    private void run(TunListener listener) {
        while (!stopping) {
            try {
                waiting.takeFirst().accept(listener);
            } catch (InterruptedException e) {
                // Nobody has this thread to interrupt it but the listener; there is no other end
                // than the stop.
                continue;
            }
        }
    }

    /** Returns when the listener will not be called again; from the listener, at once. */
    void stop() {
        Thread running;
        synchronized (this) {
            stopping = true;
            running = thread;
        }
        waiting.addFirst(STOP);
        if (running != null && running != Thread.currentThread()) {
            Threads.joinUninterruptibly(running);
        }
    }
}
