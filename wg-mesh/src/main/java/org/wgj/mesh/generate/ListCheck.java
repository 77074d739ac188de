// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.TunnelConfig.Address;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Finds what would make a mesh fail: two nodes with one name, key, address or network. */
final class ListCheck {
    private record Claim(IpPrefix range, ListedNode node, String what) {}

    private ListCheck() {}

    static void check(NodeList list, Problems problems) {
        if (list.nodes().size() < 2) {
            problems.add(
                    1, "a mesh needs at least two nodes, and this list has " + list.nodes().size());
        }
        if (list.nodes().size() > NodeList.MOST_NODES) {
            problems.add(
                    1,
                    "there are "
                            + list.nodes().size()
                            + " nodes: for more than "
                            + NodeList.MOST_NODES
                            + " use wgj mesh init and wgj join");
            return;
        }
        Map<String, ListedNode> names = new HashMap<>();
        Map<PublicKey, ListedNode> keys = new HashMap<>();
        Map<Object, ListedNode> endpoints = new HashMap<>();
        List<Claim> claims = new ArrayList<>();
        for (ListedNode node : list.nodes()) {
            once(names.put(node.name().toLowerCase(Locale.ROOT), node), node, "name", problems);
            if (node.keyOrNull() != null) {
                once(keys.put(node.keyOrNull(), node), node, "public key", problems);
            }
            if (node.endpointOrNull() != null) {
                once(
                        endpoints.put(node.endpointOrNull(), node),
                        node,
                        "public address and port",
                        problems);
            }
            families(node, problems);
            for (Address address : node.addresses()) {
                claims.add(
                        new Claim(
                                IpPrefix.of(address.address(), bits(address.address())),
                                node,
                                "tunnel address"));
            }
            node.lans().forEach(lan -> claims.add(new Claim(lan, node, "network")));
        }
        overlaps(claims, problems);
        endpointsInsideNetworks(list, claims, problems);
    }

    private static void once(ListedNode before, ListedNode node, String what, Problems problems) {
        if (before != null) {
            problems.add(
                    node.line(),
                    node.name()
                            + " has the "
                            + what
                            + " of "
                            + before.name()
                            + " in line "
                            + before.line());
        }
    }

    private static void families(ListedNode node, Problems problems) {
        long ipv6 =
                node.addresses().stream().filter(a -> a.address() instanceof Inet6Address).count();
        if (ipv6 > 1 || node.addresses().size() - ipv6 > 1) {
            problems.add(
                    node.line(), node.name() + " may have one IPv4 and one IPv6 tunnel address");
        }
        for (Address address : node.addresses()) {
            if (address.address().isAnyLocalAddress()
                    || address.address().isMulticastAddress()
                    || address.address().isLoopbackAddress()) {
                problems.add(
                        node.line(), node.name() + " cannot have the tunnel address " + address);
            }
        }
    }

    /** Two nodes must not claim one address: the tunnel sends it to the last one only. */
    private static void overlaps(List<Claim> claims, Problems problems) {
        List<Claim> sorted =
                claims.stream()
                        .sorted(
                                (a, b) -> {
                                    int family = Boolean.compare(a.range.ipv6(), b.range.ipv6());
                                    int high = Long.compareUnsigned(a.range.high(), b.range.high());
                                    int low = Long.compareUnsigned(a.range.low(), b.range.low());
                                    return family != 0
                                            ? family
                                            : high != 0
                                                    ? high
                                                    : low != 0
                                                            ? low
                                                            : Integer.compare(
                                                                    a.range.length(),
                                                                    b.range.length());
                                })
                        .toList();
        // Ranges either contain one another or have nothing in common: a stack of the containing
        // ones is enough.
        List<Claim> around = new ArrayList<>();
        for (Claim claim : sorted) {
            while (!around.isEmpty() && !contains(around.getLast().range, claim.range)) {
                around.removeLast();
            }
            if (!around.isEmpty()) {
                Claim other = around.getLast();
                Claim later = other.node.line() > claim.node.line() ? other : claim;
                Claim earlier = later == claim ? other : claim;
                problems.add(
                        later.node.line(),
                        "the %s %s of %s overlaps the %s %s of %s in line %d"
                                .formatted(
                                        later.what,
                                        shown(later.range),
                                        later.node.name(),
                                        earlier.what,
                                        shown(earlier.range),
                                        earlier.node.name(),
                                        earlier.node.line()));
            }
            around.add(claim);
        }
    }

    /** A peer whose endpoint lies in a network behind it would be called through its own tunnel. */
    private static void endpointsInsideNetworks(
            NodeList list, List<Claim> claims, Problems problems) {
        for (ListedNode node : list.nodes()) {
            if (node.endpointOrNull() == null || node.endpointOrNull().isName()) {
                continue;
            }
            InetAddress host = InetAddress.ofLiteral(node.endpointOrNull().host());
            IpPrefix endpoint = IpPrefix.of(host, bits(host));
            for (Claim claim : claims) {
                if (contains(claim.range, endpoint)) {
                    problems.add(
                            node.line(),
                            "the public address %s of %s lies in the %s %s of %s, which goes through the tunnel"
                                    .formatted(
                                            node.endpointOrNull().host(),
                                            node.name(),
                                            claim.what,
                                            shown(claim.range),
                                            claim.node.name()));
                }
            }
        }
    }

    static int bits(InetAddress address) {
        return address instanceof Inet6Address ? 128 : 32;
    }

    private static String shown(IpPrefix range) {
        return range.length() == (range.ipv6() ? 128 : 32)
                ? IpText.format(range.firstAddress())
                : range.toString();
    }

    static boolean contains(IpPrefix range, IpPrefix inner) {
        return range.ipv6() == inner.ipv6()
                && range.length() <= inner.length()
                && IpPrefix.networkOf(inner.ipv6(), inner.high(), inner.low(), range.length())
                        .equals(range);
    }
}
