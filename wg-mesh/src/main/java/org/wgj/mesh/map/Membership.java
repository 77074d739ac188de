// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;

/**
 * The properties of a node or coordinator in one plane.
 *
 * @param key its public key there
 * @param pendingKeyOrNull the key that replaces it in a rotation; null if there is none
 * @param addresses its addresses, of which each is one host
 * @param candidates where it may be reached, at most {@value #MAX_CANDIDATES}
 */
public record Membership(
        PublicKey key,
        PublicKey pendingKeyOrNull,
        List<InetAddress> addresses,
        List<Candidate> candidates) {
    /** The most candidates of a node in a plane. */
    public static final int MAX_CANDIDATES = 8;

    public Membership {
        Objects.requireNonNull(key, "key");
        addresses = List.copyOf(addresses);
        candidates = List.copyOf(candidates);
        if (candidates.size() > MAX_CANDIDATES) {
            throw new IllegalArgumentException("more than " + MAX_CANDIDATES + " candidates");
        }
    }
}
