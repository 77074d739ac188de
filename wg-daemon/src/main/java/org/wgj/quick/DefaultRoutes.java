// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tun.linux.Rule;
import org.wgj.uapi.SetCommand;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.util.List;

/**
 * Default routes through an interface, as {@code wg-quick} adds them: in a table of their own,
 * which all packets use except the interface's own datagrams, recognised by their mark. More
 * specific routes of the main table take precedence.
 *
 * <pre>
 *   32764  table main suppress_prefixlength 0
 *   32765  not fwmark 51820 table 51820
 *   32766  table main
 * </pre>
 */
final class DefaultRoutes {
    private static final int FIRST_TABLE = 51_820;

    private final String interfaceName;
    private final RtNetlink net;
    private final Journal journal;
    private final Output output;

    DefaultRoutes(String interfaceName, RtNetlink net, Journal journal, Output output) {
        this.interfaceName = interfaceName;
        this.net = net;
        this.journal = journal;
        this.output = output;
    }

    /** Sends all packets of one family through the interface. */
    void add(UapiClient device, Cidr everything) throws IOException {
        boolean ipv4 = everything.isIpv4();
        String family = IpCommand.family(ipv4);
        int mark;
        try (var _ = Journal.lockShared()) { // so that no other process takes the same table
            mark = markOf(device);
            Route route = Route.through(interfaceName, everything).withTable(mark);
            String table = Integer.toUnsignedString(mark);
            journal.append(new Step.DefaultRoute(true, ipv4, mark));
            output.step(
                    "ip %s route add %s dev %s table %s"
                            .formatted(family, everything, interfaceName, table));
            Routes.add(net, route);
            addRule(Rule.unlessMarked(ipv4, nextPriority(ipv4), mark, mark), mark);
            addRule(Rule.mainWithoutDefault(ipv4, nextPriority(ipv4)), mark);
        }
        if (ipv4) {
            new ValidMark(output).set(journal);
        }
        new FirewallRules(interfaceName, output)
                .add(journal, ipv4, net.addresses(interfaceName), mark);
    }

    private int markOf(UapiClient device) throws IOException {
        int mark = DeviceView.of(device).fwmark();
        if (mark != 0) {
            return mark;
        }
        List<Route> routes = net.routes();
        int table = FIRST_TABLE;
        while (isUsed(routes, table)) {
            table++;
        }
        journal.append(new Step.Mark(table));
        output.step("wg set " + interfaceName + " fwmark " + table);
        device.set(List.of(new SetCommand.Fwmark(table)));
        return table;
    }

    private static boolean isUsed(List<Route> routes, int table) {
        return routes.stream().anyMatch(route -> route.table() == table);
    }

    private void addRule(Rule rule, int ownTable) throws IOException {
        journal.append(new Step.RoutingRule(true, rule, ownTable));
        output.step("ip " + IpCommand.family(rule.ipv4()) + " rule add " + rule);
        net.addRule(rule);
    }

    /** The priority that the kernel would choose: before the second rule (net/core/fib_rules.c). */
    private int nextPriority(boolean ipv4) throws IOException {
        List<Rule> rules = net.rules().stream().filter(rule -> rule.ipv4() == ipv4).toList();
        if (rules.size() < 2) {
            return 0;
        }
        return Math.max(0, rules.get(1).priority() - 1);
    }

    /**
     * Removes a rule unless another interface uses the table and so needs an equal rule. That
     * happens after {@code wg-quick} has taken this interface down.
     *
     * @param ownTable the table of the default route that the rule belongs to
     */
    void remove(Rule rule, int ownTable) throws IOException {
        boolean othersUse =
                net.routes(ownTable).stream()
                        .anyMatch(
                                route ->
                                        route.destination().isIpv4() == rule.ipv4()
                                                && !interfaceName.equals(route.link()));
        if (othersUse || !net.rules().contains(rule)) {
            return;
        }
        output.step("ip " + IpCommand.family(rule.ipv4()) + " rule delete " + rule);
        net.removeRule(rule);
    }

    /** Undoes {@link #add}; the mark stays. */
    void remove(Step.DefaultRoute made) throws IOException {
        for (Step step : journal.steps().reversed()) {
            switch (step) {
                case Step.Firewall(boolean nft, boolean ipv4) when ipv4 == made.ipv4() ->
                        new FirewallRules(interfaceName, output).remove(nft, ipv4);
                case Step.RoutingRule(boolean added, Rule rule, int ownTable)
                        when added && rule.ipv4() == made.ipv4() && ownTable == made.table() -> {
                    remove(rule, ownTable);
                    journal.append(new Step.RoutingRule(false, rule, ownTable));
                }
                default -> {}
            }
        }
        Cidr everything = Cidr.parse(made.ipv4() ? "0.0.0.0/0" : "::/0");
        Route route = Route.through(interfaceName, everything).withTable(made.table());
        output.step(
                "ip " + IpCommand.family(made.ipv4()) + " route delete " + IpCommand.route(route));
        try {
            net.removeRoute(route);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) { // another program has removed it
                throw e;
            }
        }
        journal.append(new Step.DefaultRoute(false, made.ipv4(), made.table()));
    }
}
