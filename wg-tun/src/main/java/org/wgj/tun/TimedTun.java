// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * A TUN that has timers, such as a TCP/IP stack in this process. It reads no clock: its owner tells
 * it the time before each {@link #read} and {@link #write}, and calls {@link #read} when the
 * deadline has come.
 *
 * <pre>
 *   tun.advance(now); tun.write(...);  wake up at tun.nextDeadlineNs()
 *   tun.advance(now); tun.read(...);   wake up at tun.nextDeadlineNs()
 * </pre>
 *
 * <p>After {@link #write}, packets may be waiting that answer those written. {@link #holdsBack}
 * tells that; the owner then reads soon. {@link TunListener#readable} is called only for what other
 * threads have done.
 *
 * <p>The owner's thread calls these methods, as it calls {@code read} and {@code write}.
 */
public interface TimedTun extends Tun {
    /** No deadline. */
    long NEVER = Long.MAX_VALUE;

    /**
     * Tells the time; timers that are due fire in the next {@link #read}.
     *
     * @param nowNs monotonic time in nanoseconds, at which the packets of the next call arrived
     */
    void advance(long nowNs);

    /**
     * Returns when to call {@link #read} although no packet was reported.
     *
     * @return a time as in {@link #advance}; {@link #NEVER} if there is none
     */
    long nextDeadlineNs();
}
