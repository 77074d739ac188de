// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.device.Peer;

import java.net.InetSocketAddress;
import java.util.List;

/** Checks of arguments, with the messages that callers see. */
final class Arguments {
    private Arguments() {}

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

    /** The further addresses of a peer to which initiations are copied; returns a copy. */
    static List<InetSocketAddress> handshakeEndpoints(List<InetSocketAddress> addresses) {
        if (addresses.size() > Peer.MAX_HANDSHAKE_ENDPOINTS) {
            throw new IllegalArgumentException(
                    addresses.size()
                            + " handshake endpoints are too many: a peer has at most "
                            + Peer.MAX_HANDSHAKE_ENDPOINTS);
        }
        addresses.forEach(Arguments::endpoint);
        return List.copyOf(addresses);
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
