// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig.Address;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * One plane of the mesh: the first one has the addresses and ports of the list; each further one
 * has those that follow: 10.78.0.1 and port 51821 after 10.77.0.1 and port 51820.
 *
 * @param index from 0 on
 */
record PlaneFiles(int index) {
    /** The purposes of the guide's four planes. */
    private static final List<String> PURPOSES =
            List.of("enrolment", "management", "backend", "storage");

    static final int PLANES = PURPOSES.size();

    /** The group of an IPv6 address that a plane counts up: the subnet of a /48. */
    private static final int IPV6_SUBNET = 7;

    String interfaceName() {
        return "wg" + index;
    }

    String purpose() {
        return PURPOSES.get(index);
    }

    int port(ListedNode node) {
        return node.port() + index;
    }

    HostPort endpointOrNull(ListedNode node) {
        HostPort endpoint = node.endpointOrNull();
        return endpoint == null ? null : new HostPort(endpoint.host(), endpoint.port() + index);
    }

    List<Address> addresses(ListedNode node) {
        return node.addresses().stream()
                .map(address -> new Address(shifted(address.address()), address.prefixLength()))
                .toList();
    }

    /** The addresses alone, as ranges. */
    List<IpPrefix> hosts(ListedNode node) {
        return addresses(node).stream()
                .map(a -> IpPrefix.of(a.address(), ListCheck.bits(a.address())))
                .toList();
    }

    /** The networks that the node's addresses belong to. */
    List<IpPrefix> networks(ListedNode node) {
        return addresses(node).stream()
                .map(a -> IpPrefix.networkOf(a.address(), a.prefixLength()))
                .toList();
    }

    /** LANs are reached through the first plane. */
    List<IpPrefix> lans(ListedNode node) {
        return index == 0 ? node.lans() : List.of();
    }

    /** Returns the node's own ranges: its addresses and the networks behind it. */
    List<IpPrefix> own(ListedNode node) {
        List<IpPrefix> own = new ArrayList<>(hosts(node));
        own.addAll(lans(node));
        return own;
    }

    private InetAddress shifted(InetAddress address) {
        byte[] bytes = address.getAddress();
        bytes[bytes.length == 4 ? 1 : IPV6_SUBNET] += (byte) index;
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 and 16 bytes always are an address
        }
    }

    /** Checks that a list leaves room for planes after the first. */
    static void check(NodeList list, Problems problems) throws IOException {
        for (ListedNode node : list.nodes()) {
            for (Address address : node.addresses()) {
                byte[] bytes = address.address().getAddress();
                int at = bytes.length == 4 ? 1 : IPV6_SUBNET;
                if ((bytes[at] & 0xff) + PLANES > 256 || address.prefixLength() < (at + 1) * 8) {
                    problems.add(
                            node.line(),
                            "%s of %s leaves no room for four planes: %s"
                                    .formatted(
                                            address,
                                            node.name(),
                                            bytes.length == 4
                                                    ? "use a /16 or smaller, such as 10.77.0.1/16"
                                                    : "use a /64 of a /48, such as fd77::1/64"));
                }
            }
            if (node.keyOrNull() != null) {
                problems.add(
                        node.line(),
                        node.name()
                                + " has one public key, but needs another one in each plane: leave"
                                + " it out with --planes");
            }
            HostPort endpoint = node.endpointOrNull();
            int last = Math.max(node.port(), endpoint == null ? 0 : endpoint.port()) + PLANES - 1;
            if (last > 65_535) {
                problems.add(node.line(), node.name() + " has no port left for four planes");
            }
        }
        problems.check();
    }
}
