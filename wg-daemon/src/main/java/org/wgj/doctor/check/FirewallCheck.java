// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.nft.Outcome;
import org.wgj.doctor.nft.Packet;
import org.wgj.doctor.nft.Ruleset;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.FirewallState;
import org.wgj.doctor.observation.Observation.Subject;

import java.net.Inet6Address;
import java.util.HashSet;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/** Checks whether the firewall accepts datagrams of peers and forwards packets of the tunnel. */
final class FirewallCheck implements Check {
    private static final String CHECK = "firewall";

    @Override
    public void judge(Observation seen, Findings findings) {
        FirewallState firewall = seen.host().firewall();
        if (seen.subjects().stream().noneMatch(Subject::local)) {
            return;
        }
        if (firewall.unseen() != null) {
            findings.about(Findings.HOST, CHECK).skip(firewall.unseen());
        }
        if (firewall.ruleset() == null) {
            return;
        }
        Set<String> inside = new HashSet<>(Set.of("lo"));
        seen.subjects().stream().filter(Subject::local).forEach(s -> inside.add(s.name()));
        for (Subject subject : seen.subjects()) {
            if (subject.local()) {
                Findings.About about = findings.about(subject.label(), CHECK);
                input(about, firewall.ruleset(), subject, inside);
                if (Forwarding.of(subject) != Forwarding.NONE) {
                    forward(about, firewall.ruleset(), subject, inside);
                }
            }
        }
    }

    private static void input(
            Findings.About about, Ruleset ruleset, Subject subject, Set<String> inside) {
        int port = port(subject);
        if (port == 0) {
            return; // it only sends initiations, and answers to these are accepted
        }
        for (boolean ipv6 : families(subject)) {
            Outcome outcome = ruleset.outcome("input", Packet.datagram(ipv6, port, inside));
            String datagrams = "UDP over IPv%d to port %d".formatted(ipv6 ? 6 : 4, port);
            String where = "%s (%s)".formatted(outcome.chain(), outcome.how());
            String fix = "nft insert rule " + outcome.chain() + " udp dport " + port + " accept";
            switch (outcome.kind()) {
                case ACCEPTED -> about.pass(datagrams + " is accepted");
                case SOMETIMES ->
                        about.warn(
                                datagrams
                                        + " is accepted only under conditions, and otherwise"
                                        + " dropped in "
                                        + where,
                                fix);
                case DROPPED -> about.fail(datagrams + " is dropped in " + where, fix);
            }
        }
    }

    /**
     * Returns the port that peers send to: the interface's present port, which may differ from its
     * file. Returns 0 if the file lets the system choose a port each time.
     */
    private static int port(Subject subject) {
        OptionalInt configured =
                subject.config()
                        .map(config -> config.device().listenPort())
                        .orElse(OptionalInt.empty());
        if (subject.config().isPresent() && configured.isEmpty()) {
            return 0;
        }
        return subject.device() == null ? configured.orElse(0) : subject.device().listenPort();
    }

    private static Set<Boolean> families(Subject subject) {
        Set<Boolean> families = new HashSet<>();
        for (Observation.Probe probe : subject.probes().values()) {
            EndpointRoute route = probe.route();
            if (route != null && !route.endpoint().isUnresolved()) {
                families.add(route.endpoint().getAddress() instanceof Inet6Address);
            }
        }
        return families.isEmpty() ? Set.of(false) : families;
    }

    private static void forward(
            Findings.About about, Ruleset ruleset, Subject subject, Set<String> inside) {
        String name = subject.name();
        Packet among = Packet.forwarded(false, name, name, Set.of());
        Packet outwards = Packet.forwarded(false, name, null, inside);
        for (Packet packet : new Packet[] {among, outwards}) {
            Outcome outcome = ruleset.outcome("forward", packet);
            boolean between = Objects.equals(packet.out(), name);
            if (outcome.kind() == Outcome.Kind.DROPPED) {
                about.warn(
                        "packets from %s %s are dropped in %s (%s)"
                                .formatted(
                                        name,
                                        between ? "to another of its peers" : "to other networks",
                                        outcome.chain(),
                                        outcome.how()),
                        "nft insert rule %s iifname %s %saccept"
                                .formatted(
                                        outcome.chain(),
                                        name,
                                        between ? "oifname " + name + " " : ""));
            }
        }
    }
}
