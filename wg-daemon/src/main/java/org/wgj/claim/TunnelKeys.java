// SPDX-License-Identifier: Apache-2.0
package org.wgj.claim;

import org.wgj.crypto.PublicKey;

import java.util.Set;

/**
 * Between whom a tunnel is. Two programs with one key take the session with a peer from each other;
 * with different peers they do not.
 *
 * @param own the public key of this side
 * @param peers those of the peers
 */
public record TunnelKeys(PublicKey own, Set<PublicKey> peers) {
    public TunnelKeys {
        peers = Set.copyOf(peers);
    }
}
