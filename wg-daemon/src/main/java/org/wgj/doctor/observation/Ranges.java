// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.PeerConfig;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/** Ranges of addresses compared. */
public final class Ranges {
    private Ranges() {}

    /** Whether all of the inner range lies in the outer one. */
    public static boolean contains(IpPrefix outer, IpPrefix inner) {
        return outer.ipv6() == inner.ipv6()
                && outer.length() <= inner.length()
                && IpPrefix.networkOf(inner.ipv6(), inner.high(), inner.low(), outer.length())
                        .equals(outer);
    }

    public static boolean anyContains(List<IpPrefix> ranges, IpPrefix inner) {
        return ranges.stream().anyMatch(range -> contains(range, inner));
    }

    /** The address alone. */
    public static IpPrefix host(InetAddress address) {
        return IpPrefix.of(address, address instanceof Inet4Address ? 32 : 128);
    }

    /** The address so many behind the first of a range. */
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

    /** The addresses of a file's interface, each alone. */
    public static List<IpPrefix> addresses(ConfigFile config) {
        return config.quick().addresses().stream().map(a -> host(a.address())).toList();
    }

    /** What a section allows; nothing where it does not say. */
    public static List<IpPrefix> allowed(PeerConfig peer) {
        return peer.allowedIps() == null ? List.of() : peer.allowedIps().added();
    }

    /** As text, without a needless length. */
    public static String text(IpPrefix range) {
        String text = range.toString();
        return isHost(range) ? text.substring(0, text.indexOf('/')) : text;
    }

    /** As text, IPv6 as RFC 5952 writes it. */
    public static String text(InetAddress address) {
        return IpText.format(address);
    }

    /** Whether an address is one that networks behind NAT use (RFC 1918, RFC 6598, RFC 4193). */
    public static boolean isPrivate(InetAddress address) {
        IpPrefix host = host(address);
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
