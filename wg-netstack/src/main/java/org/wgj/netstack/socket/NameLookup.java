// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Resolves the names that sockets are given. */
@FunctionalInterface
public interface NameLookup {
    /**
     * The addresses of one host, which arrive family by family. Both futures complete with a list,
     * which may be empty; or both fail with an {@link java.net.UnknownHostException}.
     *
     * @param ipv6 the IPv6 addresses
     * @param ipv4 the IPv4 addresses
     */
    record Addresses(
            CompletableFuture<List<InetAddress>> ipv6, CompletableFuture<List<InetAddress>> ipv4) {
        /**
         * Makes one that is complete.
         *
         * @param address the only address
         * @return its family has the address, the other has none
         */
        public static Addresses of(InetAddress address) {
            return new Addresses(
                    CompletableFuture.completedFuture(
                            address instanceof Inet6Address ? List.of(address) : List.of()),
                    CompletableFuture.completedFuture(
                            address instanceof Inet4Address ? List.of(address) : List.of()));
        }
    }

    /**
     * Begins to resolve a name; must not block.
     *
     * @param host a host name, no numeric address
     * @return what will be found
     */
    Addresses lookup(String host);
}
