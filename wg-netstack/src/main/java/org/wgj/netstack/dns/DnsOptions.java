// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * The settings of a resolver: its questions and its servers.
 *
 * @param servers the recursive servers, the preferred one first; without any, no name is found
 * @param searchDomains domains that are appended to names, as in resolv.conf; at most 8 are used
 * @param ipv4 whether the tunnel has an IPv4 address: without one, no A record is asked for
 * @param ipv6 whether the tunnel has an IPv6 address: without one, no AAAA record is asked for
 * @param timeout how long one server is waited for
 * @param tries how often each server is asked, at least 1
 */
public record DnsOptions(
        List<InetSocketAddress> servers,
        List<String> searchDomains,
        boolean ipv4,
        boolean ipv6,
        Duration timeout,
        int tries) {
    /** The time to wait for a server: 5 s. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** The number of times that a server is asked. */
    public static final int DEFAULT_TRIES = 2;

    private static final int MAX_SEARCH_DOMAINS = 8;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a server is unresolved, a search domain is no name, or a
     *     number is below its least value
     */
    public DnsOptions {
        servers = List.copyOf(servers);
        searchDomains = searchDomains.stream().distinct().limit(MAX_SEARCH_DOMAINS).toList();
        searchDomains.forEach(DnsName::of);
        if (servers.stream().anyMatch(InetSocketAddress::isUnresolved)) {
            throw new IllegalArgumentException("the servers need addresses, not names: " + servers);
        }
        if (tries < 1 || timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("tries " + tries + ", timeout " + timeout);
        }
    }

    /**
     * Options with the usual times.
     *
     * @param servers the recursive servers, the preferred one first
     * @param searchDomains domains that are appended to names
     * @param ipv4 whether the tunnel has an IPv4 address
     * @param ipv6 whether the tunnel has an IPv6 address
     */
    public DnsOptions(
            List<InetSocketAddress> servers,
            List<String> searchDomains,
            boolean ipv4,
            boolean ipv6) {
        this(servers, searchDomains, ipv4, ipv6, DEFAULT_TIMEOUT, DEFAULT_TRIES);
    }
}
