// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Internet;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.NameServer;
import org.wgj.doctor.observation.Observation.NameService;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Route;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Checks whether traffic goes past a tunnel with a default route. */
final class LeakCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            if (subject.local() && subject.device() != null) {
                judge(seen.host(), subject, findings.about(subject.label(), "leaks"));
            }
        }
    }

    private static void judge(Host host, Subject subject, Findings.About about) {
        boolean ipv4 = takesAll(host, subject, false);
        boolean ipv6 = takesAll(host, subject, true);
        if (ipv4 || ipv6) {
            packets(about, host, subject, false, ipv4);
            packets(about, host, subject, true, ipv6);
            host.link(subject.name()).ifPresent(link -> shield(about, host, link, ipv4, ipv6));
        }
        names(about, host, subject, ipv4 || ipv6);
        if (ipv4 || ipv6) {
            about.passUnlessFound("all packets to the Internet and all names go into the tunnel");
        }
    }

    static boolean isOutside(Host host, String link) {
        return !link.equals("lo") && !host.outgoing().tunnels().contains(link);
    }

    /** Returns whether the interface is configured to take all packets of a family. */
    private static boolean takesAll(Host host, Subject subject, boolean ipv6) {
        Optional<Table> table = subject.config().map(ConfigFile::quick).map(quick -> quick.table());
        if (table.isEmpty() && !RouteCheck.leadsInto(host.routes(), subject.name(), all(ipv6))) {
            return false;
        }
        if (table.isPresent()
                && (table.get() instanceof Table.Off
                        || table.get() instanceof Table.Number(int id) && id != Route.MAIN_TABLE)) {
            return false; // other programs decide what goes into the tunnel
        }
        List<IpPrefix> ranges =
                PeerView.of(subject).stream().flatMap(peer -> peer.ranges().stream()).toList();
        return Internet.isAllowed(ranges, ipv6);
    }

    private static IpPrefix all(boolean ipv6) {
        return IpPrefix.parse(ipv6 ? "::/0" : "0.0.0.0/0");
    }

    private static void packets(
            Findings.About about, Host host, Subject subject, boolean ipv6, boolean promised) {
        Optional<InetAddress> leaked =
                host.outgoing().links().entrySet().stream()
                        .filter(way -> IpPrefix.host(way.getKey()).ipv6() == ipv6)
                        .filter(way -> isOutside(host, way.getValue()))
                        .map(way -> way.getKey())
                        .min((a, b) -> Ranges.text(a).compareTo(Ranges.text(b)));
        if (leaked.isEmpty()) {
            return;
        }
        String link = host.outgoing().links().get(leaked.get());
        String seen =
                "IPv%d goes past the tunnel: packets to %s leave by %s"
                        .formatted(ipv6 ? 6 : 4, Ranges.text(leaked.get()), link);
        String allowed = "AllowedIPs = 0.0.0.0/0, ::/0 for the peer that should have it";
        if (promised) {
            LeakCause cause = LeakCause.of(host, subject, leaked.get(), link);
            about.fail(seen + ", because " + cause.reason(), cause.fix());
        } else if (ipv6) {
            about.fail(seen + ", because the tunnel takes only IPv4", allowed);
        } else {
            // Many tunnels exist to bring IPv6 to a network that has only IPv4.
            about.warn(seen + ", because the tunnel takes only IPv6", allowed);
        }
    }

    private static void shield(
            Findings.About about, Host host, Link link, boolean ipv4, boolean ipv6) {
        List<String> open = new ArrayList<>();
        for (var own : link.addresses()) {
            IpPrefix address = IpPrefix.host(own.address());
            if ((address.ipv6() ? ipv6 : ipv4) && !own.address().isLinkLocalAddress()) {
                Optional<Boolean> protects =
                        AddressProtection.protects(host, link.state().name(), address);
                if (protects.isEmpty()) {
                    about.skip(
                            "could not see whether packets to %s from outside are dropped"
                                    .formatted(Ranges.text(address)));
                } else if (!protects.get()) {
                    open.add(Ranges.text(address));
                }
            }
        }
        if (!open.isEmpty()) {
            about.fail(
                    ("packets to %s that come in past the tunnel are not dropped: neighbours can"
                                    + " find and disturb its connections (CVE-2019-14899)")
                            .formatted(String.join(" and ", open)),
                    "install nft, then down and up again; for IPv4 also: sysctl -w"
                            + " net.ipv4.conf.all.rp_filter=1");
        }
    }

    private static void names(
            Findings.About about, Host host, Subject subject, boolean hasDefaultRoute) {
        NameService names = host.outgoing().names();
        List<InetAddress> missing =
                new ArrayList<>(
                        subject.config().map(c -> c.quick().dnsServers()).orElse(List.of()));
        names.servers().forEach(server -> missing.remove(server.address()));
        boolean ineffective = !missing.isEmpty() && names.unseen() == null;
        List<NameServer> past =
                names.servers().stream()
                        .filter(server -> server.link() != null && isOutside(host, server.link()))
                        .toList();
        String fix =
                subject.config().map(c -> c.quick().dnsServers().isEmpty()).orElse(true)
                        ? "DNS = ADDRESS in the file, of a server behind the tunnel"
                        : LeakCause.again(subject);
        if ((hasDefaultRoute || ineffective) && !past.isEmpty()) {
            about.fail(
                    "names are looked up past the tunnel: "
                            + past.stream()
                                    .map(s -> Ranges.text(s.address()) + " by " + s.link())
                                    .collect(Collectors.joining(", ")),
                    fix);
        } else if (ineffective) {
            about.warn(
                    "DNS of the file is not in effect: names are not looked up at "
                            + missing.stream()
                                    .map(Ranges::text)
                                    .collect(Collectors.joining(" or ")),
                    fix);
        }
        if (hasDefaultRoute && names.unseen() != null) {
            about.skip(names.unseen());
        }
    }
}
