// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.doctor.observation.StackMtu;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.ConfigFile;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks whether packets of the interface's MTU arrive, and without fragmentation. */
final class MtuCheck implements Check {
    private static final int UDP_AND_TRANSPORT_HEADER_AND_TAG = 8 + 16 + 16;

    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Findings.About about = findings.about(subject.label(), "mtu");
            Optional<Link> link = seen.host().link(subject.name());
            if (link.isPresent() && subject.device() != null) {
                judge(about, subject, Mtu.of(link.get(), subject.name()));
            } else if (link.isEmpty() && subject.local()) {
                withoutInterface(about, subject);
            }
        }
    }

    /**
     * The MTU to judge.
     *
     * @param set how to change it to another number
     */
    private record Mtu(int bytes, String set) {
        static Mtu of(Link link, String name) {
            return new Mtu(
                    link.state().mtu(),
                    "ip link set mtu %1$d dev " + name + ", and MTU = %1$d in its file");
        }

        static Mtu of(Subject subject) {
            return new Mtu(
                    StackMtu.of(subject),
                    subject.file() == null
                            ? "MTU = %d in its file"
                            : "MTU = %d in " + subject.file().path());
        }

        String fix(int other) {
            return set.formatted(other);
        }
    }

    /**
     * A tunnel inside its process, or a file that is not up. An interface gets an MTU that fits the
     * path, unless its file has one.
     */
    private static void withoutInterface(Findings.About about, Subject subject) {
        boolean inProcess = subject.device() != null;
        if (!inProcess && !subject.config().map(file -> isKnown(subject, file)).orElse(false)) {
            return;
        }
        Mtu mtu = Mtu.of(subject);
        boolean ipv6 = StackMtu.hasAddress(subject, true);
        if (mtu.bytes() < StackMtu.LEAST_OF_IPV6) {
            tooSmallForIpv6(about, subject, mtu, ipv6);
        }
        boolean measured = false;
        for (PeerView peer : PeerView.of(subject)) {
            TunnelMtu limit = limit(subject, peer);
            measured |= limit != null;
            if (limit != null && limit.limit().isPresent()) {
                inProcess(about, mtu, peer.key(), limit, ipv6);
            } else if (limit != null) {
                tunnel(about, mtu, peer.key(), limit);
            }
            EndpointRoute route = subject.probe(peer.key()).route();
            if (route != null && route.pathMtu().isPresent()) {
                path(about, mtu, route);
                measured = true;
            }
        }
        if (measured) {
            about.passUnlessFound(
                    "packets of all %d bytes fit the paths to the endpoints, as far as this machine"
                                    .formatted(mtu.bytes())
                            + " knows them");
        }
    }

    private static void tooSmallForIpv6(
            Findings.About about, Subject subject, Mtu mtu, boolean address) {
        boolean dns =
                subject.config().stream()
                        .flatMap(file -> file.quick().dnsServers().stream())
                        .anyMatch(Inet6Address.class::isInstance);
        boolean ranges =
                PeerView.of(subject).stream()
                        .flatMap(peer -> peer.ranges().stream())
                        .anyMatch(IpPrefix::ipv6);
        List<String> keys = new ArrayList<>();
        if (address) {
            keys.add("Address");
        }
        if (dns) {
            keys.add("DNS");
        }
        if (ranges) {
            keys.add("AllowedIPs");
        }
        String seen =
                "IPv6 in %s needs an MTU of %d, and MTU = %d"
                        .formatted(String.join(" and ", keys), StackMtu.LEAST_OF_IPV6, mtu.bytes());
        String fix = mtu.fix(StackMtu.LEAST_OF_IPV6) + ", or no IPv6 there";
        if (address || dns) {
            about.fail(seen, fix);
        } else if (ranges) {
            about.warn(seen, fix);
        }
    }

    private static TunnelMtu limit(Subject subject, PeerView peer) {
        return subject.through() == null ? null : subject.through().mtus().get(peer.key());
    }

    private static boolean isKnown(Subject subject, ConfigFile file) {
        return subject.file().ofProxy()
                || subject.through() != null && subject.through().opened()
                || file.quick().mtu().isPresent();
    }

    private static void inProcess(
            Findings.About about, Mtu mtu, PublicKey peer, TunnelMtu measured, boolean ipv6) {
        int limit = measured.limit().getAsInt();
        String target = Ranges.text(measured.target());
        if (limit >= mtu.bytes()) {
            about.pass(
                    "peer %s: packets of all %d bytes arrive (pings of %s)"
                            .formatted(peer, mtu.bytes(), target));
        } else {
            about.fail(
                    "peer %s: packets longer than %d bytes are lost, the MTU is %d (pings of %s)"
                            .formatted(peer, limit, mtu.bytes(), target),
                    ipv6 && limit < StackMtu.LEAST_OF_IPV6
                            ? "repair the path, which has no room for IPv6 (%d); or "
                                            .formatted(StackMtu.LEAST_OF_IPV6)
                                    + mtu.fix(limit)
                                    + ", without the IPv6 address"
                            : mtu.fix(limit));
        }
    }

    private static void judge(Findings.About about, Subject subject, Mtu mtu) {
        boolean tried = false;
        for (PeerView peer : PeerView.of(subject)) {
            TunnelMtu measured = subject.probe(peer.key()).mtu();
            if (measured != null) {
                tried = true;
                tunnel(about, mtu, peer.key(), measured);
            }
            EndpointRoute route = subject.probe(peer.key()).route();
            if (route != null && route.pathMtu().isPresent()) {
                tried = true;
                path(about, mtu, route);
            }
        }
        if (!tried) {
            about.skip("there is no session yet to measure the MTU through");
        }
    }

    private static void tunnel(Findings.About about, Mtu mtu, PublicKey peer, TunnelMtu measured) {
        if (measured.unmeasured() != null) {
            about.skip("peer " + peer + ": " + measured.unmeasured());
            return;
        }
        String target = Ranges.text(measured.target());
        if (measured.limit().isEmpty()) {
            about.skip("peer %s: %s answers no ping".formatted(peer, target));
            return;
        }
        int limit = measured.limit().getAsInt();
        String ping = "ping -M do -s " + (limit - pingHeaders(measured.target())) + " " + target;
        if (limit >= mtu.bytes()) {
            about.pass(
                    "peer %s: packets of all %d bytes arrive (%s)"
                            .formatted(peer, mtu.bytes(), ping));
        } else {
            about.fail(
                    "peer %s: packets longer than %d bytes are lost, the MTU is %d (%s)"
                            .formatted(peer, limit, mtu.bytes(), ping),
                    mtu.fix(limit));
        }
    }

    /** The length of the headers that ping's -s does not count. */
    private static int pingHeaders(InetAddress target) {
        return target instanceof Inet4Address ? 20 + 8 : 40 + 8;
    }

    private static void path(Findings.About about, Mtu mtu, EndpointRoute route) {
        InetAddress endpoint = route.endpoint().getAddress();
        int ipHeader = endpoint instanceof Inet4Address ? 20 : 40;
        int whole = route.pathMtu().getAsInt() - ipHeader - UDP_AND_TRANSPORT_HEADER_AND_TAG;
        if (whole < mtu.bytes()) {
            about.warn(
                    "the path to %s takes %d bytes: packets longer than %d travel in fragments"
                            .formatted(Ranges.text(endpoint), route.pathMtu().getAsInt(), whole),
                    mtu.fix(whole));
        }
    }
}
