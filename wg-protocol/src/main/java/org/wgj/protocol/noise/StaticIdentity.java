// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.noise;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

/**
 * Our own static key pair. The private key is a copy of its own: whoever makes an identity wipes
 * it.
 */
public record StaticIdentity(PrivateKey privateKey, PublicKey publicKey) {
    public StaticIdentity(PrivateKey privateKey) {
        this(privateKey.copy(), privateKey.publicKey());
    }

    public void wipe() {
        privateKey.wipe();
    }
}
