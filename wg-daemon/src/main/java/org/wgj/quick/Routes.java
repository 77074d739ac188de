// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tunnel.config.QuickConfig.Table;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Adds the missing routes for an interface's allowed IPs, and removes those in the journal that are
 * no longer needed.
 */
final class Routes {
    private final String interfaceName;
    private final RtNetlink net;
    private final Journal journal;
    private final Output output;

    Routes(String interfaceName, RtNetlink net, Journal journal, Output output) {
        this.interfaceName = interfaceName;
        this.net = net;
        this.journal = journal;
        this.output = output;
    }

    /**
     * @param renewDefaults whether to add default routes again, because their firewall rules
     *     contain the interface's addresses, which have changed
     */
    void apply(UapiClient device, Table table, boolean renewDefaults) throws IOException {
        DeviceView view = DeviceView.of(device);
        List<Cidr> allowedIps = new ArrayList<>(view.allowedIps());
        if (!(table instanceof Table.Off)
                && allowedIps.stream().anyMatch(range -> !range.isIpv4())
                && !new Ipv6(interfaceName, net, output).enable()) {
            allowedIps.removeIf(range -> !range.isIpv4());
            output.warn("this host has no IPv6: allowed IPs of IPv6 get no routes");
        }
        applyPlain(allowedIps, table);
        applyDefaults(device, view, allowedIps, table, renewDefaults);
    }

    private void applyPlain(List<Cidr> allowedIps, Table table) throws IOException {
        Set<Route> made = new LinkedHashSet<>();
        for (Step step : journal.steps()) {
            if (step instanceof Step.AllowedRoute(boolean added, var destination, int id)) {
                Route route = Route.through(interfaceName, destination).withTable(id);
                if (added) {
                    made.add(route);
                } else {
                    made.remove(route);
                }
            }
        }
        List<Route> present = new ArrayList<>(net.routes());
        // The kernel reports IPv6 routes with its own metric.
        present.removeIf(route -> made.contains(route.withMetric(0)));
        Set<Route> wanted =
                new LinkedHashSet<>(AllowedRoutes.of(interfaceName, allowedIps, table, present));
        for (Route route : made) {
            if (!wanted.contains(route)) {
                remove(route);
            }
        }
        for (Route route : wanted) {
            if (!made.contains(route)) {
                add(route);
            }
        }
    }

    private void add(Route route) throws IOException {
        journal.append(new Step.AllowedRoute(true, route.destination(), route.table()));
        output.step("ip " + family(route) + " route add " + IpCommand.route(route));
        add(net, route);
    }

    /** Adds a route. The error names an existing route to the same destination. */
    static void add(RtNetlink net, Route route) throws IOException {
        try {
            net.addRoute(route);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            String others =
                    net.routes(route.table()).stream()
                            .filter(other -> other.destination().equals(route.destination()))
                            .map(Route::toString)
                            .collect(Collectors.joining(", "));
            throw new IOException(
                    ("%s: AllowedIPs %s: there is another route to that already (%s): delete it, or"
                                    + " change AllowedIPs, Table or FwMark")
                            .formatted(route.link(), route.destination(), others),
                    e);
        }
    }

    private void remove(Route route) throws IOException {
        output.step("ip " + family(route) + " route delete " + IpCommand.route(route));
        try {
            net.removeRoute(route);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) { // another program has removed it
                throw e;
            }
        }
        journal.append(new Step.AllowedRoute(false, route.destination(), route.table()));
    }

    private static String family(Route route) {
        return IpCommand.family(route.destination().isIpv4());
    }

    private void applyDefaults(
            UapiClient device, DeviceView view, List<Cidr> allowedIps, Table table, boolean renew)
            throws IOException {
        Set<Step.DefaultRoute> made = new HashSet<>();
        for (Step step : journal.steps()) {
            if (step instanceof Step.DefaultRoute(boolean added, boolean ipv4, int id)) {
                made.removeIf(each -> each.ipv4() == ipv4);
                if (added) {
                    made.add(new Step.DefaultRoute(true, ipv4, id));
                }
            }
        }
        DefaultRoutes defaults = new DefaultRoutes(interfaceName, net, journal, output);
        List<Cidr> wanted =
                allowedIps.stream().filter(range -> AllowedRoutes.isDefault(range, table)).toList();
        for (Step.DefaultRoute step : Set.copyOf(made)) {
            boolean needed = wanted.stream().anyMatch(range -> range.isIpv4() == step.ipv4());
            if (!needed || renew || step.table() != view.fwmark()) {
                defaults.remove(step);
                made.remove(step);
            }
        }
        for (Cidr range : wanted) {
            if (made.stream().noneMatch(step -> step.ipv4() == range.isIpv4())) {
                defaults.add(device, range);
            }
        }
    }
}
