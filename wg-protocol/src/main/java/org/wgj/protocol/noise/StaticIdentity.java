// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.noise;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

/**
 * Our own static key pair. Its creator must wipe it.
 *
 * @param privateKey belongs to this identity
 * @param publicKey derived from the private key
 */
public record StaticIdentity(PrivateKey privateKey, PublicKey publicKey) {
    /**
     * Creates an identity with a copy of a private key.
     *
     * @param privateKey remains the caller's
     */
    public StaticIdentity(PrivateKey privateKey) {
        this(privateKey.copy(), privateKey.publicKey());
    }

    /** Overwrites the private key. */
    public void wipe() {
        privateKey.wipe();
    }
}
