// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks the ways of packets: tunnels in tunnels (D7), and ways that lead there and not back (D1).
 */
final class RouteChecks {
    private static final int MAX_HOPS = 8;

    /** In a larger group only direct peers are compared: every pair would take too long. */
    private static final int MAX_GROUP = 2_000;

    private final Folder folder;
    private final Verdicts verdicts;

    RouteChecks(Folder folder, Verdicts verdicts) {
        this.folder = folder;
        this.verdicts = verdicts;
    }

    void run() {
        for (Member member : folder.members()) {
            for (PeerConfig peer : member.peers()) {
                IpPrefix endpoint = literal(peer.endpoint());
                if (endpoint != null) {
                    inOwnTunnel(member, peer, endpoint);
                    inOtherTunnel(member, peer, endpoint);
                }
                defaults(member, peer);
            }
        }
        for (List<Member> group : folder.groups()) {
            if (group.size() > MAX_GROUP) {
                verdicts.skip(
                        Fault.ONE_SIDED,
                        verdicts.whole(),
                        "ways over other nodes are followed among at most %d files"
                                .formatted(MAX_GROUP));
            } else {
                group.forEach(from -> group.forEach(to -> follow(from, to)));
            }
        }
    }

    private static IpPrefix literal(HostPort endpointOrNull) {
        if (endpointOrNull == null || endpointOrNull.isName()) {
            return null;
        }
        return IpPrefix.host(InetAddress.ofLiteral(endpointOrNull.host()));
    }

    private void inOwnTunnel(Member member, PeerConfig peer, IpPrefix endpoint) {
        RangeTable.Hit hit = member.route(endpoint);
        // A default route has a table of its own, which the tunnel's own datagrams do not use.
        boolean routed = hit != null && hit.range().length() > 0 && member.content().makesRoutes();
        IpPrefix inside =
                routed
                        ? hit.range()
                        : member.networks().stream()
                                .filter(n -> n.contains(endpoint.firstAddress()))
                                .findFirst()
                                .orElse(null);
        if (inside != null) {
            verdicts.fail(
                    Fault.TUNNEL_IN_TUNNEL,
                    member.label(),
                    "the endpoint %s of %s is in %s, which goes into this tunnel: so would its own"
                                    .formatted(peer.endpoint(), folder.name(peer), inside)
                            + " datagrams",
                    routed
                            ? "take %s out of the AllowedIPs of %s, or name an endpoint outside"
                                    .formatted(inside, folder.name(hit.peer()))
                            : "name the address that it has outside of the mesh");
        }
    }

    private void inOtherTunnel(Member member, PeerConfig peer, IpPrefix endpoint) {
        for (Member other : folder.nodes().get(member.node())) {
            RangeTable.Hit hit = other == member ? null : other.route(endpoint);
            if (hit != null && hit.range().length() > 0 && other.content().makesRoutes()) {
                verdicts.warn(
                        Fault.TUNNEL_IN_TUNNEL,
                        member.label(),
                        "the endpoint %s of %s is in %s, which goes into %s: a tunnel in a tunnel"
                                .formatted(
                                        peer.endpoint(),
                                        folder.name(peer),
                                        hit.range(),
                                        other.label()),
                        "name the address that it has outside of the mesh");
            }
        }
    }

    /** Two nodes that send everything to each other send it round and round. */
    private void defaults(Member member, PeerConfig peer) {
        Member owner = folder.owner(peer);
        PeerConfig back = owner == null ? null : owner.peer(member);
        if (back == null || member.label().compareTo(owner.label()) >= 0) {
            return;
        }
        for (IpPrefix range : Member.allowed(peer)) {
            if (range.length() == 0 && Member.allowed(back).contains(range)) {
                verdicts.fail(
                        Fault.TUNNEL_IN_TUNNEL,
                        member.label(),
                        "it and %s give each other the default route %s: packets to the Internet"
                                        .formatted(owner.label(), range)
                                + " go back and forth",
                        "on the node that has the way out, AllowedIPs = the other's address");
            }
        }
    }

    /** Follows packets from one node to another that is not its peer. */
    private void follow(Member from, Member to) {
        if (from == to || from.peer(to) != null || to.hosts().isEmpty()) {
            return;
        }
        IpPrefix destination = to.hosts().getFirst();
        IpPrefix source =
                from.hosts().stream()
                        .filter(host -> host.ipv6() == destination.ipv6())
                        .findFirst()
                        .orElse(null);
        RangeTable.Hit hit = from.route(destination);
        if (source == null || hit == null || hit.range().length() == 0) {
            return;
        }
        List<String> way = new ArrayList<>(List.of(from.label()));
        Set<Member> seen = new HashSet<>(Set.of(from));
        Member last = from;
        while (hit != null && way.size() <= MAX_HOPS) {
            Member next = folder.owner(hit.peer());
            if (next == null || next.peer(last) == null) {
                return; // not among these files, or told already
            }
            way.add(next.label());
            RangeTable.Hit back = next.route(source);
            if (back == null || !back.peer().publicKey().equals(last.key())) {
                verdicts.fail(
                        Fault.ONE_SIDED,
                        next.label(),
                        "packets of %s to %s come from %s, which is not allowed %s here"
                                .formatted(from.label(), to.label(), last.label(), source),
                        "add %s to the AllowedIPs of %s in %s"
                                .formatted(source, last.label(), next.label()));
                return;
            }
            if (next == to) {
                return;
            }
            if (!seen.add(next)) {
                verdicts.fail(
                        Fault.TUNNEL_IN_TUNNEL,
                        from.label(),
                        "packets to %s go in a circle: %s"
                                .formatted(to.label(), String.join(", ", way)),
                        "give %s to the peer that leads there".formatted(destination));
                return;
            }
            last = next;
            hit = next.route(destination);
        }
        if (hit == null) {
            verdicts.warn(
                    Fault.ALLOWED_IPS,
                    last.label(),
                    "%s sends packets for %s here, but no peer has %s"
                            .formatted(from.label(), to.label(), destination),
                    "a [Peer] for %s in %s, or a narrower range in %s"
                            .formatted(to.label(), last.label(), from.label()));
        }
    }
}
