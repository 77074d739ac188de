// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.io.InterruptedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets one thread wait until another says that something changed. Saying it never blocks, so the
 * stack's thread may.
 *
 * <pre>{@code
 * int seen = waiter.changes();
 * if (nothing to do yet) {
 *     waiter.await(seen, deadline);    // returns at once if a change came after changes()
 * }
 * }</pre>
 *
 * <p>At most one thread waits at a time; the caller's lock ensures that.
 */
final class Waiter {
    /** No deadline. */
    static final long NEVER = Long.MAX_VALUE;

    private static final VarHandle CHANGES;

    static {
        try {
            CHANGES = MethodHandles.lookup().findVarHandle(Waiter.class, "changes", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int changes;
    private volatile Thread waiting;

    /** Returns how many changes there were; to be read before the state that is waited for. */
    int changes() {
        return changes;
    }

    /** Says that something changed; from any thread. */
    void changed() {
        CHANGES.getAndAdd(this, 1);
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Waits for a change after {@code seen}.
     *
     * <p>An interrupt ends the wait of a virtual thread only, as it does for the sockets of the
     * JDK. A platform thread waits on and is still interrupted afterwards.
     *
     * @param deadlineNs by {@link System#nanoTime}; {@link #NEVER} for none
     * @return false if the deadline passed
     * @throws InterruptedIOException if the thread is virtual and interrupted; it still is
     */
    boolean await(int seen, long deadlineNs) throws InterruptedIOException {
        Thread me = Thread.currentThread();
        boolean interrupted = false;
        waiting = me;
        try {
            while (changes == seen) {
                if (me.isVirtual() && me.isInterrupted()) {
                    throw new InterruptedIOException();
                }
                interrupted |= !me.isVirtual() && Thread.interrupted();
                if (deadlineNs == NEVER) {
                    LockSupport.park(this);
                } else {
                    long left = deadlineNs - System.nanoTime();
                    if (left <= 0) {
                        return false;
                    }
                    LockSupport.parkNanos(this, left);
                }
            }
            return true;
        } finally {
            waiting = null;
            if (interrupted) {
                me.interrupt();
            }
        }
    }

    /** Waits for a change or the deadline, whatever interrupts the thread. */
    void awaitUninterruptibly(int seen, long deadlineNs) {
        Thread me = Thread.currentThread();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    await(seen, deadlineNs);
                    return;
                } catch (InterruptedIOException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                me.interrupt();
            }
        }
    }

    /** Returns the deadline that is some time away; {@link #NEVER} for 0. */
    static long deadline(long timeoutMs) {
        if (timeoutMs == 0) {
            return NEVER;
        }
        long at = System.nanoTime() + timeoutMs * 1_000_000;
        return at == NEVER ? at - 1 : at;
    }
}
