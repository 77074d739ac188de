// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.protocol.IpPrefix;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The addresses at which this machine may be reached from its own networks. Interfaces of
 * containers, virtual machines and tunnels are left out: a path through them would be useless, or a
 * tunnel in the tunnel.
 */
final class LocalCandidates {
    /** Bridges and ends of containers and of other networks over this one. */
    private static final Pattern FOREIGN =
            Pattern.compile(
                    "(docker|br-|veth|cni|flannel|cali|cilium|lxc|lxdbr|virbr|vnet|vmnet|podman|nerdctl|kube"
                        + "|weave|wg|tun|tap|tailscale|ts|zt|nebula|utun).*");

    private LocalCandidates() {}

    /**
     * Lists all addresses of this machine's interfaces that are up, without scopes. Loopback is
     * left out.
     */
    static List<LocalAddress> addresses() throws SocketException {
        List<LocalAddress> addresses = new ArrayList<>();
        for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            if (!each.isUp() || each.isLoopback()) {
                continue;
            }
            for (InterfaceAddress of : each.getInterfaceAddresses()) {
                addresses.add(
                        new LocalAddress(
                                each.getName(),
                                withoutScope(of.getAddress()),
                                of.getNetworkPrefixLength(),
                                each.isPointToPoint()));
            }
        }
        return addresses;
    }

    private static InetAddress withoutScope(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 16 bytes always are an address
        }
    }

    /**
     * Picks those by which others may reach this machine.
     *
     * @param addresses of all interfaces
     * @param port the port of the plane's socket
     * @param inside the planes' ranges, and what else is reached through the mesh
     * @param first candidates that come first, such as one that the user named
     * @return at most as many as a node may have; private addresses come before public ones, since
     *     a coordinator sees the latter itself
     */
    static List<Candidate> of(
            List<LocalAddress> addresses, int port, List<IpPrefix> inside, List<Candidate> first) {
        List<Candidate> candidates = new ArrayList<>(first);
        addresses.stream()
                .filter(address -> isReachable(address, inside))
                .sorted(
                        Comparator.comparing(
                                        (LocalAddress a) -> a.address() instanceof Inet6Address)
                                .thenComparing(LocalAddress::interfaceName)
                                .thenComparing(a -> a.address().getHostAddress()))
                .map(LocalAddress::address)
                .distinct()
                .map(a -> new Candidate(Candidate.Kind.LOCAL, new InetSocketAddress(a, port)))
                .filter(
                        candidate ->
                                first.stream()
                                        .noneMatch(f -> f.endpoint().equals(candidate.endpoint())))
                .limit(Membership.MAX_CANDIDATES - Math.min(first.size(), 7) - 1L)
                .forEach(candidates::add);
        return candidates;
    }

    private static boolean isReachable(LocalAddress local, List<IpPrefix> inside) {
        InetAddress address = local.address();
        return !FOREIGN.matcher(local.interfaceName()).matches()
                && !local.pointToPoint()
                && !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isMulticastAddress()
                && !address.isAnyLocalAddress()
                && inside.stream().noneMatch(range -> range.contains(address));
    }
}
