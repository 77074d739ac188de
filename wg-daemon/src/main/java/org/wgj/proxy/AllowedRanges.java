// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The allowed IPs of all peers. Immutable; finds an address with one look-up for each length. */
final class AllowedRanges {
    private final Set<IpPrefix> ranges = new HashSet<>();
    private final Set<Integer> lengths4 = new TreeSet<>();
    private final Set<Integer> lengths6 = new TreeSet<>();

    AllowedRanges(List<TunnelConfig.Peer> peers) {
        for (TunnelConfig.Peer peer : peers) {
            for (IpPrefix range : peer.allowedIps()) {
                ranges.add(range);
                (range.ipv6() ? lengths6 : lengths4).add(range.length());
            }
        }
    }

    boolean cover(InetAddress address) {
        Set<Integer> lengths = address instanceof Inet4Address ? lengths4 : lengths6;
        for (int length : lengths) {
            if (ranges.contains(IpPrefix.networkOf(address, length))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns whether all addresses of this kind are covered, by one range or by its two halves.
     */
    boolean coverAll(boolean ipv6) {
        String[] parts =
                ipv6
                        ? new String[] {"::/1", "8000::/1"}
                        : new String[] {"0.0.0.0/1", "128.0.0.0/1"};
        return ranges.contains(IpPrefix.parse(ipv6 ? "::/0" : "0.0.0.0/0"))
                || ranges.contains(IpPrefix.parse(parts[0]))
                        && ranges.contains(IpPrefix.parse(parts[1]));
    }
}
