// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.QuickConfig;
import org.wgj.tunnel.config.QuickConfig.Table;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Takes an interface down: runs hooks, saves, and undoes what up and reload did. */
final class Down {
    private final String interfaceName;
    private final RtNetlink net;
    private final Output output;
    private final Hooks hooks;

    Down(String interfaceName, RtNetlink net, Output output) {
        this.interfaceName = interfaceName;
        this.net = net;
        this.output = output;
        this.hooks = new Hooks(interfaceName, output);
    }

    /**
     * Undoes the steps in the journal, with the hooks that the interface was brought up with. A
     * failing hook is reported but stops nothing: its file may be gone, so that no user could
     * correct it.
     *
     * <p>If the interface was not brought up completely, PreDown runs if PostUp had begun, and
     * PostDown if PreUp or PostUp had begun, since these must undo what the others did.
     *
     * <p>Steps that could not be undone stay in the journal for another attempt, without the hooks.
     *
     * @return whether everything succeeded
     */
    boolean byJournal(Journal journal) throws IOException {
        List<Step> steps = journal.steps();
        Step.From from = null;
        for (Step step : steps) {
            from = step instanceof Step.From latest ? latest : from;
        }
        if (from == null) { // interrupted before the first step, or left by an earlier attempt
            return keep(journal, new Undo(interfaceName, journal, net, output).run());
        }
        QuickConfig quick = from.quick();
        boolean complete = steps.contains(new Step.Complete());
        boolean postUp = steps.contains(new Step.Hooks(true)) && !quick.postUp().isEmpty();
        boolean preUp = steps.contains(new Step.Hooks(false)) && !quick.preUp().isEmpty();

        boolean well = true;
        if (complete || postUp) {
            well &= hooks.runAll(quick.preDown());
        }
        if (complete && quick.saveConfig()) {
            try {
                new SavedConfig(interfaceName, net, output).write(from.file(), quick);
            } catch (IOException e) {
                output.warn(interfaceName + " is not saved: " + e.getMessage());
                well = false;
            }
        }
        List<Step> left = new Undo(interfaceName, journal, net, output).run();
        if (complete || postUp || preUp) {
            well &= hooks.runAll(quick.postDown());
        }
        return keep(journal, left) && well;
    }

    private boolean keep(Journal journal, List<Step> left) throws IOException {
        journal.keep(left);
        if (!left.isEmpty()) {
            output.warn(
                    "what could not be undone is noted in %s: \"wgj down %s\" tries again, \"wgj down --force %s\" also forgets what fails then"
                            .formatted(journal.path(), interfaceName, interfaceName));
        }
        return left.isEmpty();
    }

    /**
     * Takes down an interface that the stock wg-quick brought up, as wg-quick would, from the state
     * of the machine. A failing PreDown hook leaves everything as it is. Failures outside the
     * interface are reported and do not keep it up.
     *
     * @return whether everything succeeded
     */
    boolean asWgQuick(ConfigFile file) throws IOException {
        LinkState link = Undo.find(net, interfaceName);
        boolean wireguard =
                link != null
                        && (link.kind().equals("wireguard")
                                || UapiClient.interfaces().contains(interfaceName));
        if (!wireguard) {
            throw new IOException("`" + interfaceName + "' is not a WireGuard interface");
        }
        QuickConfig quick = file.quick();
        hooks.run(quick.preDown());
        if (quick.saveConfig()) {
            new SavedConfig(interfaceName, net, output).write(file.path(), quick);
        }
        boolean well = true;
        if (!quick.dnsServers().isEmpty()) {
            well = Undo.attempt(output, new NameServers(interfaceName, output)::unsetRecord);
        }
        well &= Undo.attempt(output, new FirewallRules(interfaceName, output)::removeAll);
        if (quick.table() instanceof Table.Auto) {
            for (Rule rule : rulesOfDefaultRoutes(net.rules(), net.routes(), interfaceName)) {
                output.step("ip " + IpCommand.family(rule.ipv4()) + " rule delete " + rule);
                well &= Undo.attempt(output, () -> net.removeRule(rule));
            }
        }
        Undo.deleteLink(net, interfaceName, output);
        return well & hooks.runAll(quick.postDown());
    }

    /**
     * Finds the rules that send packets to a default route through this interface, each with the
     * rule before it that {@code wg-quick} added next. {@code wg-quick} itself would remove the
     * rules of all interfaces.
     */
    static List<Rule> rulesOfDefaultRoutes(
            List<Rule> rules, List<Route> routes, String interfaceName) {
        List<Rule> found = new ArrayList<>();
        for (Rule rule : rules) {
            boolean leadsHere =
                    rule.equals(
                                    Rule.unlessMarked(
                                            rule.ipv4(),
                                            rule.priority(),
                                            rule.table(),
                                            rule.table()))
                            && routes.stream()
                                    .anyMatch(
                                            route ->
                                                    interfaceName.equals(route.link())
                                                            && route.table() == rule.table()
                                                            && route.destination().length() == 0
                                                            && route.destination().isIpv4()
                                                                    == rule.ipv4());
            if (!leadsHere) {
                continue;
            }
            found.add(rule);
            Rule before = Rule.mainWithoutDefault(rule.ipv4(), rule.priority() - 1);
            if (rules.contains(before)) {
                found.add(before);
            }
        }
        return found;
    }
}
