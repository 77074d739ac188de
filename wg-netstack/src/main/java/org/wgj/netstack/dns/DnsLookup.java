// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The addresses of one host, which arrive family by family. Both futures complete with a list,
 * which may be empty; or both fail with the same {@link UnknownHostException}, if the host has no
 * address at all. Any thread.
 *
 * @param ipv6 the IPv6 addresses
 * @param ipv4 the IPv4 addresses
 */
public record DnsLookup(
        CompletableFuture<List<InetAddress>> ipv6, CompletableFuture<List<InetAddress>> ipv4) {
    /**
     * Once one family has addresses, the other is waited for no longer than this: some servers do
     * not answer questions for AAAA records at all.
     */
    static final Duration OTHER_FAMILY = Duration.ofSeconds(1);

    /** A lookup that goes on. */
    DnsLookup() {
        this(new CompletableFuture<>(), new CompletableFuture<>());
    }

    /**
     * A lookup that is done.
     *
     * @param addresses of both families in any order, at least one
     * @return the lookup
     */
    public static DnsLookup of(List<InetAddress> addresses) {
        DnsLookup lookup = new DnsLookup();
        lookup.ipv6.complete(family(addresses, 16));
        lookup.ipv4.complete(family(addresses, 4));
        return lookup;
    }

    private static List<InetAddress> family(List<InetAddress> addresses, int bytes) {
        return addresses.stream().filter(a -> a.getAddress().length == bytes).toList();
    }

    void fail(UnknownHostException e) {
        ipv6.completeExceptionally(e);
        ipv4.completeExceptionally(e);
    }

    /**
     * Waits for the addresses: for one family as long as it takes, then for the other a second.
     *
     * @param host the host, for messages
     * @param timeout how long to wait at most, or null for as long as it takes
     * @return at least one address, IPv6 first, as RFC 6724 2.2 orders them
     * @throws UnknownHostException if the host has no address, or this thread was interrupted,
     *     which leaves its interrupt status set
     * @throws SocketTimeoutException if the time was not enough
     */
    List<InetAddress> await(String host, Duration timeout)
            throws UnknownHostException, SocketTimeoutException {
        try {
            CompletableFuture<?> both = CompletableFuture.allOf(ipv6, ipv4);
            CompletableFuture<?> any = CompletableFuture.anyOf(both, found(ipv6), found(ipv4));
            if (timeout == null) {
                any.get();
            } else {
                any.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            }
            awaitOther(both);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnknownHostException(host + ": interrupted");
        } catch (TimeoutException e) {
            throw new SocketTimeoutException(host + ": no DNS answer in time");
        } catch (ExecutionException e) {
            throw failure(host, e.getCause());
        }
        List<InetAddress> all = new ArrayList<>(ipv6.getNow(List.of()));
        all.addAll(ipv4.getNow(List.of()));
        return all;
    }

    private static void awaitOther(CompletableFuture<?> both)
            throws InterruptedException, ExecutionException {
        try {
            both.get(OTHER_FAMILY.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // One family will do.
        }
    }

    /** Completes only if there are addresses. */
    private static CompletableFuture<Object> found(CompletableFuture<List<InetAddress>> family) {
        CompletableFuture<Object> found = new CompletableFuture<>();
        family.thenAccept(
                addresses -> {
                    if (!addresses.isEmpty()) {
                        found.complete(addresses);
                    }
                });
        return found;
    }

    /** A new exception, so that its trace shows the caller and not the thread that asked. */
    static UnknownHostException failure(String host, Throwable cause) {
        String message = cause instanceof UnknownHostException ? cause.getMessage() : host;
        UnknownHostException failure = new UnknownHostException(message);
        failure.initCause(cause);
        return failure;
    }
}
