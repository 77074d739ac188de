// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/**
 * The lock of a mesh: an Ed25519 key whose private part lies with an administrator and never on a
 * coordinator. Nodes that know it talk only to nodes that it has signed. Thread-safe.
 */
public final class MapLock {
    /** Bytes of a lock's public key. */
    public static final int KEY_BYTES = 32;

    /** The bytes before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410). */
    private static final String PREFIX = "302a300506032b6570032100";

    private final PublicKey key;

    /**
     * Makes a lock.
     *
     * @param key the public key's 32 bytes (RFC 8032 5.1.5)
     * @throws IllegalArgumentException if they are no key
     */
    public MapLock(Bytes key) {
        byte[] raw = key.toArray();
        if (raw.length != KEY_BYTES) {
            throw new IllegalArgumentException("a lock's key has 32 bytes, not " + raw.length);
        }
        byte[] encoded = HexFormat.of().parseHex(PREFIX + HexFormat.of().formatHex(raw));
        try {
            this.key =
                    KeyFactory.getInstance("Ed25519")
                            .generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("these bytes are no Ed25519 key", e);
        }
    }

    /**
     * Returns whether the lock's key has signed a node.
     *
     * @param mesh the mesh's name
     * @param node the node with its signature
     * @return false also without a signature
     */
    public boolean hasSigned(String mesh, MapNode node) {
        return LockSignature.read(node.signature())
                .filter(signature -> signature.isOver(mesh, node, key))
                .isPresent();
    }
}
