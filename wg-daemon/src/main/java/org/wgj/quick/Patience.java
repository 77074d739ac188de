// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.IOException;

/**
 * Lets work that may take long, since it asks name servers again and again, be given up from
 * another thread. Only that work is ever interrupted, and never what the thread does next.
 */
public final class Patience {
    /** Work that ends early, by an exception, when its thread is interrupted. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    private Thread worker; // null while nothing may be interrupted
    private boolean ended;

    /**
     * Does the work on this thread.
     *
     * @throws InterruptedException when it was to be given up, however far it had come
     */
    void during(Work work) throws IOException, InterruptedException {
        begin();
        try {
            work.run();
        } catch (IOException e) {
            if (!finish()) {
                throw e;
            }
        } finally {
            finish();
        }
        if (hasEnded()) {
            throw new InterruptedException();
        }
    }

    private synchronized void begin() throws InterruptedException {
        if (ended) {
            throw new InterruptedException();
        }
        worker = Thread.currentThread();
    }

    /** Returns whether the work was to be given up. */
    private synchronized boolean finish() {
        worker = null;
        Thread.interrupted(); // an interrupt that came too late for the work is nobody else's
        return ended;
    }

    /** Any thread: work that is going on is interrupted, and no more is begun. */
    public synchronized void end() {
        if (!ended && worker != null) {
            worker.interrupt(); // once: how it gives up is not to be interrupted again
        }
        ended = true;
    }

    public synchronized boolean hasEnded() {
        return ended;
    }
}
