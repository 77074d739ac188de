// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.noise;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.message.InitiationMessage;

/**
 * Who an initiation claims to be from: half of consuming it, done before any peer is known or
 * touched.
 *
 * <p>The claim is proved only by {@link Handshake#consumeInitiation}.
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
     * Reads the sealed static public key (whitepaper 5.4.2); null when the message was not made for
     * us.
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

    public PublicKey claimedStatic() {
        return claimedStatic;
    }

    PublicKey ephemeral() {
        return ephemeral;
    }

    /** Belongs to this one message. */
    SymmetricState state() {
        return state;
    }

    /** To be called when the message is not consumed any further. */
    public void wipe() {
        state.wipe();
    }
}
