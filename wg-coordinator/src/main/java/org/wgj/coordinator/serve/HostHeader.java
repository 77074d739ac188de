// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import java.net.InetAddress;
import java.util.Optional;

/** Reads the header {@code Host} of requests. */
final class HostHeader {
    private HostHeader() {}

    /**
     * Reads the address of a host that is a numeric address.
     *
     * @param port the only port that may stand there
     * @return empty for a name or another port
     */
    static Optional<InetAddress> address(String host, int port) {
        String suffix = ":" + port;
        String address =
                host.endsWith(suffix) ? host.substring(0, host.length() - suffix.length()) : host;
        if (address.startsWith("[") && address.endsWith("]")) {
            address = address.substring(1, address.length() - 1);
        } else if (address.indexOf(':') >= 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(address));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Returns whether a host is {@code localhost} or a loopback address, with any port. */
    static boolean isLoopback(String host) {
        String name = host.replaceFirst(":[0-9]{1,5}$", "");
        return name.equals("localhost")
                || address(name, 0).filter(InetAddress::isLoopbackAddress).isPresent();
    }
}
