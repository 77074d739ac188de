// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Takes a lock within a time, as the JDK's sockets do: an interrupt neither ends nor is lost. */
final class Locks {
    private Locks() {}

    /**
     * Takes a lock.
     *
     * @param deadlineNs by {@link System#nanoTime}; {@link Waiter#NEVER} for none
     * @return false if another thread held it until the deadline
     */
    static boolean lock(ReentrantLock lock, long deadlineNs) {
        if (deadlineNs == Waiter.NEVER) {
            lock.lock();
            return true;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return lock.tryLock(
                            Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
