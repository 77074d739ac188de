// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.text.Decimal;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.function.ToIntFunction;

/**
 * Reads and writes endpoints in the form of the configuration protocol: {@code 192.0.2.1:51820},
 * {@code [2001:db8::1]:51820}, {@code [fe80::1%eth0]:51820}. Addresses are numeric, because looking
 * up a name blocks; {@code wg} does it before it asks.
 *
 * <p>A zone is read as an interface's name or number. {@link #format} writes the name, for people,
 * files and set requests; replies have the number, by {@link Endpoint#toString}. The number is
 * valid in the network namespace of the replying process, so a reader in another namespace may see
 * the name of another interface, as with {@code wg}. The number of a deleted interface remains a
 * valid zone.
 */
public final class EndpointText {
    private EndpointText() {}

    /**
     * @throws IllegalArgumentException if the text is no endpoint, or no interface has the name of
     *     its zone
     */
    public static InetSocketAddress parse(String text) {
        return parse(text, EndpointText::interfaceIndex);
    }

    /**
     * Reads an endpoint of a reply. The result has no zone if the zone is a name that is unknown
     * here, because the interface is gone or is in another network namespace.
     *
     * @throws IllegalArgumentException if the text is no endpoint
     */
    static InetSocketAddress parseReply(String text) {
        return parse(text, EndpointText::interfaceIndexOrNone);
    }

    private static InetSocketAddress parse(String text, ToIntFunction<String> zoneIndex) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw expected();
        }
        int port = (int) Decimal.parse(text.substring(colon + 1), 0xffff);
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new InetSocketAddress(
                bracketed ? ipv6(host.substring(1, host.length() - 1), zoneIndex) : ipv4(host),
                port);
    }

    private static InetAddress ipv4(String host) {
        IpPrefix address = address(host);
        if (address.ipv6()) {
            throw expected(); // without brackets it is ambiguous where the port begins
        }
        return address.firstAddress();
    }

    private static InetAddress ipv6(String host, ToIntFunction<String> zoneIndex) {
        int percent = host.indexOf('%');
        int scope = percent < 0 ? 0 : zoneIndex.applyAsInt(host.substring(percent + 1));
        IpPrefix address = address(percent < 0 ? host : host.substring(0, percent));
        if (!address.ipv6()) {
            throw expected();
        }
        InetAddress ip = address.firstAddress(); // IPv4 if the address is IPv4-mapped
        try {
            // Elsewhere the system ignores a scope, and a peer heard from there comes without one.
            return ip.isLinkLocalAddress() && ip instanceof Inet6Address
                    ? Inet6Address.getByAddress(null, ip.getAddress(), scope)
                    : ip;
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // an IPv6 address has 16 bytes
        }
    }

    private static IpPrefix address(String host) {
        if (host.indexOf('/') >= 0) {
            throw expected();
        }
        return IpPrefix.parse(host);
    }

    private static int interfaceIndex(String zone) {
        NetworkInterface found;
        try {
            found = zone.isEmpty() ? null : NetworkInterface.getByName(zone);
        } catch (SocketException e) {
            throw new IllegalArgumentException("the system does not tell its interfaces", e);
        }
        if (found != null) {
            return found.getIndex();
        }
        try {
            return (int) Decimal.parse(zone, Integer.MAX_VALUE); // of an interface that may be gone
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("no interface has the name of the zone", e);
        }
    }

    private static int interfaceIndexOrNone(String zone) {
        try {
            return interfaceIndex(zone);
        } catch (IllegalArgumentException e) {
            return 0;
        }
    }

    /**
     * Writes what {@link #parse} reads. The zone of a deleted interface is written as its number.
     */
    public static String format(Endpoint endpoint) {
        String text = endpoint.toString();
        if (endpoint.scopeId() == 0) {
            return text;
        }
        return text.replace(
                "%" + endpoint.scopeId() + "]", "%" + interfaceName(endpoint.scopeId()) + "]");
    }

    private static String interfaceName(int index) {
        try {
            NetworkInterface found = NetworkInterface.getByIndex(index);
            return found == null ? Integer.toString(index) : found.getName();
        } catch (SocketException e) {
            return Integer.toString(index);
        }
    }

    private static IllegalArgumentException expected() {
        return new IllegalArgumentException("expected a numeric address:port or [address]:port");
    }
}
