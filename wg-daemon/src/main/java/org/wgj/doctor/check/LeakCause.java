// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Ranges;
import org.wgj.doctor.observation.StackMtu;
import org.wgj.doctor.observation.Sysctls;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.Rule;

import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Why packets leave by another interface than the tunnel, and how to fix it. */
record LeakCause(String reason, String fix) {
    /** Returns the command that takes the interface down and brings it up again. */
    static String again(Subject subject) {
        Object file = subject.file() == null ? subject.name() : subject.file().path();
        return "wgj down %1$s && wgj up %1$s".formatted(file);
    }

    /**
     * @param leaked an address whose packets the tunnel should take
     * @param outside the interface they leave by
     */
    static LeakCause of(Host host, Subject subject, InetAddress leaked, String outside) {
        String name = subject.name();
        IpPrefix address = IpPrefix.host(leaked);
        if (address.ipv6()) {
            int mtu = host.link(name).map(Link::state).map(state -> state.mtu()).orElse(0);
            if (mtu < StackMtu.LEAST_OF_IPV6) { // the kernel removes IPv6 from the interface
                return new LeakCause(
                        "IPv6 needs an MTU of %d and %s has %d"
                                .formatted(StackMtu.LEAST_OF_IPV6, name, mtu),
                        "MTU = %d in the file, then %s"
                                .formatted(StackMtu.LEAST_OF_IPV6, again(subject)));
            }
            if ("1".equals(host.sysctls().get(Sysctls.disableIpv6(name)))) {
                return new LeakCause(
                        "IPv6 is switched off for " + name,
                        "sysctl -w net.ipv6.conf.default.disable_ipv6=0 && " + again(subject));
            }
        }
        Set<Integer> tables =
                host.routes().stream()
                        .filter(route -> name.equals(route.link()) && holds(route, address))
                        .map(Route::table)
                        .collect(Collectors.toSet());
        if (tables.isEmpty()) {
            return new LeakCause("no route leads them into " + name, again(subject));
        }
        Optional<Route> narrower =
                host.routes().stream()
                        .filter(route -> outside.equals(route.link()) && holds(route, address))
                        .filter(route -> route.destination().length() > 0)
                        .max(Comparator.comparingInt(route -> route.destination().length()));
        if (narrower.isPresent()) {
            return new LeakCause(
                    "there is a narrower route: " + narrower.get(),
                    "ip route delete " + narrower.get());
        }
        return tables.contains(Route.MAIN_TABLE)
                ? new LeakCause(
                        "another route is preferred in the main table",
                        "ip route get " + Ranges.text(leaked) + " shows which; delete it")
                : ofRules(host, subject, address, tables);
    }

    private static boolean holds(Route route, IpPrefix address) {
        return route.kind() == Route.Kind.UNICAST
                && Ranges.network(route.destination()).contains(address);
    }

    /**
     * @param tables those with a route into the tunnel
     */
    private static LeakCause ofRules(
            Host host, Subject subject, IpPrefix address, Set<Integer> tables) {
        String ip = "ip -" + (address.ipv6() ? 6 : 4);
        List<Rule> rules =
                host.outgoing().rules().stream()
                        .filter(rule -> rule.ipv4() != address.ipv6())
                        .toList();
        Optional<Rule> leading =
                rules.stream()
                        .filter(rule -> tables.contains(rule.table()) && !rule.more())
                        .filter(rule -> rule.not() || rule.fwmark() == 0)
                        .findFirst();
        if (leading.isEmpty()) {
            String table = Integer.toUnsignedString(tables.iterator().next());
            return new LeakCause(
                    "no rule sends them to table " + table,
                    "%s rule add not fwmark %s table %s"
                            .formatted(
                                    ip,
                                    Integer.toUnsignedString(subject.device().fwmark()),
                                    table));
        }
        for (Rule rule : rules.subList(0, rules.indexOf(leading.get()))) {
            boolean elsewhere =
                    host.routes().stream()
                            .anyMatch(
                                    route ->
                                            route.table() == rule.table()
                                                    && holds(route, address)
                                                    && route.destination().length()
                                                            > rule.suppressPrefixLength());
            if (elsewhere) {
                return new LeakCause(
                        "the rule \"%s\" (priority %d) comes before the rule of the tunnel"
                                .formatted(rule, rule.priority()),
                        again(subject));
            }
        }
        return new LeakCause(
                "routes or rules lead elsewhere",
                "ip route get " + Ranges.text(address) + " shows which");
    }
}
