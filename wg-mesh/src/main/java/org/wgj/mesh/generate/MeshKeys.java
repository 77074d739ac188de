// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.TunnelConfig;

import java.util.HashMap;
import java.util.Map;

/**
 * The keys of a mesh in one plane: those of the files that exist, and new ones for the rest. So
 * another run changes nothing but what the list changes.
 */
final class MeshKeys {
    private record Pair(PublicKey first, PublicKey second) {
        static Pair of(PublicKey a, PublicKey b) {
            return a.toHex().compareTo(b.toHex()) < 0 ? new Pair(a, b) : new Pair(b, a);
        }
    }

    private final Map<String, PrivateKey> privateKeys = new HashMap<>();
    private final Map<Pair, PresharedKey> presharedKeys = new HashMap<>();

    /**
     * @param existing the files that exist, by the node's name
     */
    MeshKeys(Map<String, TunnelConfig> existing) {
        existing.forEach(
                (name, file) -> {
                    if (file.privateKey() != null) {
                        privateKeys.put(name, file.privateKey());
                        PublicKey own = file.privateKey().publicKey();
                        for (TunnelConfig.Peer peer : file.peers()) {
                            if (peer.presharedKey() != null) {
                                presharedKeys.put(
                                        Pair.of(own, peer.publicKey()), peer.presharedKey());
                            }
                        }
                    }
                });
    }

    /** Returns the private key; null if it stays on the node. */
    PrivateKey privateKeyOrNull(ListedNode node) {
        return node.keyOrNull() != null
                ? null
                : privateKeys.computeIfAbsent(node.name(), name -> PrivateKey.generate());
    }

    PublicKey publicKey(ListedNode node) {
        PrivateKey key = privateKeyOrNull(node);
        return key == null ? node.keyOrNull() : key.publicKey();
    }

    PresharedKey presharedKey(ListedNode a, ListedNode b) {
        return presharedKeys.computeIfAbsent(
                Pair.of(publicKey(a), publicKey(b)), pair -> PresharedKey.generate());
    }
}
