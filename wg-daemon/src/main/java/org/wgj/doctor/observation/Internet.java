// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Route;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Sample addresses all over the Internet, for route lookups. No packet is sent to them. */
public final class Internet {
    private static final List<InetAddress> SAMPLES =
            Stream.of(
                            "4.0.0.1",
                            "65.0.0.1",
                            "133.0.0.1",
                            "198.0.0.1",
                            "2001:4860::1",
                            "2400:cb00::1",
                            "2606:4700::1",
                            "2a00:1450::1",
                            "2c0f:fb50::1")
                    .map(InetAddress::ofLiteral)
                    .toList();

    /** Shorter prefixes cover a large part of the Internet, longer ones single networks. */
    private static final int SHORT_IPV4 = 8;

    private static final int SHORT_IPV6 = 16;

    private Internet() {}

    /**
     * Returns whether allowed IPs cover the whole Internet; gaps for private networks do not count.
     */
    public static boolean isAllowed(List<IpPrefix> ranges, boolean ipv6) {
        return SAMPLES.stream()
                .map(IpPrefix::host)
                .filter(sample -> sample.ipv6() == ipv6)
                .allMatch(sample -> Ranges.anyContains(ranges, sample));
    }

    /** Returns addresses in each part of the Internet that has a route of its own. */
    public static List<InetAddress> samples(List<Route> routes) {
        List<InetAddress> samples = new ArrayList<>(SAMPLES);
        for (Route route : routes) {
            int length = route.destination().length();
            int shortest = route.destination().isIpv4() ? SHORT_IPV4 : SHORT_IPV6;
            if (route.kind() == Route.Kind.UNICAST && length > 0 && length < shortest) {
                IpPrefix network = Ranges.network(route.destination());
                InetAddress address = Ranges.address(Ranges.host(network, 1));
                if (!Ranges.isPrivate(address) && !address.isMulticastAddress()) {
                    samples.add(address);
                }
            }
        }
        return samples;
    }
}
