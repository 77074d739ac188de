// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tun.linux.Rule;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Undoes the steps of a journal in reverse order. Any step may never have been done, or may already
 * be undone. A step that cannot be undone is reported, kept for another attempt, and does not stop
 * the rest.
 */
final class Undo {
    /** The kinds of interface that can be ours; a kernel one may have been created by hand. */
    private static final Set<String> KINDS = Set.of("tun", "wireguard");

    private final String interfaceName;
    private final Journal journal;
    private final RtNetlink net;
    private final Output output;
    private final Set<Rule> removedRules = new HashSet<>();
    private final Set<Step> left = new HashSet<>();
    private boolean resolvConfTried;

    Undo(String interfaceName, Journal journal, RtNetlink net, Output output) {
        this.interfaceName = interfaceName;
        this.journal = journal;
        this.net = net;
        this.output = output;
    }

    interface Action {
        void run() throws IOException;
    }

    /** Undoes all steps, and returns those that could not be undone. */
    List<Step> run() {
        List<Step> steps = journal.steps();
        OptionalInt index =
                steps.stream()
                        .filter(Step.LinkMade.class::isInstance)
                        .mapToInt(step -> ((Step.LinkMade) step).index())
                        .findFirst();
        for (Step step : steps.reversed()) {
            attempt(step, () -> undo(step, index));
        }
        if (steps.contains(new Step.ValidMark())) {
            // Last, because the rules that need it must be removed first.
            attempt(new Step.ValidMark(), () -> new ValidMark(output).unset(net));
        }
        return steps.stream().filter(this::isLeft).distinct().toList();
    }

    private void attempt(Step step, Action action) {
        if (!attempt(output, action)) {
            left.add(step);
        }
    }

    /** Returns whether the action succeeded; if not, it has warned the user. */
    static boolean attempt(Output output, Action action) {
        try {
            action.run();
            return true;
        } catch (IOException e) {
            output.warn(e.getMessage());
            return false;
        }
    }

    /** Returns whether to keep a step: it failed, or a failed one needs it. */
    private boolean isLeft(Step step) {
        return switch (step) {
            case Step.LinkMade _ -> isLeft(Step.Link.class);
            case Step.ResolvConfFile _ -> isLeft(Step.ResolvConfFile.class);
            case Step.ValidMark _ -> isLeft(Step.ValidMark.class) || isLeft(Step.RoutingRule.class);
            default -> left.contains(step);
        };
    }

    private boolean isLeft(Class<? extends Step> kind) {
        return left.stream().anyMatch(kind::isInstance);
    }

    private void undo(Step step, OptionalInt index) throws IOException {
        switch (step) {
            case Step.Link() -> deleteLink(index);
            case Step.RoutingRule(boolean added, Rule rule, int ownTable) -> {
                if (!added) {
                    removedRules.add(rule);
                } else if (!removedRules.remove(rule)) {
                    new DefaultRoutes(interfaceName, net, journal, output).remove(rule, ownTable);
                }
            }
            case Step.Firewall(boolean nft, boolean ipv4) ->
                    new FirewallRules(interfaceName, output).remove(nft, ipv4);
            case Step.Resolvconf resolvconf ->
                    new NameServers(interfaceName, output).unset(resolvconf);
            case Step.ResolvConfFile file -> {
                if (!resolvConfTried) { // this one replaced the earlier ones
                    resolvConfTried = true;
                    new NameServers(interfaceName, output).unset(journal, file);
                }
            }
            case Step.From _,
                    Step.Hooks _,
                    Step.Permit _,
                    Step.LinkMade _,
                    Step.Address _,
                    Step.AllowedRoute _,
                    Step.DefaultRoute _,
                    Step.Mark _,
                    Step.ValidMark _,
                    Step.Complete _ -> {}
        }
    }

    /**
     * @param index that of the created interface; empty if a crash came before it was known
     */
    private void deleteLink(OptionalInt index) throws IOException {
        LinkState link = findForGood();
        if (link == null) {
            UapiClient.deleteStaleSocket(interfaceName); // of a daemon that was killed
            return;
        }
        boolean ours = index.isPresent() ? index.getAsInt() == link.index() : isOfOurKind(link);
        if (!ours) {
            output.warn(interfaceName + " was created again by another program and stays");
            return;
        }
        deleteLink(net, interfaceName, output);
    }

    /** Finds the interface; a daemon that is still starting makes none after that. */
    private LinkState findForGood() throws IOException {
        try (var _ = Journal.lockShared()) {
            LinkState link = find(net, interfaceName);
            if (link == null && journal.steps().stream().anyMatch(Step.Permit.class::isInstance)) {
                journal.withdrawPermit();
            }
            return link;
        }
    }

    static boolean isOfOurKind(LinkState link) {
        return KINDS.contains(link.kind());
    }

    /** Returns null if there is no such interface. */
    static LinkState find(RtNetlink net, String name) throws IOException {
        try {
            return net.link(name);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENODEV) {
                return null;
            }
            throw e;
        }
    }

    /** Deletes an interface. Its process then removes its socket and ends. */
    static void deleteLink(RtNetlink net, String name, Output output) throws IOException {
        output.step("ip link delete dev " + name);
        try {
            net.deleteLink(name);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
    }
}
