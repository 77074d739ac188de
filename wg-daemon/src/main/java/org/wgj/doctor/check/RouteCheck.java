// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.doctor.observation.Sysctls;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Route;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.util.List;

/** Checks that packets for the peers go into the tunnel, and its own datagrams past it. */
final class RouteCheck implements Check {
    private static final IpPrefix ALL_IPV4 = IpPrefix.parse("0.0.0.0/0");

    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Findings.About about = findings.about(subject.label(), "routes");
            subject.config().ifPresent(config -> mark(about, config));
            if (!subject.local() || subject.device() == null) {
                continue;
            }
            answers(about, seen.host(), subject);
            for (PeerView peer : PeerView.of(subject)) {
                loop(about, seen.host(), subject, peer.key());
                for (IpPrefix range : peer.ranges()) {
                    routed(about, seen.host(), subject, range);
                }
            }
            about.passUnlessFound("every AllowedIPs leads into the tunnel, no endpoint does");
        }
    }

    /** Warns of a default route in the main table: wg-quick sets no mark for it. */
    private static void mark(Findings.About about, ConfigFile config) {
        boolean all =
                PeerView.of(config).stream()
                        .anyMatch(p -> p.ranges().stream().anyMatch(Ranges::isDefault));
        boolean main =
                config.quick().table() instanceof Table.Number table
                        && table.id() == Route.MAIN_TABLE;
        if (all && main && config.device().fwmark().orElse(0) == 0) {
            about.warn(
                    "a default route in the main table and no FwMark: the tunnel's own datagrams"
                            + " would go into the tunnel",
                    "remove Table = main, so that wgj makes a table and a mark for it");
        }
    }

    private static void loop(Findings.About about, Host host, Subject subject, PublicKey peer) {
        EndpointRoute route = subject.probe(peer).route();
        if (route == null || route.endpoint().isUnresolved()) {
            return; // ReachCheck reports names
        }
        String endpoint = Ranges.text(route.endpoint().getAddress());
        if (route.source() == null) {
            about.fail(
                    "no route to " + endpoint + ", where peer " + peer + " is",
                    "ip route get " + endpoint + " shows why");
            return;
        }
        boolean own =
                host.link(subject.name()).stream()
                        .flatMap(link -> link.addresses().stream())
                        .anyMatch(address -> address.address().equals(route.source()));
        if (own) {
            about.fail(
                    "datagrams to %s, where peer %s is, go into the tunnel itself"
                            .formatted(endpoint, peer),
                    "set FwMark, with a rule for it as wgj up makes it, or: ip route add "
                            + endpoint
                            + " via GATEWAY");
        }
    }

    /**
     * Checks that the kernel does not drop answers to marked datagrams: they arrive by another
     * interface than the one that unmarked datagrams leave by.
     */
    private static void answers(Findings.About about, Host host, Subject subject) {
        boolean marked =
                subject.device().fwmark() != 0
                        && leadsInto(host.routes(), subject.name(), ALL_IPV4)
                        && "0".equals(host.sysctls().get(Sysctls.VALID_MARK));
        if (marked
                && host.links().stream()
                        .map(link -> link.state().name())
                        .anyMatch(
                                link ->
                                        LeakCheck.isOutside(host, link)
                                                && AddressProtection.isStrict(host, link))) {
            about.fail(
                    "answers to the tunnel's own datagrams are dropped, since rp_filter is 1 and "
                            + Sysctls.VALID_MARK
                            + " is 0",
                    "sysctl -w " + Sysctls.VALID_MARK + "=1");
        }
    }

    private static void routed(Findings.About about, Host host, Subject subject, IpPrefix range) {
        boolean wanted =
                subject.config().map(c -> !(c.quick().table() instanceof Table.Off)).orElse(true);
        boolean inProcess = host.link(subject.name()).isEmpty(); // routes lead into interfaces
        if (!wanted || inProcess || leadsInto(host.routes(), subject.name(), range)) {
            return;
        }
        String text = "no route leads " + range + " into " + subject.name();
        String fix = "ip route add %s dev %s".formatted(range, subject.name());
        if (Ranges.isDefault(range)) {
            // Many users accept everything from a peer and choose what to send there.
            about.warn(text + ", only what other routes send there", fix);
        } else {
            about.fail(text, fix);
        }
    }

    static boolean leadsInto(List<Route> routes, String link, IpPrefix range) {
        List<IpPrefix> into =
                routes.stream()
                        .filter(r -> link.equals(r.link()) && r.kind() == Route.Kind.UNICAST)
                        .map(r -> Ranges.network(r.destination()))
                        .toList();
        if (Ranges.anyContains(into, range)) {
            return true;
        }
        // OpenVPN's way around a default route: its two halves.
        return Ranges.isDefault(range)
                && into.stream().filter(r -> r.ipv6() == range.ipv6() && r.length() == 1).count()
                        == 2;
    }
}
