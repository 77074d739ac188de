// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Checks a file for what the kernel would refuse when the interface is half set up, giving only an
 * error number as the reason.
 */
final class KernelLimits {
    private static final int IPV4_MIN_MTU = 68; // RFC 791
    private static final int IPV6_MIN_MTU = 1280; // RFC 8200, section 5

    private KernelLimits() {}

    /**
     * @param ipv6 whether the interface can have IPv6
     */
    static void check(ConfigFile file, boolean ipv6) throws IOException {
        if (file.quick().mtu().orElse(IPV6_MIN_MTU) < leastMtu(file, ipv6)) {
            throw new IOException(
                    file.path()
                            + ", [Interface] MTU: IPv6 needs at least "
                            + IPV6_MIN_MTU
                            + ", and there are IPv6 addresses in Address or AllowedIPs");
        }
        Set<Object> before = new HashSet<>();
        for (Cidr address : file.quick().addresses()) {
            String why = unusable(address);
            // An interface may have one IPv4 address twice, with two lengths.
            if (!before.add(address.isIpv4() ? address : address.address())) {
                why = "is listed twice";
            }
            if (why != null) {
                throw new IOException(
                        "%s, [Interface] Address: %s %s".formatted(file.path(), address, why));
            }
        }
    }

    /** Returns why an interface cannot have the address, or null. Any IPv4 address is allowed. */
    private static String unusable(Cidr address) {
        if (address.isIpv4()) {
            return null;
        }
        if (address.address().isMulticastAddress()) {
            return "is a multicast address, which no interface can have";
        }
        if (address.address().isAnyLocalAddress()) {
            return "is no address that an interface can have";
        }
        return address.address().isLoopbackAddress()
                ? "is the loopback address, which only lo can have"
                : null;
    }

    /** The MTU that the addresses and routes of the file need. */
    static int leastMtu(ConfigFile file, boolean ipv6) {
        boolean addresses = file.quick().addresses().stream().anyMatch(a -> !a.isIpv4());
        boolean routes =
                !(file.quick().table() instanceof Table.Off)
                        && file.device().peers().stream()
                                .filter(peer -> peer.allowedIps() != null)
                                .flatMap(peer -> peer.allowedIps().added().stream())
                                .anyMatch(IpPrefix::ipv6);
        return ipv6 && (addresses || routes) ? IPV6_MIN_MTU : IPV4_MIN_MTU;
    }
}
