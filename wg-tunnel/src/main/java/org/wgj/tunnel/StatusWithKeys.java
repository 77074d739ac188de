// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.util.Map;

/**
 * A tunnel's status together with its secret keys, to be shown or saved. The keys are copies. The
 * caller that asked for them calls {@link #wipe} in the end, also after an error.
 *
 * @param status the status at the same moment
 * @param privateKey null if there is none
 * @param presharedKeys by the public keys of the peers that have one
 */
public record StatusWithKeys(
        TunnelStatus status, PrivateKey privateKey, Map<PublicKey, PresharedKey> presharedKeys) {
    /** Copies the map. */
    public StatusWithKeys {
        presharedKeys = Map.copyOf(presharedKeys);
    }

    /**
     * Returns a peer's preshared key.
     *
     * @param peer its public key
     * @return the key, not another copy; {@link PresharedKey#NONE} if the peer has none
     */
    public PresharedKey presharedKey(PublicKey peer) {
        return presharedKeys.getOrDefault(peer, PresharedKey.NONE);
    }

    /** Overwrites the keys. */
    public void wipe() {
        if (privateKey != null) {
            privateKey.wipe();
        }
        presharedKeys.values().forEach(PresharedKey::wipe);
    }
}
