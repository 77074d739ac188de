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
 * Endpoints as the configuration protocol writes them: {@code 192.0.2.1:51820}, {@code
 * [2001:db8::1]:51820}, {@code [fe80::1%eth0]:51820}. Numeric only: a name would have to be looked
 * up, and that blocks; {@code wg} does it itself.
 *
 * <p>A zone is read as an interface's name or number. It is written as its name for people, files
 * and set requests, and in replies, by {@link Endpoint#toString}, as its number. The number is of
 * the network namespace of the interface's process: a reader in another one may see the name of
 * another interface, as with {@code wg}. The number of an interface that has gone stays a zone.
 */
public final class EndpointText {
    private EndpointText() {}

    /**
     * @throws IllegalArgumentException when the text is something else or no interface has the name
     *     of its zone
     */
    public static InetSocketAddress parse(String text) {
        return parse(text, EndpointText::interfaceIndex);
    }

    /**
     * Reads an endpoint of a reply. The zone is left out if it is a name that is known here no
     * more, or that only the replying process's network namespace knows.
     *
     * @throws IllegalArgumentException when the text is something else
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
            throw expected(); // without brackets nobody can tell where the port begins
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
            return (int) Decimal.parse(zone, Integer.MAX_VALUE); // its interface may be gone
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

    /** As {@link #parse} reads it; a zone whose interface has gone as its number. */
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
