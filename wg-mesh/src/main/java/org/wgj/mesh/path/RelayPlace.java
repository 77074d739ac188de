// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;

/**
 * A relay as a node reaches it in one plane: a coordinator, or another node that relays.
 *
 * @param key its public key in that plane; the tunnel has it as a peer
 * @param addresses its tunnel addresses in that plane
 * @param endpoint where it is reached, resolved
 */
public record RelayPlace(PublicKey key, List<InetAddress> addresses, InetSocketAddress endpoint) {
    public RelayPlace {
        Objects.requireNonNull(key, "key");
        addresses = List.copyOf(addresses);
        if (endpoint.isUnresolved() || endpoint.getPort() == 0) {
            throw new IllegalArgumentException(
                    "relay endpoint " + endpoint + " needs an address and a port");
        }
    }
}
