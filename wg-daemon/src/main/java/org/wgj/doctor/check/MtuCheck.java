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

import java.net.Inet4Address;
import java.net.InetAddress;

/** Checks whether packets of the interface's MTU arrive, and without fragmentation. */
final class MtuCheck implements Check {
    private static final int UDP_AND_TRANSPORT_HEADER_AND_TAG = 8 + 16 + 16;

    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Findings.About about = findings.about(subject.label(), "mtu");
            seen.host()
                    .link(subject.name())
                    .filter(link -> subject.device() != null)
                    .ifPresent(link -> judge(about, subject, link));
        }
    }

    private static void judge(Findings.About about, Subject subject, Link link) {
        int mtu = link.state().mtu();
        boolean tried = false;
        for (PeerView peer : PeerView.of(subject)) {
            TunnelMtu measured = subject.probe(peer.key()).mtu();
            if (measured != null) {
                tried = true;
                tunnel(about, subject.name(), mtu, peer.key(), measured);
            }
            EndpointRoute route = subject.probe(peer.key()).route();
            if (route != null && route.pathMtu().isPresent()) {
                tried = true;
                path(about, subject.name(), mtu, route);
            }
        }
        if (!tried) {
            about.skip("there is no session yet to measure the MTU through");
        }
    }

    private static void tunnel(
            Findings.About about, String name, int mtu, PublicKey peer, TunnelMtu measured) {
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
        if (limit >= mtu) {
            about.pass("peer %s: packets of all %d bytes arrive (%s)".formatted(peer, mtu, ping));
        } else {
            about.fail(
                    "peer %s: packets longer than %d bytes are lost, the MTU is %d (%s)"
                            .formatted(peer, limit, mtu, ping),
                    "ip link set mtu %d dev %s, and MTU = %d in its file"
                            .formatted(limit, name, limit));
        }
    }

    /** The length of the headers that ping's -s does not count. */
    private static int pingHeaders(InetAddress target) {
        return target instanceof Inet4Address ? 20 + 8 : 40 + 8;
    }

    private static void path(Findings.About about, String name, int mtu, EndpointRoute route) {
        InetAddress endpoint = route.endpoint().getAddress();
        int ipHeader = endpoint instanceof Inet4Address ? 20 : 40;
        int whole = route.pathMtu().getAsInt() - ipHeader - UDP_AND_TRANSPORT_HEADER_AND_TAG;
        if (whole < mtu) {
            about.warn(
                    "the path to %s takes %d bytes: packets longer than %d travel in fragments"
                            .formatted(Ranges.text(endpoint), route.pathMtu().getAsInt(), whole),
                    "ip link set mtu %d dev %s, and MTU = %d in its file"
                            .formatted(whole, name, whole));
        }
    }
}
