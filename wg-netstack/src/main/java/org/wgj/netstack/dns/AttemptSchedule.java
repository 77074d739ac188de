// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Decides when to try which address (RFC 8305), and which failure tells the most. IPv6 goes first,
 * then the families alternate. If only IPv4 addresses have come, IPv6 ones are waited for {@link
 * #RESOLUTION_DELAY_NS} more. An attempt gets {@link #ATTEMPT_DELAY_NS} before the next begins
 * beside it; if it fails, the next begins at once. At most {@link #MOST_AT_ONCE} run at a time. No
 * clock, no thread: times are arguments, in nanoseconds of one clock. Owned by one thread.
 */
public final class AttemptSchedule {
    static final long RESOLUTION_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long ATTEMPT_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(250);

    /** A name server may give one name so many addresses that each request would be a flood. */
    static final int MOST_AT_ONCE = 16;

    private final List<Exception> failures = new ArrayList<>();
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
        if (running == MOST_AT_ONCE || earliestNs == Long.MAX_VALUE || nowNs - earliestNs < 0) {
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
     * @param why the reason
     * @param nowNs the time
     */
    public void failed(Exception why, long nowNs) {
        failures.add(why);
        running--;
        earliestNs = nowNs;
    }

    /**
     * Returns the first failure that tells of the host; without any, the first. Hosts without IPv6
     * report at once that they cannot reach an IPv6 address, which says nothing of the other one.
     *
     * @return the failure, with the others as suppressed ones; null if there was none
     * @throws RuntimeException if it is one
     */
    public IOException failure() {
        if (failures.isEmpty()) {
            return null;
        }
        Exception told =
                failures.stream()
                        .filter(AttemptSchedule::isOfHost)
                        .findFirst()
                        .orElseGet(failures::getFirst);
        failures.stream().filter(each -> each != told).forEach(told::addSuppressed);
        return switch (told) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            default -> throw new AssertionError(told);
        };
    }

    /** The host has refused, reset or ignored the attempt. */
    private static boolean isOfHost(Exception failure) {
        return failure instanceof ConnectException
                || failure instanceof SocketTimeoutException
                || "Connection reset".equals(failure.getMessage());
    }

    /**
     * Returns when {@link #next} may have an address if nothing happens before.
     *
     * @return the time; {@link Long#MAX_VALUE} for never
     */
    public long nextDeadlineNs() {
        return running == MOST_AT_ONCE || six.isEmpty() && four.isEmpty()
                ? Long.MAX_VALUE
                : earliestNs;
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
