// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;

import java.net.InetSocketAddress;

/** Checks of arguments, with the messages that callers see. */
final class Checks {
    private Checks() {}

    static int port(int port) {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " must be 0 to 65535");
        }
        return port;
    }

    static int keepalive(int seconds) {
        if (seconds < 0 || seconds > 0xffff) {
            throw new IllegalArgumentException(
                    "keepalive interval " + seconds + " must be 0 to 65535 seconds");
        }
        return seconds;
    }

    static IllegalArgumentException ownKeyAsPeer(PublicKey key) {
        return new IllegalArgumentException("peer " + key + " has the tunnel's own public key");
    }

    /** An address that can be sent to. */
    static InetSocketAddress endpoint(InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(
                    "endpoint "
                            + address.getHostString()
                            + ":"
                            + address.getPort()
                            + " is a name that was not resolved to an address");
        }
        if (address.getPort() == 0) {
            throw new IllegalArgumentException("endpoint " + address + " has port 0");
        }
        return address;
    }
}
