// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Cidr;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Finds an address behind a peer that is likely to be the peer's own. */
final class TunnelTarget {
    private TunnelTarget() {}

    /**
     * An address that packets go to this peer for, or null. One that AllowedIPs name alone is best;
     * of a range the first addresses, which gateways have; of everything the first ones of the
     * interface's own network, or where the peer is in the world outside.
     *
     * @param own the interface's addresses
     * @param endpoint where the peer is; null when unknown
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
            candidates.add(Ranges.host(endpoint));
        }
        List<IpPrefix> ours = usable.stream().map(a -> Ranges.host(a.address())).toList();
        for (IpPrefix candidate : candidates) {
            boolean family = ours.stream().anyMatch(a -> a.ipv6() == candidate.ipv6());
            if (family && !ours.contains(candidate) && goesTo(peer, all, candidate)) {
                return Ranges.address(candidate);
            }
        }
        return null;
    }

    /** The first two addresses of a network that hosts have. */
    private static List<IpPrefix> first(IpPrefix range) {
        if (range.length() > (range.ipv6() ? 126 : 30)) {
            return List.of();
        }
        return List.of(Ranges.host(range, 1), Ranges.host(range, 2));
    }

    /** Whether the longest range around the address is one of the peer's. */
    private static boolean goesTo(PeerView peer, List<PeerView> all, IpPrefix address) {
        int best = longest(peer, address);
        return best >= 0
                && all.stream()
                        .filter(other -> !other.key().equals(peer.key()))
                        .allMatch(other -> longest(other, address) < best);
    }

    private static int longest(PeerView peer, IpPrefix address) {
        return peer.ranges().stream()
                .filter(range -> Ranges.contains(range, address))
                .mapToInt(IpPrefix::length)
                .max()
                .orElse(-1);
    }
}
