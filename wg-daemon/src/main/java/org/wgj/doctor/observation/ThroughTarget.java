// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import java.net.InetAddress;

/**
 * A host that the doctor shall reach through a tunnel of its own.
 *
 * @param host a name, or a numeric address without brackets
 * @param port a TCP port; 0 for a ping
 */
public record ThroughTarget(String host, int port) {
    private static final String EXPECTED = "expected HOST, HOST:PORT or [IPv6]:PORT";
    private static final int MAX_PORT = 65_535;

    /**
     * Parses {@code host}, {@code host:port} or {@code [IPv6]:port}.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public static ThroughTarget parse(String text) {
        if (isAddress(text)) {
            return new ThroughTarget(text, 0);
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        if (brackets) {
            host = host.substring(1, host.length() - 1);
        }
        boolean right =
                brackets ? host.indexOf(':') >= 0 && isAddress(host) : host.indexOf(':') < 0;
        if (!right || host.isBlank() || host.chars().anyMatch(c -> c <= ' ' || c == '/')) {
            throw new IllegalArgumentException(EXPECTED);
        }
        return new ThroughTarget(host, colon < 0 ? 0 : port(text.substring(colon + 1)));
    }

    private static int port(String digits) {
        int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("expected a port from 1 to 65535 after the host");
        }
        return port;
    }

    private static boolean isAddress(String text) {
        try {
            var unused = InetAddress.ofLiteral(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns whether the host is a name. */
    public boolean isName() {
        return !isAddress(host);
    }

    /** Returns the text that {@link #parse} reads. */
    @Override
    public String toString() {
        if (port == 0) {
            return host;
        }
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
