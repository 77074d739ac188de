// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.noise;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.primitive.Tai64n;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.ResponseMessage;
import org.wgj.protocol.session.Keypair;

import java.time.Instant;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Noise_IKpsk2 with one peer, in both roles (whitepaper 5.4).
 *
 * <pre>
 *   initiator   nothing --createInitiation--> awaiting a response --consumeResponse--> session
 *   responder   consumeInitiation --> an initiation consumed --respond--> session
 * </pre>
 *
 * An initiation may be created at any time and replaces the one before. The two roles share only
 * the keys. Unlike the kernel's, our initiation can still be answered after we responded to one of
 * the peer's: if both sides begin at once, both sessions come about and each side receives with
 * both, whereas in the kernel neither does until one side tries again.
 *
 * <p>A message is consumed with a copy of the state, which is kept only if all of the message is
 * authentic: a forged message changes nothing. This class ignores MACs.
 *
 * <p>Owned by the device's thread.
 */
public final class Handshake {
    /** An authentic and new initiation of the peer, for one response. */
    public static final class VerifiedInitiation {
        private final SymmetricState state;
        private final PublicKey ephemeral;
        private final int remoteIndex;

        private VerifiedInitiation(SymmetricState state, PublicKey ephemeral, int remoteIndex) {
            this.state = state;
            this.ephemeral = ephemeral;
            this.remoteIndex = remoteIndex;
        }
    }

    /**
     * A responder's message, and the session that begins with it.
     *
     * @param message the response, without MACs
     * @param session the responder's session
     */
    public record Response(ResponseMessage message, Keypair session) {}

    /** The shortest time between two initiations of one peer; more is a flood. */
    private static final long MIN_INITIATION_INTERVAL_NS = 1_000_000_000L / 50;

    /** Whitened timestamps differ by at least this much. */
    private static final long TIMESTAMP_STEP_NS = 1 << 24;

    private final PublicKey remoteStatic;

    private StaticIdentity local;

    /** The shared secret of both static keys; null until first needed, or without an identity. */
    private byte[] staticStatic;

    private PresharedKey presharedKey = PresharedKey.NONE;

    // The state of our initiation that awaits its response; null if there is none.
    private SymmetricState symmetric;
    private PrivateKey localEphemeral;
    private int localIndex;

    private Tai64n greatestReceived;
    private Tai64n lastSent;
    private boolean everConsumed;
    private long lastConsumedNs;

    /**
     * Creates the handshakes with one peer.
     *
     * @param remoteStatic the peer's static public key
     */
    public Handshake(PublicKey remoteStatic) {
        this.remoteStatic = remoteStatic;
    }

    /**
     * Returns the timestamp of the newest initiation.
     *
     * @return initiations that are not newer are refused; null if there was none
     */
    public Tai64n greatestTimestampOrNull() {
        return greatestReceived;
    }

    /**
     * Refuses initiations up to a timestamp, as if one with it had been received.
     *
     * @param timestamp what {@link #greatestTimestampOrNull} said before
     */
    public void refuseUpTo(Tai64n timestamp) {
        greatestReceived = timestamp;
    }

    /**
     * Sets our identity and gives up a handshake in progress.
     *
     * @param local our identity, which remains the caller's; null for none
     */
    public void setIdentity(StaticIdentity local) {
        clear();
        wipeStaticStatic();
        this.local = local;
    }

    /**
     * Sets the key that is mixed into responses, also of a handshake in progress.
     *
     * @param key copied; {@link PresharedKey#NONE} for none
     */
    public void setPresharedKey(PresharedKey key) {
        presharedKey.wipe();
        presharedKey = key.isNone() ? PresharedKey.NONE : key.copy();
    }

    /**
     * Returns the preshared key.
     *
     * @return a copy that the caller must wipe
     */
    public PresharedKey presharedKey() {
        return presharedKey == PresharedKey.NONE ? presharedKey : presharedKey.copy();
    }

    /**
     * Creates an initiation (whitepaper 5.4.2). Its timestamp is later than the last one whatever
     * the clock says, since the peer refuses an earlier one.
     *
     * @param index the sender index, by which the response addresses us
     * @param random for the ephemeral key
     * @param wallClock the wall clock time now
     * @return the message without MACs; null if no handshake with this peer can succeed: we have no
     *     key, or the peer's key is of low order
     */
    public InitiationMessage createInitiation(
            int index, RandomGenerator random, Instant wallClock) {
        if (!hasStaticStatic()) {
            return null;
        }
        SymmetricState work = SymmetricState.towards(remoteStatic);
        PrivateKey ephemeral = PrivateKey.generate(random);
        byte[] ephemeralPublic = ephemeral.publicKey().bytes();
        work.mixEphemeral(ephemeralPublic);
        if (!work.mixDh(ephemeral, remoteStatic)) {
            work.wipe();
            ephemeral.wipe();
            return null;
        }
        byte[] sealedStatic = work.encryptAndHash(local.publicKey().bytes());
        work.mixKey(staticStatic);
        Tai64n timestamp = Tai64n.of(wallClock);
        if (lastSent != null && timestamp.compareTo(lastSent) <= 0) {
            timestamp = Tai64n.of(lastSent.toInstant().plusNanos(TIMESTAMP_STEP_NS));
        }
        byte[] sealedTimestamp = work.encryptAndHash(timestamp.bytes());

        clear();
        symmetric = work;
        localEphemeral = ephemeral;
        localIndex = index;
        lastSent = timestamp;
        return new InitiationMessage(index, ephemeralPublic, sealedStatic, sealedTimestamp);
    }

    /**
     * Verifies that an initiation is from this peer and no replay (whitepaper 5.1 and 5.4.2).
     *
     * @param message the initiation
     * @param claim made of this message; cannot be used again
     * @param nowNs the time now
     * @return the initiation to respond to; null, and nothing has changed, if it is not valid
     */
    public VerifiedInitiation consumeInitiation(
            InitiationMessage message, ClaimedInitiation claim, long nowNs) {
        SymmetricState work = claim.state();
        byte[] bytes = null;
        if (hasStaticStatic()) {
            work.mixKey(staticStatic);
            bytes = work.decryptAndHash(message.sealedTimestamp());
        }
        Tai64n timestamp = bytes == null ? null : Tai64n.of(bytes, 0);
        boolean replayed =
                timestamp == null
                        || greatestReceived != null && timestamp.compareTo(greatestReceived) <= 0;
        boolean flooding = everConsumed && nowNs - lastConsumedNs < MIN_INITIATION_INTERVAL_NS;
        if (replayed || flooding) {
            work.wipe();
            return null;
        }
        greatestReceived = timestamp;
        everConsumed = true;
        lastConsumedNs = nowNs;
        return new VerifiedInitiation(work, claim.ephemeral(), message.senderIndex());
    }

    /**
     * Creates the response to an initiation and the session (whitepaper 5.4.3).
     *
     * @param initiation cannot be used again
     * @param index the sender index, by which the initiator's packets address us
     * @param random for the ephemeral key
     * @param aead makes the session's keys
     * @param nowNs the time now
     * @return the response; null if the peer's keys are of low order
     */
    public Response respond(
            VerifiedInitiation initiation,
            int index,
            RandomGenerator random,
            TransportAead aead,
            long nowNs) {
        SymmetricState work = initiation.state;
        PrivateKey ephemeral = PrivateKey.generate(random);
        try {
            byte[] ephemeralPublic = ephemeral.publicKey().bytes();
            work.mixEphemeral(ephemeralPublic);
            if (!work.mixDh(ephemeral, initiation.ephemeral)
                    || !work.mixDh(ephemeral, remoteStatic)) {
                return null;
            }
            work.mixPresharedKey(presharedKey);
            byte[] sealedNothing = work.encryptAndHash(new byte[0]);
            int remoteIndex = initiation.remoteIndex;
            return new Response(
                    new ResponseMessage(index, remoteIndex, ephemeralPublic, sealedNothing),
                    session(work, index, remoteIndex, false, aead, nowNs));
        } finally {
            work.wipe();
            ephemeral.wipe();
        }
    }

    /**
     * Consumes the response to our initiation, which is complete then (whitepaper 5.4.3).
     *
     * @param message the response
     * @param aead makes the session's keys
     * @param nowNs the time now
     * @return the session; null, and nothing has changed, if the message is not a valid response to
     *     our last initiation
     */
    public Keypair consumeResponse(ResponseMessage message, TransportAead aead, long nowNs) {
        if (symmetric == null || message.receiverIndex() != localIndex) {
            return null;
        }
        SymmetricState work = symmetric.copy();
        try {
            byte[] ephemeralBytes = message.ephemeral();
            work.mixEphemeral(ephemeralBytes);
            PublicKey ephemeral = PublicKey.of(ephemeralBytes);
            if (!work.mixDh(localEphemeral, ephemeral)
                    || !work.mixDh(local.privateKey(), ephemeral)) {
                return null;
            }
            work.mixPresharedKey(presharedKey);
            if (work.decryptAndHash(message.sealedNothing()) == null) {
                return null;
            }
            Keypair session = session(work, localIndex, message.senderIndex(), true, aead, nowNs);
            clear();
            return session;
        } finally {
            work.wipe();
        }
    }

    /** Derives the session's keys (whitepaper 5.4.5). */
    private static Keypair session(
            SymmetricState state,
            int localIndex,
            int remoteIndex,
            boolean initiator,
            TransportAead aead,
            long nowNs) {
        byte[] forward = new byte[32];
        byte[] backward = new byte[32];
        state.split(forward, backward);
        Keypair keypair =
                new Keypair(
                        aead.key(initiator ? forward : backward),
                        aead.key(initiator ? backward : forward),
                        localIndex,
                        remoteIndex,
                        initiator,
                        nowNs);
        Arrays.fill(forward, (byte) 0);
        Arrays.fill(backward, (byte) 0);
        return keypair;
    }

    /** Forgets our initiation and wipes its secrets. */
    public void clear() {
        if (symmetric != null) {
            symmetric.wipe();
            localEphemeral.wipe();
            symmetric = null;
            localEphemeral = null;
        }
    }

    /** Wipes all secrets: the peer is being removed. */
    public void wipe() {
        clear();
        wipeStaticStatic();
        presharedKey.wipe();
        presharedKey = PresharedKey.NONE;
        local = null;
    }

    /** Computes the secret of the static keys once; returns false if there cannot be one. */
    private boolean hasStaticStatic() {
        if (local == null) {
            return false;
        }
        if (staticStatic == null) {
            byte[] shared = new byte[32];
            if (!SymmetricState.sharedSecret(local.privateKey(), remoteStatic, shared)) {
                return false;
            }
            staticStatic = shared;
        }
        return true;
    }

    private void wipeStaticStatic() {
        if (staticStatic != null) {
            Arrays.fill(staticStatic, (byte) 0);
            staticStatic = null;
        }
    }
}
