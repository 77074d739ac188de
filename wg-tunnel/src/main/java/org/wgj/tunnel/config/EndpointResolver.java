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
    /** As often as {@code wg} tries again where WG_ENDPOINT_RESOLUTION_RETRIES does not say. */
    int DEFAULT_RETRIES = 15;

    /** Tries again for ever. */
    int INFINITE_RETRIES = -1;

    /**
     * May block. Takes the first of several addresses.
     *
     * @throws IOException when there is no such name, or it could not be asked for
     */
    InetSocketAddress resolve(HostPort endpoint) throws IOException;

    /**
     * Asks the system, and again as often as the environment says, as {@code wg} does.
     *
     * @param notice is told why and when it will try again
     * @throws IllegalArgumentException when WG_ENDPOINT_RESOLUTION_RETRIES is wrong
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
     * Asks the system, and again unless it says that there is no such name. It is to say so in
     * English (LC_MESSAGES=C at the start of the JVM); of another language nothing is taken for
     * final.
     *
     * @param retries how often, or {@link #INFINITE_RETRIES}
     */
    static EndpointResolver withRetries(int retries, Consumer<String> notice) {
        // The JDK would remember a failure for longer than we wait.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        return new RetryingResolver(
                InetAddress::getByName, Thread::sleep, Math.max(retries, -1), notice);
    }
}
