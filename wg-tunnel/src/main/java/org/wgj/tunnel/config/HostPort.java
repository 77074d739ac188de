// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.net.InetAddress;
import java.util.Objects;

/**
 * A peer's endpoint as a file says it: a host name or a numeric address, without brackets, and a
 * UDP port. Nothing is resolved here.
 *
 * @param host the name or address
 * @param port 0 to 65,535
 */
public record HostPort(String host, int port) {
    public HostPort {
        Objects.requireNonNull(host);
    }

    /**
     * Returns whether the host is a name. An address stands for the same whenever it is read.
     *
     * @return false for a numeric address
     */
    public boolean isName() {
        if (host.indexOf(':') >= 0) {
            return false;
        }
        try {
            var unused = InetAddress.ofLiteral(host);
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** Returns the text that files have: {@code host:port}, {@code [IPv6]:port}. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
