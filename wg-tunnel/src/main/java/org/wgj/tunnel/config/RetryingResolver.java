// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Tries again after 1 s at first, then after a fifth longer each time, at most 20 s. */
record RetryingResolver(Lookup lookup, Pause pause, int retries, Consumer<String> notice)
        implements EndpointResolver {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(20);

    /**
     * The texts of glibc for EAI_NONAME, EAI_NODATA and EAI_FAIL, which {@code wg} takes as final
     * too, and of the JDK for names that it does not look up at all.
     */
    private static final List<String> PERMANENT =
            List.of(
                    "Name or service not known",
                    "No address associated with hostname",
                    "Non-recoverable failure in name resolution",
                    "invalid IPv6 address literal",
                    "no such interface");

    /** The system's name service. */
    @FunctionalInterface
    interface Lookup {
        InetAddress address(String host) throws UnknownHostException;
    }

    /** Thread.sleep, except in tests. */
    @FunctionalInterface
    interface Pause {
        void sleep(Duration duration) throws InterruptedException;
    }

    @Override
    public InetSocketAddress resolve(HostPort endpoint) throws IOException {
        Duration wait = FIRST;
        for (int left = retries; ; left--) {
            try {
                return new InetSocketAddress(lookup.address(endpoint.host()), endpoint.port());
            } catch (UnknownHostException e) {
                String reason = reason(e, endpoint.host());
                if (left == 0 || isPermanent(reason)) {
                    throw new IOException("cannot resolve " + endpoint + ": " + reason, e);
                }
                notice.accept(
                        String.format(
                                Locale.ROOT,
                                "%s: `%s'. Trying again in %.2f seconds...",
                                reason,
                                endpoint,
                                wait.toMillis() / 1000.0));
                sleep(wait, endpoint);
            }
            Duration longer = wait.multipliedBy(6).dividedBy(5);
            wait = longer.compareTo(LONGEST) > 0 ? LONGEST : longer;
        }
    }

    /** Returns the system's text: the JDK puts the host before it. */
    private static String reason(UnknownHostException e, String host) {
        String message = String.valueOf(e.getMessage());
        String prefix = host + ": ";
        return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    }

    /** The JDK distinguishes the errors of getaddrinfo(3) by their texts only. */
    private static boolean isPermanent(String reason) {
        return PERMANENT.stream().anyMatch(reason::startsWith);
    }

    private void sleep(Duration wait, HostPort endpoint) throws IOException {
        try {
            pause.sleep(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("cannot resolve " + endpoint + ": interrupted", e);
        }
    }
}
