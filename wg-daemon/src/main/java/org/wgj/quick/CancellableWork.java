// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.IOException;

/**
 * Lets work that may take long, since it asks name servers again and again, be given up from
 * another thread. Only that work is ever interrupted, and never what the thread does next.
 */
public final class CancellableWork {
    /** Work that ends early, by an exception, when its thread is interrupted. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    private Thread worker; // null while nothing may be interrupted
    private boolean cancelled;

    /**
     * Does the work on this thread.
     *
     * @throws InterruptedException when it was to be given up, however far it had come
     */
    void run(Task task) throws IOException, InterruptedException {
        begin();
        try {
            task.run();
        } catch (IOException e) {
            if (!finish()) {
                throw e;
            }
        } finally {
            finish();
        }
        if (isCancelled()) {
            throw new InterruptedException();
        }
    }

    private synchronized void begin() throws InterruptedException {
        if (cancelled) {
            throw new InterruptedException();
        }
        worker = Thread.currentThread();
    }

    /** Returns whether the work was to be given up. */
    private synchronized boolean finish() {
        worker = null;
        Thread.interrupted(); // an interrupt that came too late for the work is nobody else's
        return cancelled;
    }

    /** Any thread: work that is going on is interrupted, and no more is begun. */
    public synchronized void cancel() {
        if (!cancelled && worker != null) {
            worker.interrupt(); // once: how it gives up is not to be interrupted again
        }
        cancelled = true;
    }

    public synchronized boolean isCancelled() {
        return cancelled;
    }
}
