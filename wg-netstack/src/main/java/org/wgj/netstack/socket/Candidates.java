// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The addresses that a connection can still try, in the order of RFC 8305 4: IPv6 first, then both
 * families in turn. IPv4 addresses that arrive first wait a moment for the IPv6 ones.
 *
 * <p>Owned by the connecting thread; only {@code waiter} is told from other threads.
 */
final class Candidates {
    /** RFC 8305 8: the recommended Resolution Delay. */
    private static final long RESOLUTION_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final String host;
    private final NameLookup.Addresses lookup;
    private final ArrayDeque<InetAddress> six = new ArrayDeque<>();
    private final ArrayDeque<InetAddress> four = new ArrayDeque<>();
    private boolean tookSix;
    private boolean tookFour;
    private boolean lastWasSix;
    private long fourWaitsUntilNs;

    Candidates(String host, NameLookup.Addresses lookup, Waiter waiter) {
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
    void update(long nowNs) throws IOException {
        if (!tookSix && lookup.ipv6().isDone()) {
            tookSix = true;
            six.addAll(result(lookup.ipv6()));
        }
        if (!tookFour && lookup.ipv4().isDone()) {
            tookFour = true;
            four.addAll(result(lookup.ipv4()));
            fourWaitsUntilNs = nowNs + RESOLUTION_DELAY_NS;
        }
    }

    private List<InetAddress> result(CompletableFuture<List<InetAddress>> family)
            throws IOException {
        if (!family.isCompletedExceptionally()) {
            return family.join();
        }
        Throwable cause = family.exceptionNow();
        String message = cause instanceof UnknownHostException ? cause.getMessage() : host;
        UnknownHostException failure = new UnknownHostException(message);
        failure.initCause(cause);
        throw failure;
    }

    /** Returns whether no more addresses will come. */
    boolean isComplete() {
        return tookSix && tookFour;
    }

    String host() {
        return host;
    }

    boolean isEmpty() {
        return six.isEmpty() && four.isEmpty();
    }

    /** Returns when the next address may be tried, as far as the resolution says. */
    long readyAtNs(long nowNs) {
        return tookSix ? nowNs : fourWaitsUntilNs;
    }

    /** Takes the next address; there is one. */
    InetAddress next() {
        lastWasSix = !six.isEmpty() && (!lastWasSix || four.isEmpty());
        return lastWasSix ? six.poll() : four.poll();
    }
}
