// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.dns.AttemptSchedule;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The addresses that a connection can still try, as they arrive, and when it may try which ({@link
 * AttemptSchedule}).
 *
 * <p>Owned by the connecting thread; only {@code waiter} is told from other threads.
 */
final class AddressCandidates {
    private final String host;
    private final NameLookup.Addresses lookup;
    private final AttemptSchedule schedule = new AttemptSchedule();
    private boolean tookSix;
    private boolean tookFour;

    AddressCandidates(String host, NameLookup.Addresses lookup, Waiter waiter) {
        this.host = host;
        this.lookup = lookup;
        lookup.ipv6().whenComplete((_, _) -> waiter.changed());
        lookup.ipv4().whenComplete((_, _) -> waiter.changed());
    }

    /**
     * Takes over the addresses that have arrived.
     *
     * @throws UnknownHostException if the host has none
     */
    void update(long nowNs) throws UnknownHostException {
        if (!tookSix && lookup.ipv6().isDone()) {
            tookSix = true;
            schedule.ipv6Resolved(result(lookup.ipv6()), nowNs);
        }
        if (!tookFour && lookup.ipv4().isDone()) {
            tookFour = true;
            schedule.ipv4Resolved(result(lookup.ipv4()), nowNs);
        }
    }

    private List<InetAddress> result(CompletableFuture<List<InetAddress>> family)
            throws UnknownHostException {
        if (!family.isCompletedExceptionally()) {
            return family.join();
        }
        Throwable cause = family.exceptionNow();
        String message = cause instanceof UnknownHostException ? cause.getMessage() : host;
        UnknownHostException failure = new UnknownHostException(message);
        failure.initCause(cause);
        throw failure;
    }

    String host() {
        return host;
    }

    /** Takes the address to try now; null if there is none now. */
    InetAddress next(long nowNs) {
        return schedule.next(nowNs);
    }

    /** Says that an attempt failed. */
    void failed(IOException why, long nowNs) {
        schedule.failed(why, nowNs);
    }

    /** Returns the failure that tells the most; null if no attempt has failed. */
    IOException failure() {
        return schedule.failure();
    }

    /** Returns when to try the next address if nothing happens before; {@link Waiter#NEVER}. */
    long nextDeadlineNs() {
        return schedule.nextDeadlineNs();
    }

    /** Returns whether all attempts have failed and no address is left or to come. */
    boolean isExhausted() {
        return schedule.isExhausted();
    }
}
