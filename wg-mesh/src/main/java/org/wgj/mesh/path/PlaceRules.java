// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.Membership;
import org.wgj.protocol.IpPrefix;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides which of a peer's candidates are worth a try from here. A candidate may come from a
 * hostile node: nothing that lies inside the mesh or on this machine is ever tried, so that no
 * tunnel runs inside a tunnel.
 *
 * @param planeRanges the ranges of all planes
 * @param tunnelRoutes the networks that this machine routes into its tunnels
 * @param local the addresses of this machine; empty if they are unknown
 */
record PlaceRules(
        List<IpPrefix> planeRanges, List<IpPrefix> tunnelRoutes, List<LocalAddress> local) {
    /** No rules but those that hold everywhere. */
    static final PlaceRules NONE = new PlaceRules(List.of(), List.of(), List.of());

    private static final List<IpPrefix> PRIVATE =
            List.of(
                    IpPrefix.parse("10.0.0.0/8"),
                    IpPrefix.parse("172.16.0.0/12"),
                    IpPrefix.parse("192.168.0.0/16"),
                    IpPrefix.parse("100.64.0.0/10"),
                    IpPrefix.parse("fc00::/7"));

    PlaceRules {
        planeRanges = List.copyOf(planeRanges);
        tunnelRoutes = List.copyOf(tunnelRoutes);
        local = List.copyOf(local);
    }

    /**
     * The accepted part of a peer's candidates.
     *
     * @param places the best first, each endpoint once
     * @param onlyOwnRoutes whether there were candidates, and all lie behind the mesh itself
     */
    record Choice(List<Place> places, boolean onlyOwnRoutes) {}

    Choice choose(Membership peer, Membership own) {
        Map<InetSocketAddress, Place> places = new LinkedHashMap<>();
        boolean samePublic = samePublicAddress(peer, own);
        int routed = 0;
        for (Candidate candidate : peer.candidates()) {
            if (isRouted(candidate.endpoint().getAddress())) {
                routed++;
                continue;
            }
            Place.Rank rank = rank(candidate, samePublic);
            if (rank != null) {
                places.merge(
                        candidate.endpoint(),
                        new Place(candidate.endpoint(), rank),
                        (a, b) -> b.isBetterThan(a) ? b : a);
            }
        }
        List<Place> sorted = new ArrayList<>(places.values());
        sorted.sort(Comparator.comparing(place -> place.rank)); // stable: the map's order
        return new Choice(sorted, routed > 0 && routed == peer.candidates().size());
    }

    /** Returns whether packets to an address would go into one of our own tunnels. */
    boolean isRouted(InetAddress address) {
        if (isInAny(planeRanges, address)) {
            return true;
        }
        int tunnel = -1;
        for (IpPrefix route : tunnelRoutes) {
            if (contains(route, address)) {
                tunnel = Math.max(tunnel, route.length());
            }
        }
        int outside = -1;
        for (LocalAddress own : outsideAddresses()) {
            if (contains(own.network(), address)) {
                outside = Math.max(outside, own.prefixLength());
            }
        }
        return tunnel >= 0 && tunnel >= outside;
    }

    /** Returns whether a place that a peer was heard from may be tried. */
    boolean mayTry(InetSocketAddress endpoint) {
        return isSendable(endpoint) && !isRouted(endpoint.getAddress());
    }

    /** Returns the rank of a candidate; null if it is not worth a try. */
    private Place.Rank rank(Candidate candidate, boolean samePublic) {
        InetAddress address = candidate.endpoint().getAddress();
        if (!isSendable(candidate.endpoint())) {
            return null;
        }
        boolean onLink = isOnLink(address);
        boolean lan = isInAny(PRIVATE, address) ? samePublic || onLink : onLink;
        if (candidate.kind() != Candidate.Kind.LOCAL) {
            if (onLink) {
                return Place.Rank.LAN;
            }
            return switch (candidate.kind()) {
                case STATIC -> Place.Rank.STATIC;
                case MAPPED -> Place.Rank.MAPPED;
                default -> Place.Rank.OBSERVED;
            };
        }
        boolean ipv4 = address instanceof Inet4Address;
        if (isInAny(PRIVATE, address)) {
            // The same private address exists in many networks: on-link alone proves nothing.
            return samePublic || !ipv4 && onLink ? Place.Rank.LAN : null;
        }
        if (lan) {
            return Place.Rank.LAN;
        }
        return ipv4 ? Place.Rank.OBSERVED : Place.Rank.IPV6;
    }

    private boolean isSendable(InetSocketAddress endpoint) {
        InetAddress address = endpoint.getAddress();
        return endpoint.getPort() != 0
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isMulticastAddress()
                && !isBroadcast(address)
                && !isOwn(address)
                && hasFamilyOf(address);
    }

    private static boolean isBroadcast(InetAddress address) {
        return address instanceof Inet4Address && address.getAddress()[0] == -1;
    }

    private boolean isOwn(InetAddress address) {
        return local.stream().anyMatch(own -> own.address().equals(address));
    }

    private boolean hasFamilyOf(InetAddress address) {
        boolean ipv4 = address instanceof Inet4Address;
        return local.isEmpty()
                || outsideAddresses().stream()
                        .anyMatch(own -> own.address() instanceof Inet4Address == ipv4);
    }

    private boolean isOnLink(InetAddress address) {
        return outsideAddresses().stream()
                .anyMatch(own -> !own.pointToPoint() && contains(own.network(), address));
    }

    /** The addresses that are not of a plane, of loopback or of one link only. */
    private List<LocalAddress> outsideAddresses() {
        return local.stream()
                .filter(
                        own ->
                                !isInAny(planeRanges, own.address())
                                        && !own.address().isLoopbackAddress()
                                        && !own.address().isLinkLocalAddress())
                .toList();
    }

    private static boolean samePublicAddress(Membership peer, Membership own) {
        Set<InetAddress> seen = seenIpv4(own);
        seen.retainAll(seenIpv4(peer));
        return !seen.isEmpty();
    }

    private static Set<InetAddress> seenIpv4(Membership member) {
        Set<InetAddress> seen = new HashSet<>();
        for (Candidate candidate : member.candidates()) {
            if (candidate.kind() == Candidate.Kind.OBSERVED
                    && candidate.endpoint().getAddress() instanceof Inet4Address ipv4) {
                seen.add(ipv4);
            }
        }
        return seen;
    }

    /**
     * Returns whether a member is reached without a handshake of its own first: its owner says so,
     * its router does, or its own address is the one that others see.
     */
    static boolean isPublic(Membership member) {
        return member.candidates().stream().anyMatch(candidate -> isPublic(member, candidate));
    }

    /** Returns whether a candidate of a member is a reason to call it public. */
    static boolean isPublic(Membership member, Candidate candidate) {
        return switch (candidate.kind()) {
            case STATIC, MAPPED -> true;
            case OBSERVED ->
                    member.candidates().stream()
                            .anyMatch(
                                    own ->
                                            own.kind() == Candidate.Kind.LOCAL
                                                    && own.endpoint()
                                                            .getAddress()
                                                            .equals(
                                                                    candidate
                                                                            .endpoint()
                                                                            .getAddress()));
            case LOCAL -> false;
        };
    }

    private static boolean isInAny(List<IpPrefix> prefixes, InetAddress address) {
        return prefixes.stream().anyMatch(prefix -> contains(prefix, address));
    }

    static boolean contains(IpPrefix prefix, InetAddress address) {
        return prefix.ipv6() != address instanceof Inet4Address
                && IpPrefix.networkOf(address, prefix.length()).equals(prefix);
    }
}
