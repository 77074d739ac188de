// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.netstack.dns.DnsLookup;
import org.wgj.netstack.dns.DnsResolver;
import org.wgj.netstack.socket.NameLookup;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Resolves names inside the tunnel, with its DNS servers. The system's resolver is asked only if
 * the program wants that: its questions leave the tunnel.
 */
final class Names implements NameLookup, AutoCloseable {
    private static final int IPV4_BYTES = 4;

    private final String tunnel;
    private final DnsResolver resolverOrNull;
    private final boolean system;

    /**
     * Makes one.
     *
     * @param tunnel the tunnel's name, for messages
     * @param resolverOrNull asks the tunnel's servers; null if it has none
     * @param system true to ask the system's resolver and no other
     */
    Names(String tunnel, DnsResolver resolverOrNull, boolean system) {
        this.tunnel = tunnel;
        this.resolverOrNull = resolverOrNull;
        this.system = system;
    }

    @Override
    public Addresses lookup(String host) {
        if (system) {
            CompletableFuture<List<InetAddress>> all = new CompletableFuture<>();
            Thread.ofVirtual().name("wgj-lookup").start(() -> ask(host, all));
            return new Addresses(
                    all.thenApply(found -> family(found, false)),
                    all.thenApply(found -> family(found, true)));
        }
        if (resolverOrNull == null) {
            UnknownHostException failure =
                    new UnknownHostException(
                            host
                                    + ": tunnel "
                                    + tunnel
                                    + " has no DNS server, and names are not resolved outside it");
            return new Addresses(
                    CompletableFuture.failedFuture(failure),
                    CompletableFuture.failedFuture(failure));
        }
        DnsLookup lookup = resolverOrNull.lookup(host);
        return new Addresses(lookup.ipv6(), lookup.ipv4());
    }

    private static void ask(String host, CompletableFuture<List<InetAddress>> all) {
        try {
            all.complete(List.of(InetAddress.getAllByName(host)));
        } catch (UnknownHostException | RuntimeException e) {
            all.completeExceptionally(e);
        }
    }

    private static List<InetAddress> family(List<InetAddress> all, boolean ipv4) {
        List<InetAddress> family = new ArrayList<>(all);
        family.removeIf(address -> (address.getAddress().length == IPV4_BYTES) != ipv4);
        return family;
    }

    /** Resolves a name or reads a numeric address, and waits. */
    List<InetAddress> resolve(String host) throws UnknownHostException {
        try {
            return List.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) {
            // a name
        }
        if (system) {
            return List.of(InetAddress.getAllByName(host));
        }
        if (resolverOrNull != null) {
            return Arrays.asList(resolverOrNull.resolve(host));
        }
        throw (UnknownHostException) lookup(host).ipv4().exceptionNow();
    }

    @Override
    public void close() {
        if (resolverOrNull != null) {
            resolverOrNull.close();
        }
    }
}
