// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Cidr;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds an address behind a peer that probably answers pings. */
final class TunnelTarget {
    private TunnelTarget() {}

    /**
     * Returns an address that is routed to this peer, or null. A single address in AllowedIPs is
     * best, then the first addresses of a range, which gateways often have. For a default route
     * these are the first addresses of the interface's own network, then the peer's endpoint.
     *
     * @param own the interface's addresses
     * @param endpoint the address of the peer; null if unknown
     */
    static InetAddress of(PeerView peer, List<PeerView> all, List<Cidr> own, InetAddress endpoint) {
        List<IpPrefix> candidates = new ArrayList<>();
        peer.ranges().stream().filter(Ranges::isHost).forEach(candidates::add);
        for (IpPrefix range : peer.ranges()) {
            if (!Ranges.isHost(range) && !Ranges.isDefault(range)) {
                candidates.addAll(first(range));
            }
        }
        List<Cidr> usable =
                own.stream().filter(address -> !address.address().isLinkLocalAddress()).toList();
        usable.forEach(address -> candidates.addAll(first(Ranges.network(address))));
        if (endpoint != null) {
            candidates.add(IpPrefix.host(endpoint));
        }
        List<IpPrefix> ours = usable.stream().map(a -> IpPrefix.host(a.address())).toList();
        for (IpPrefix candidate : candidates) {
            boolean family = ours.stream().anyMatch(a -> a.ipv6() == candidate.ipv6());
            if (family && !ours.contains(candidate) && goesTo(peer, all, candidate)) {
                return Ranges.address(candidate);
            }
        }
        return null;
    }

    /** The first two host addresses of a network. */
    private static List<IpPrefix> first(IpPrefix range) {
        if (range.length() > (range.ipv6() ? 126 : 30)) {
            return List.of();
        }
        return List.of(Ranges.host(range, 1), Ranges.host(range, 2));
    }

    /** Returns the peer that packets to an address go to; null if no AllowedIPs cover it. */
    static PeerView peerOf(List<PeerView> peers, InetAddress address) {
        IpPrefix host = IpPrefix.host(address);
        return peers.stream()
                .filter(peer -> longest(peer, host) >= 0)
                .max(Comparator.comparingInt(peer -> longest(peer, host)))
                .orElse(null);
    }

    /** Returns whether the longest prefix with the address belongs to the peer. */
    private static boolean goesTo(PeerView peer, List<PeerView> all, IpPrefix address) {
        int best = longest(peer, address);
        return best >= 0
                && all.stream()
                        .filter(other -> !other.key().equals(peer.key()))
                        .allMatch(other -> longest(other, address) < best);
    }

    private static int longest(PeerView peer, IpPrefix address) {
        return peer.ranges().stream()
                .filter(range -> range.contains(address))
                .mapToInt(IpPrefix::length)
                .max()
                .orElse(-1);
    }
}
