// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.IOException;

/**
 * Runs work that another thread can cancel, such as repeated name lookups. Cancelling interrupts
 * only this work, never what the thread does next.
 */
public final class CancellableWork {
    /** Work that ends with an exception when its thread is interrupted. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    private Thread worker; // null while no task runs
    private boolean cancelled;

    /**
     * Runs the task on this thread.
     *
     * @throws InterruptedException if it was cancelled, even if the task had already ended
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

    /** Returns whether the work was cancelled. */
    private synchronized boolean finish() {
        worker = null;
        Thread.interrupted(); // an interrupt that came too late must not hit later code
        return cancelled;
    }

    /** Interrupts a running task and prevents new ones. May be called from any thread. */
    public synchronized void cancel() {
        if (!cancelled && worker != null) {
            worker.interrupt(); // only once, so as not to interrupt the cleanup
        }
        cancelled = true;
    }

    public synchronized boolean isCancelled() {
        return cancelled;
    }
}
