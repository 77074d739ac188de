// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Route;

/** Words of the {@code ip} command, for the steps that are printed. */
final class IpCommand {
    private IpCommand() {}

    /** The option that selects a family. */
    static String family(boolean ipv4) {
        return ipv4 ? "-4" : "-6";
    }

    /** A route as {@code ip route add} and {@code ip route delete} take it. */
    static String route(Route route) {
        String text = route.destination() + " dev " + route.link();
        return route.table() == Route.MAIN_TABLE
                ? text
                : text + " table " + Integer.toUnsignedString(route.table());
    }
}
