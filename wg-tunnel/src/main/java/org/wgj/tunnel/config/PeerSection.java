// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;

import java.util.OptionalInt;

/** The values of a [Peer] section that were read so far. */
final class PeerSection {
    private final int line;
    PublicKey publicKey;
    PresharedKey presharedKey;
    HostPort endpoint;
    OptionalInt keepalive = OptionalInt.empty();
    AllowedIps allowedIps;

    /**
     * @param line where it begins
     */
    PeerSection(int line) {
        this.line = line;
    }

    int line() {
        return line;
    }

    PeerConfig config() {
        return new PeerConfig(line, publicKey, presharedKey, endpoint, keepalive, allowedIps);
    }
}
