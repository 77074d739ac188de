// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.noise;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.message.InitiationMessage;

/**
 * An initiation whose sender is decrypted but not yet verified: the first half of consuming it,
 * done before any peer is known or changed.
 *
 * <p>Only {@link Handshake#consumeInitiation} verifies the claim.
 */
public final class ClaimedInitiation {
    private final SymmetricState state;
    private final PublicKey claimedStatic;
    private final PublicKey ephemeral;

    private ClaimedInitiation(SymmetricState state, PublicKey claimedStatic, PublicKey ephemeral) {
        this.state = state;
        this.claimedStatic = claimedStatic;
        this.ephemeral = ephemeral;
    }

    /**
     * Decrypts the initiator's static public key (whitepaper 5.4.2).
     *
     * @param message the initiation
     * @param local our identity
     * @return the claim; null if the message was not made for us
     */
    public static ClaimedInitiation identify(InitiationMessage message, StaticIdentity local) {
        SymmetricState state = SymmetricState.towards(local.publicKey());
        byte[] ephemeral = message.ephemeral();
        state.mixEphemeral(ephemeral);
        PublicKey ephemeralKey = PublicKey.of(ephemeral);
        byte[] claimed =
                state.mixDh(local.privateKey(), ephemeralKey)
                        ? state.decryptAndHash(message.sealedStatic())
                        : null;
        if (claimed == null) {
            state.wipe();
            return null;
        }
        return new ClaimedInitiation(state, PublicKey.of(claimed), ephemeralKey);
    }

    /**
     * Returns the static public key that the initiator claims to have.
     *
     * @return a key that is not verified
     */
    public PublicKey claimedStatic() {
        return claimedStatic;
    }

    PublicKey ephemeral() {
        return ephemeral;
    }

    SymmetricState state() {
        return state;
    }

    /** Wipes the state. Required if the initiation is not consumed. */
    public void wipe() {
        state.wipe();
    }
}
