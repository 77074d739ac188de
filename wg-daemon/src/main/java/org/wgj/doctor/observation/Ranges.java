// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.PeerConfig;

import java.net.InetAddress;
import java.util.List;

/** Questions about ranges of addresses, beside those that {@link IpPrefix} answers. */
public final class Ranges {
    private Ranges() {}

    public static boolean anyContains(List<IpPrefix> ranges, IpPrefix inner) {
        return ranges.stream().anyMatch(range -> range.contains(inner));
    }

    /** The range of the address that follows a range's first one by a number. */
    public static IpPrefix host(IpPrefix range, int number) {
        int length = range.ipv6() ? 128 : 32;
        return new IpPrefix(range.ipv6(), range.high(), range.low() + number, length);
    }

    public static InetAddress address(IpPrefix host) {
        return host.firstAddress();
    }

    public static boolean isHost(IpPrefix range) {
        return range.length() == (range.ipv6() ? 128 : 32);
    }

    public static boolean isDefault(IpPrefix range) {
        return range.length() == 0;
    }

    /** The network of an address with its prefix. */
    public static IpPrefix network(Cidr address) {
        return IpPrefix.networkOf(address.address(), address.length());
    }

    /** The addresses of a file's interface, without their networks. */
    public static List<IpPrefix> addresses(ConfigFile config) {
        return config.quick().addresses().stream().map(a -> IpPrefix.host(a.address())).toList();
    }

    /** The allowed IPs of a peer; empty if the file has none. */
    public static List<IpPrefix> allowed(PeerConfig peer) {
        return peer.allowedIps() == null ? List.of() : peer.allowedIps().added();
    }

    /** Formats a range, a single address without its length. */
    public static String text(IpPrefix range) {
        String text = range.toString();
        return isHost(range) ? text.substring(0, text.indexOf('/')) : text;
    }

    /** Formats an address, IPv6 as RFC 5952 does. */
    public static String text(InetAddress address) {
        return IpText.format(address);
    }

    /** Returns whether networks behind NAT use an address (RFC 1918, RFC 6598, RFC 4193). */
    public static boolean isPrivate(InetAddress address) {
        IpPrefix host = IpPrefix.host(address);
        return address.isLinkLocalAddress()
                || address.isLoopbackAddress()
                || anyContains(PRIVATE, host);
    }

    private static final List<IpPrefix> PRIVATE =
            List.of(
                    IpPrefix.parse("10.0.0.0/8"),
                    IpPrefix.parse("172.16.0.0/12"),
                    IpPrefix.parse("192.168.0.0/16"),
                    IpPrefix.parse("100.64.0.0/10"),
                    IpPrefix.parse("fc00::/7"));
}
