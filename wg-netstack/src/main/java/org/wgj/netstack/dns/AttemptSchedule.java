// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Decides when to try which address (RFC 8305). IPv6 goes first, then the families alternate. If
 * only IPv4 addresses have come, IPv6 ones are waited for {@link #RESOLUTION_DELAY_NS} more. An
 * attempt gets {@link #ATTEMPT_DELAY_NS} before the next begins beside it; if it fails, the next
 * begins at once. No clock, no thread: times are arguments, in nanoseconds of one clock. Owned by
 * one thread.
 */
public final class AttemptSchedule {
    static final long RESOLUTION_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long ATTEMPT_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Deque<InetAddress> six = new ArrayDeque<>();
    private final Deque<InetAddress> four = new ArrayDeque<>();
    private boolean sixPending = true;
    private boolean fourPending = true;
    private boolean lastWasSix;

    /** Before this, no attempt begins; Long.MAX_VALUE if only an event can allow one. */
    private long earliestNs = Long.MAX_VALUE;

    private int running;
    private boolean started;

    /** Makes one that waits for the addresses of both families. */
    public AttemptSchedule() {}

    /**
     * All IPv6 addresses are known; there may be none.
     *
     * @param addresses the preferred one first
     * @param nowNs the time
     */
    public void ipv6Resolved(Collection<InetAddress> addresses, long nowNs) {
        six.addAll(addresses);
        sixPending = false;
        if (!started && (!six.isEmpty() || !four.isEmpty())) {
            earliestNs = nowNs;
        } else if (started && running == 0) {
            earliestNs = nowNs;
        }
    }

    /**
     * All IPv4 addresses are known; there may be none.
     *
     * @param addresses the preferred one first
     * @param nowNs the time
     */
    public void ipv4Resolved(Collection<InetAddress> addresses, long nowNs) {
        four.addAll(addresses);
        fourPending = false;
        if (!started && !four.isEmpty() && earliestNs == Long.MAX_VALUE) {
            earliestNs = sixPending ? nowNs + RESOLUTION_DELAY_NS : nowNs;
        } else if (started && running == 0) {
            earliestNs = nowNs;
        }
    }

    /**
     * Takes the address to try now.
     *
     * @param nowNs the time
     * @return null if there is none now
     */
    public InetAddress next(long nowNs) {
        if (earliestNs == Long.MAX_VALUE || nowNs - earliestNs < 0) {
            return null;
        }
        Deque<InetAddress> preferred = started && lastWasSix ? four : six;
        Deque<InetAddress> chosen =
                !preferred.isEmpty() ? preferred : preferred == six ? four : six;
        InetAddress address = chosen.poll();
        if (address == null) {
            return null;
        }
        lastWasSix = chosen == six;
        started = true;
        running++;
        earliestNs = nowNs + ATTEMPT_DELAY_NS;
        return address;
    }

    /**
     * An attempt failed.
     *
     * @param nowNs the time
     */
    public void failed(long nowNs) {
        running--;
        earliestNs = nowNs;
    }

    /**
     * Returns when {@link #next} may have an address if nothing happens before.
     *
     * @return the time; {@link Long#MAX_VALUE} for never
     */
    public long nextDeadlineNs() {
        return six.isEmpty() && four.isEmpty() ? Long.MAX_VALUE : earliestNs;
    }

    /**
     * Returns whether nothing is left to try or to wait for.
     *
     * @return true if every attempt has failed
     */
    public boolean isExhausted() {
        return running == 0 && six.isEmpty() && four.isEmpty() && !sixPending && !fourPending;
    }
}
