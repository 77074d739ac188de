package org.wgj.quick;

import org.wgj.conf.QuickConfig.Table;
import org.wgj.tun.linux.IpPrefix;
import org.wgj.tun.linux.Route;

import java.util.ArrayList;
import java.util.List;

/** Which routes allowed IPs become, without default routes of the automatic table. */
final class AllowedRoutes {
    private AllowedRoutes() {}

    /**
     * @param allowedIps the longest prefixes first
     * @param present the routes there are
     */
    static List<Route> of(
            String interfaceName, List<IpPrefix> allowedIps, Table table, List<Route> present) {
        List<Route> routes = new ArrayList<>();
        for (IpPrefix range : allowedIps) {
            Route route = Route.through(interfaceName, range);
            switch (table) {
                case Table.Off() -> {}
                case Table.Number(int id) -> {
                    Route there = route.withTable(id);
                    // wg-quick would fail over the route that an address has brought with it.
                    if (present.stream().noneMatch(each -> isSame(each, there))) {
                        routes.add(there);
                    }
                }
                case Table.Auto() -> {
                    if (range.length() > 0
                            && present.stream().noneMatch(each -> covers(each, route))
                            && routes.stream().noneMatch(each -> covers(each, route))) {
                        routes.add(route);
                    }
                }
            }
        }
        return routes;
    }

    /** Whether an address of this range is a default route, which takes more than a route. */
    static boolean isDefault(IpPrefix range, Table table) {
        return table instanceof Table.Auto && range.length() == 0;
    }

    private static boolean isSame(Route route, Route other) {
        return route.destination().equals(other.destination())
                && route.table() == other.table()
                && other.link().equals(route.link());
    }

    /** {@code ip route show dev INTERFACE match RANGE} would list it. */
    private static boolean covers(Route route, Route other) {
        IpPrefix wide = route.destination();
        IpPrefix narrow = other.destination();
        return other.link().equals(route.link())
                && route.table() == Route.MAIN_TABLE
                && wide.isIpv4() == narrow.isIpv4()
                && wide.length() <= narrow.length()
                && wide.equals(new IpPrefix(narrow.address(), wide.length()).network());
    }
}
