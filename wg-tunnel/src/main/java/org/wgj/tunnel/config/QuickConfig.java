// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tun.linux.Cidr;

import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The part of a configuration file that {@code wg-quick} adds, all of it in the [Interface]
 * section.
 *
 * @param addresses of the interface, host bits kept
 * @param dnsServers in the order of the file
 * @param dnsSearch the search domains: the words of DNS that are no addresses
 * @param mtu empty to compute it from the routes to the endpoints
 * @param table where routes go
 * @param preUp the hooks, {@code %i} not yet replaced
 */
public record QuickConfig(
        List<Cidr> addresses,
        List<InetAddress> dnsServers,
        List<String> dnsSearch,
        OptionalInt mtu,
        Table table,
        List<String> preUp,
        List<String> postUp,
        List<String> preDown,
        List<String> postDown,
        boolean saveConfig) {

    /** Returns whether the file has commands of the user, for now or for later. */
    public boolean hasHooks() {
        return Stream.of(preUp, postUp, preDown, postDown).anyMatch(hooks -> !hooks.isEmpty());
    }

    /** The routing table that gets the routes of allowed IPs. */
    public sealed interface Table {
        /** Routes go to the main table, and a default route to a table of its own. */
        record Auto() implements Table {}

        /** No routes are made. */
        record Off() implements Table {}

        /** All routes go to this table, 1 to 4,294,967,295 unsigned; 254 is the main table. */
        record Number(int id) implements Table {}
    }
}
