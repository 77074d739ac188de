// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.function.Consumer;

/**
 * Calls a listener for each event, in order and one at a time, from a thread of its own. Events
 * that are added before the start wait for it.
 *
 * <p>The thread is a virtual one, so that many interfaces in one program cost no further threads of
 * the operating system. Any thread may call the methods.
 */
final class MemoryTunEvents {
    /** An event that only wakes the thread, so that it sees that it must end. */
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
            thread = Thread.ofVirtual().name(threadName).start(() -> run(listener));
        }
    }

    private void run(TunListener listener) {
        while (!stopping) {
            try {
                waiting.takeFirst().accept(listener);
            } catch (InterruptedException e) {
                // Only the listener can have interrupted this thread, which only stop() ends.
                continue;
            }
        }
    }

    /** Returns when the listener will not be called again; if the listener calls this, at once. */
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
