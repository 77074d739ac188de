// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig.Address;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.Values;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/** Reads the values of a list of nodes. Its exceptions say what was expected. */
final class NodeFields {
    /** A label of RFC 1123; it names a file and a host. */
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private static final int PREFIX_IPV4 = 24; // the guide's
    private static final int PREFIX_IPV6 = 64;

    private NodeFields() {}

    static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "the name '"
                            + printable(text)
                            + "' must be 1 to 63 letters, digits and hyphens, without a hyphen at"
                            + " an end");
        }
        return text;
    }

    /** Reads a host with or without a port. */
    static HostPort endpoint(String text, int port) {
        try {
            boolean bareIpv6 = text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("[");
            HostPort read =
                    bareIpv6 || text.indexOf(':') < 0
                            ? Values.endpoint("[" + text + "]:" + port)
                            : Values.endpoint(text);
            if (bareIpv6) {
                InetAddress.ofLiteral(read.host());
            }
            if (read.port() == 0) {
                throw new IllegalArgumentException("port 0");
            }
            return read;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the public address '"
                            + printable(text)
                            + "' must be an address or a host name, with or without :port",
                    e);
        }
    }

    /** Reads an address with or without the length of its network. */
    static Address address(String text) {
        try {
            int slash = text.indexOf('/');
            InetAddress address =
                    InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            boolean ipv6 = address instanceof Inet6Address;
            int length =
                    slash >= 0
                            ? IpPrefix.parseNetwork(text).length()
                            : ipv6 ? PREFIX_IPV6 : PREFIX_IPV4;
            return new Address(address, length);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the tunnel address '"
                            + printable(text)
                            + "' must be an IPv4 or IPv6 address, with or without /length",
                    e);
        }
    }

    static IpPrefix lan(String text) {
        IpPrefix lan;
        try {
            lan = IpPrefix.parseNetwork(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the network '" + printable(text) + "' must be an address with /length", e);
        }
        if (!lan.equals(asWritten(text))) {
            throw new IllegalArgumentException(
                    "the network "
                            + text
                            + " has bits beyond its length: did you mean "
                            + lan
                            + "?");
        }
        if (lan.length() == 0) {
            throw new IllegalArgumentException(
                    "the network " + text + " is everything: name the networks behind the node");
        }
        return lan;
    }

    private static IpPrefix asWritten(String text) {
        try {
            return IpPrefix.parse(text);
        } catch (IllegalArgumentException e) {
            return null; // a bit beyond its length is set
        }
    }

    /** Returns a part of a user's text that is safe to show. */
    static String printable(String text) {
        String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }
}
