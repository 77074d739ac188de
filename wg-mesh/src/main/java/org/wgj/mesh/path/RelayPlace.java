// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.Membership;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

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

    /**
     * Returns where a node that relays is reached by all.
     *
     * @param member the node in a plane
     * @return its static or mapped place, or an address of its own that others see too; empty if it
     *     has none, as behind a router
     */
    public static Optional<InetSocketAddress> publicPlace(Membership member) {
        return member.candidates().stream()
                .filter(candidate -> PlaceRules.isPublic(member, candidate))
                .min(Comparator.comparing(Candidate::kind))
                .map(Candidate::endpoint);
    }
}
