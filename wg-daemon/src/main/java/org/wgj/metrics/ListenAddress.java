// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** The place where metrics are served: a TCP port, or a Unix socket. */
public sealed interface ListenAddress {
    /**
     * A TCP port.
     *
     * @param address with a numeric address
     */
    record Tcp(InetSocketAddress address) implements ListenAddress {
        @Override
        public String toString() {
            String host = address.getAddress().getHostAddress();
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
        }
    }

    /**
     * A Unix socket.
     *
     * @param path of its file
     */
    record Unix(Path path) implements ListenAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * Reads {@code ADDRESS:PORT}, {@code [IPV6]:PORT}, {@code PORT} on 127.0.0.1, or {@code
     * unix:PATH}. An address is numeric, or localhost.
     *
     * @throws IllegalArgumentException if the text is none of them
     */
    static ListenAddress parse(String text) {
        if (text.startsWith("unix:")) {
            if (text.length() == "unix:".length()) {
                throw wrong(text);
            }
            return new Unix(Path.of(text.substring("unix:".length())).toAbsolutePath());
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !bracketed) {
            throw wrong(text);
        }
        String port = text.substring(colon + 1);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 0xffff) {
            throw wrong(text);
        }
        try {
            InetAddress address =
                    host.isEmpty() || host.equals("localhost")
                            ? InetAddress.ofLiteral("127.0.0.1")
                            : InetAddress.ofLiteral(
                                    bracketed ? host.substring(1, host.length() - 1) : host);
            return new Tcp(new InetSocketAddress(address, Integer.parseInt(port)));
        } catch (IllegalArgumentException e) {
            throw wrong(text);
        }
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "--metrics: expected ADDRESS:PORT with a numeric address, such as 127.0.0.1:9586 or"
                        + " [::1]:9586, or unix:PATH, not '"
                        + text
                        + "'");
    }

    /**
     * Returns a warning if other hosts reach the address.
     *
     * @return null for a loopback address and a Unix socket
     */
    default String warningOrNull() {
        return switch (this) {
            case Unix _ -> null;
            case Tcp(InetSocketAddress address) when address.getAddress().isLoopbackAddress() ->
                    null;
            case Tcp _ ->
                    "metrics on "
                            + this
                            + ": every host that reaches this address sees the names, keys,"
                            + " addresses and traffic of all peers; bind 127.0.0.1, or let a"
                            + " firewall admit Prometheus alone";
        };
    }
}
