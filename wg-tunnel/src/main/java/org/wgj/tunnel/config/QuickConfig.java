// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tun.linux.Cidr;

import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The part of a configuration file that {@code wg-quick} adds to {@code wg}'s, all of it of the
 * [Interface] section.
 *
 * @param addresses of the interface, bits behind the prefix kept
 * @param dnsServers in the order of the file
 * @param dnsSearch the words of DNS that are no addresses: search domains
 * @param mtu empty: computed from the routes to the endpoints
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

    /** Whether commands of the user's are run, now or when it goes down. */
    public boolean hasHooks() {
        return Stream.of(preUp, postUp, preDown, postDown).anyMatch(hooks -> !hooks.isEmpty());
    }

    /** Where the routes of allowed IPs go. */
    public sealed interface Table {
        /** The main table, and a default route through a table of its own. */
        record Auto() implements Table {}

        /** No routes are made. */
        record Off() implements Table {}

        /** All of them into this one, 1 to 4,294,967,295 unsigned; 254 is the main table. */
        record Number(int id) implements Table {}
    }
}
