// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Await;
import org.wgj.lab.Host;

/**
 * The present state of a host: links, addresses, rules, routes, packet filters, configuration
 * sockets and processes.
 */
final class Leftovers {
    /**
     * Without what differs from run to run, or comes a while after a link is up (link-local
     * addresses).
     */
    static final String SCRIPT =
            """
            ip -o link | awk '{ print $2 }'
            ip -o address | awk '{ print $2, $4 }' | grep -v fe80
            ip -4 rule; ip -6 rule
            { ip -4 route show table all; ip -6 route show table all; } | grep -v -e fe80 -e ff00 -e anycast
            nft list ruleset
            ls /var/run/wireguard
            ps -e -o args= | grep -v -E '^(ps|grep|bash -c|bash -e -c) ' || true
            """;

    private Leftovers() {}

    /** Waits until the host has again what it had before. */
    static void awaitNone(Host host, String before) {
        String[] after = {""};
        try {
            Await.until(
                    "nothing left behind",
                    () -> {
                        after[0] = host.sh(SCRIPT);
                        return after[0].equals(before);
                    });
        } catch (AssertionError e) {
            throw new AssertionError(
                    "left behind; before:\n" + before + "\nafter:\n" + after[0], e);
        }
    }
}
