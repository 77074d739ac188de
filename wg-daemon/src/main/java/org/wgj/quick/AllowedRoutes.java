// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Route;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Computes the routes for allowed IPs, except default routes of the automatic table. */
final class AllowedRoutes {
    private AllowedRoutes() {}

    /**
     * @param allowedIps the longest prefixes first
     * @param present the existing routes
     */
    static List<Route> of(
            String interfaceName, List<Cidr> allowedIps, Table table, List<Route> present) {
        return switch (table) {
            case Table.Off() -> List.of();
            case Table.Number(int id) -> {
                // wg-quick would fail on a route that the kernel added with an address.
                Ranges there = new Ranges(interfaceName, id, present);
                yield allowedIps.stream()
                        .filter(range -> !there.contains(range))
                        .map(range -> Route.through(interfaceName, range).withTable(id))
                        .toList();
            }
            case Table.Auto() -> {
                Ranges there = new Ranges(interfaceName, Route.MAIN_TABLE, present);
                List<Route> routes = new ArrayList<>();
                for (Cidr range : allowedIps) {
                    if (range.length() > 0 && !there.cover(range)) {
                        there.add(range.network());
                        routes.add(Route.through(interfaceName, range));
                    }
                }
                yield routes;
            }
        };
    }

    /** Returns whether the range is a default route, which also needs rules and a table. */
    static boolean isDefault(Cidr range, Table table) {
        return table instanceof Table.Auto && range.length() == 0;
    }

    /** The destinations of one table's routes through one interface, by length. */
    private static final class Ranges {
        private final NavigableMap<Integer, Set<Cidr>> byLength = new TreeMap<>();

        Ranges(String interfaceName, int table, List<Route> routes) {
            for (Route route : routes) {
                if (route.table() == table && interfaceName.equals(route.link())) {
                    add(route.destination());
                }
            }
        }

        void add(Cidr network) {
            byLength.computeIfAbsent(network.length(), _ -> new HashSet<>()).add(network);
        }

        boolean contains(Cidr range) {
            return byLength.getOrDefault(range.length(), Set.of()).contains(range.network());
        }

        /** Returns whether {@code ip route show dev INTERFACE match RANGE} would list a route. */
        boolean cover(Cidr range) {
            for (int length : byLength.headMap(range.length(), true).keySet()) {
                if (contains(new Cidr(range.address(), length))) {
                    return true;
                }
            }
            return false;
        }
    }
}
