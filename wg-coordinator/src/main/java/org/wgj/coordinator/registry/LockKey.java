// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/** The public half of a mesh's lock: Ed25519 (RFC 8032). */
final class LockKey {
    static final int LENGTH = 32;

    /** What X.509 puts before the 32 bytes of the key (RFC 8410). */
    private static final byte[] X509 = {
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
    };

    private LockKey() {}

    /** Returns whether a signature over a node of a mesh is the lock's. */
    static boolean signed(Bytes key, String mesh, MapNode node, Bytes signature) {
        if (signature.isEmpty()) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            byte[] encoded = Arrays.copyOf(X509, X509.length + LENGTH);
            System.arraycopy(key.toArray(), 0, encoded, X509.length, LENGTH);
            verifier.initVerify(
                    KeyFactory.getInstance("Ed25519")
                            .generatePublic(new X509EncodedKeySpec(encoded)));
            verifier.update(MapNodes.signedBytes(mesh, node));
            return verifier.verify(signature.toArray());
        } catch (GeneralSecurityException e) {
            return false; // not even the form of a signature
        }
    }
}
