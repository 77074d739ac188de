// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A host and a TCP or UDP port, not resolved.
 *
 * @param host a name or a numeric address without brackets; not empty
 * @param port 0 to 65535
 */
public record HostAndPort(String host, int port) {
    private static final int MAX_HOST = 255; // RFC 1035, and the length byte of SOCKS
    private static final int MAX_PORT = 65_535;

    /**
     * Checks both parts.
     *
     * @throws IllegalArgumentException if the host has characters that no name has, or the port is
     *     out of range
     */
    public HostAndPort {
        if (!isHost(host)) {
            throw new IllegalArgumentException("expected a host name or an address");
        }
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("expected a port from 0 to 65535");
        }
    }

    /**
     * Returns whether a text may be a host. Control characters and separators would change the
     * meaning of a log line or of a query.
     */
    static boolean isHost(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_HOST
                && text.chars().allMatch(c -> c > ' ' && c != 0x7f && "/\\@[]\"'<>".indexOf(c) < 0);
    }

    /**
     * Parses {@code host:port} or {@code [IPv6 address]:port}.
     *
     * @param text the text
     * @return its two parts
     * @throws IllegalArgumentException if it has another form
     */
    public static HostAndPort parse(String text) {
        return parse(text, -1);
    }

    /**
     * Parses {@code host:port}, or a host alone.
     *
     * @param defaultPort the port if the text has none; -1 if it must have one
     */
    static HostAndPort parse(String text, int defaultPort) {
        int hostEnd;
        int portBegin;
        String host;
        if (text.startsWith("[")) {
            hostEnd = text.indexOf(']');
            if (hostEnd < 0) {
                throw new IllegalArgumentException("expected ] after an IPv6 address");
            }
            host = text.substring(1, hostEnd);
            if (host.indexOf(':') < 0 || !isLiteral(host)) {
                throw new IllegalArgumentException("expected an IPv6 address within [ and ]");
            }
            portBegin = hostEnd + 1;
        } else {
            int colon = text.lastIndexOf(':');
            hostEnd = colon < 0 || text.indexOf(':') != colon ? text.length() : colon;
            if (hostEnd == text.length() && colon >= 0 && !isLiteral(text)) {
                throw new IllegalArgumentException("expected host:port or [IPv6 address]:port");
            }
            host = text.substring(0, hostEnd);
            portBegin = hostEnd;
        }
        if (portBegin == text.length()) {
            if (defaultPort < 0) {
                throw new IllegalArgumentException("expected host:port or [IPv6 address]:port");
            }
            return new HostAndPort(host, defaultPort);
        }
        String digits = text.substring(portBegin + 1);
        if (text.charAt(portBegin) != ':' || !digits.matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("expected a port from 0 to 65535 after the host");
        }
        return new HostAndPort(host, Integer.parseInt(digits));
    }

    static boolean isLiteral(String host) {
        try {
            var unused = InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Returns host and port for {@link java.net.Socket}, not resolved.
     *
     * @return resolved only if the host is an address
     */
    public InetSocketAddress unresolved() {
        return isLiteral(host)
                ? new InetSocketAddress(InetAddress.ofLiteral(host), port)
                : InetSocketAddress.createUnresolved(host, port);
    }

    /** Returns the text that {@link #parse} reads. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
