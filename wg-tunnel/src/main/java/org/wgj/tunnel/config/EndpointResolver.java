// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.Security;
import java.util.function.Consumer;

/** Finds the address of an endpoint. */
@FunctionalInterface
public interface EndpointResolver {
    /** The attempts that {@code wg} repeats if WG_ENDPOINT_RESOLUTION_RETRIES is not set. */
    int DEFAULT_RETRIES = 15;

    /** Tries again for ever. */
    int INFINITE_RETRIES = -1;

    /**
     * Resolves an endpoint; may block. Takes the first of several addresses.
     *
     * @throws IOException if there is no such name, or the name service does not answer
     */
    InetSocketAddress resolve(HostPort endpoint) throws IOException;

    /**
     * Asks the system, and again as often as the environment says, as {@code wg} does.
     *
     * @param notice takes the reason before each further try, and when it will be
     * @throws IllegalArgumentException if WG_ENDPOINT_RESOLUTION_RETRIES is wrong
     */
    static EndpointResolver system(Consumer<String> notice) {
        String variable = "WG_ENDPOINT_RESOLUTION_RETRIES";
        String value = System.getenv(variable);
        if (value == null) {
            return withRetries(DEFAULT_RETRIES, notice);
        }
        if (value.equals("infinity")) {
            return withRetries(INFINITE_RETRIES, notice);
        }
        try {
            return withRetries(Integer.parseUnsignedInt(value), notice);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(variable + " must be a number or infinity", e);
        }
    }

    /**
     * Asks the system, and again unless the system answers that there is no such name. That answer
     * is recognised in English only (LC_MESSAGES=C at the start of the JVM); in another language no
     * answer counts as final.
     *
     * @param retries how often, or {@link #INFINITE_RETRIES}
     * @param notice takes the reason before each further try
     */
    static EndpointResolver withRetries(int retries, Consumer<String> notice) {
        // The JDK would remember a failure for longer than the wait.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        return new RetryingResolver(
                InetAddress::getByName, Thread::sleep, Math.max(retries, -1), notice);
    }
}
